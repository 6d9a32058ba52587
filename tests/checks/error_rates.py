"""How often a verdict is wrong, and how often it is found: simulated plans of shops that are known.

``python -m tests.checks.error_rates [TABLE ...] [--count 10000] [--folded N] [--seed 1]`` prints the
tables of docs/testing-responders.md. Of each row ``--folded`` plans go through real journals and the real
fold, the others draw their counts; ``--all-folded``: of the plan's own row at the threshold all do.
Exit 1 where a rate is beyond what the plan claims by more than chance allows.
"""

import argparse
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tests.checks.simulated_shop import SimulatedShop

from miaohui.checks.plan.plan import Claim
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.clusters import ClusterTally
from miaohui.checks.statistics.samplesize import need
from miaohui.checks.statistics.verdicts import decide, first_of, tally_of

CLAIM = Claim("answered within ten seconds", threshold=0.9, p0=0.95, p1=0.85)
TURNS = 12
COUNT = 10_000
FOLDED = 100
# So far beyond its bound a rate may lie by chance: three standard errors.
CHANCE = 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """One row. ``wrong``: verdicts that are wrong here; ``most``: their greatest rate, None where
    the plan claims none; ``right`` and ``least`` likewise for the verdict that should be found."""

    group: str
    claim: Claim
    shop: SimulatedShop
    sessions: int
    wrong: tuple[ClaimVerdict, ...] = ()
    most: float | None = None
    right: ClaimVerdict | None = None
    least: float | None = None
    folds: bool = True  # a shop whose sessions depend on their place draws the counts alone


@dataclass(frozen=True, slots=True)
class Rates:
    """What came of a case: counts of verdicts over so many plans."""

    plans: int
    counts: dict[ClaimVerdict, int]

    def rate(self, verdict: ClaimVerdict) -> float:
        return self.counts.get(verdict, 0) / self.plans

    def broken(self, case: Case) -> str:
        """Why the plan's claim does not hold here; empty where it does."""
        for verdict in case.wrong:
            if case.most is not None and self.rate(verdict) > case.most + self._chance(case.most):
                return f"{verdict} {self.rate(verdict):.2%}, at most {case.most:.0%} claimed"
        if case.right is not None and case.least is not None:
            found = self.rate(case.right)
            if found < case.least - self._chance(case.least):
                return f"{case.right} {found:.2%}, at least {case.least:.0%} claimed"
        return ""

    def _chance(self, rate: float) -> float:
        return CHANCE * math.sqrt(rate * (1 - rate) / self.plans)


@lru_cache(maxsize=1 << 18)
def decided(claim: Claim, tally: ClusterTally, look: int) -> ClaimVerdict:
    """As the rule decides; the same tallies come up again and again."""
    return decide(claim, tally, look)


def verdict_of(claim: Claim, sessions: Sequence[tuple[int, int]]) -> ClaimVerdict:
    """Look by look, as a run is followed."""
    for look in range(1, claim.looks + 1):
        count = first_of(claim, len(sessions), look)
        verdict = decided(claim, tally_of(claim, sessions[:count]), look)
        if verdict is not ClaimVerdict.NOT_ENOUGH:
            return verdict
    return ClaimVerdict.NOT_ENOUGH


Judge = Callable[[Claim, Sequence[tuple[int, int]]], ClaimVerdict]


def simulate(case: Case, seed: int, count: int, folded: int, judge: Judge = verdict_of) -> Rates:
    """Judge ``count`` plans, the first ``folded`` of them from journals."""
    draws = random.Random(f"{seed}/{case}")
    counts: Counter[ClaimVerdict] = Counter()
    for number in range(count):
        if case.folds and number < folded:
            sessions = [case.shop.folded(draws) for _ in range(case.sessions)]
        else:
            sessions = case.shop.beta_binomial(draws, case.sessions)
        counts[judge(case.claim, sessions)] += 1
    return Rates(count, dict(counts))


def needed(claim: Claim) -> int:
    found = need(claim, TURNS).sessions
    assert found is not None
    return found


def planned() -> Iterator[Case]:
    """The plan as designed: truths from p1 to p0, with and without looks."""
    for looks in (1, 3, 5):
        claim = replace(CLAIM, looks=looks)
        group = f"as planned, {looks} look{'s' * (looks > 1)}"
        sessions = needed(claim)
        for truth in (0.85, 0.875, 0.9, 0.925, 0.95):
            yield at(group, claim, truth, claim.icc, sessions, (TURNS,))


def clustered() -> Iterator[Case]:
    """At the threshold: fewer and more sessions, and turns more or less alike than planned."""
    for looks in (1, 3):
        claim = replace(CLAIM, looks=looks)
        group = f"at the threshold, {looks} look{'s' * (looks > 1)}"
        for sessions in (8, 16, 38, 80):
            for icc in (0.0, 0.02, 0.05, 0.1, 0.2):
                yield at(group, claim, claim.threshold, icc, sessions, (TURNS,))


def other_claims() -> Iterator[Case]:
    """Other thresholds, other levels, sessions of unequal length."""
    for threshold, p0, p1 in ((0.8, 0.9, 0.7), (0.95, 0.99, 0.9), (0.5, 0.7, 0.3)):
        claim = replace(CLAIM, threshold=threshold, p0=p0, p1=p1)
        sessions = needed(claim)
        for truth in (p1, threshold, p0):
            yield at("other claims", claim, truth, claim.icc, sessions, (TURNS,))
    for alpha in (0.01, 0.1):
        claim = replace(CLAIM, alpha=alpha)
        yield at(f"alpha {alpha:g}", claim, 0.9, claim.icc, needed(claim), (TURNS,))
    for icc in (0.0, 0.1, 0.2):
        claim = replace(CLAIM, icc=icc)
        for truth in (0.85, 0.9, 0.95):
            yield at(f"planned with icc {icc:g}", claim, truth, icc, needed(claim), (TURNS,))
    uneven = (3, 6, 9, 12, 15, 18, 21)
    yield at("sessions of 3 to 21 turns", CLAIM, 0.9, CLAIM.icc, 38, uneven)


def at(
    group: str, claim: Claim, truth: float, icc: float, sessions: int, sizes: tuple[int, ...]
) -> Case:
    """A case with what the plan claims of it; of an ICC above the plan's it claims nothing."""
    case = Case(group, claim, SimulatedShop(truth, icc, sizes), sessions)
    as_planned = icc <= claim.icc
    if math.isclose(truth, claim.threshold):
        both = (ClaimVerdict.MET, ClaimVerdict.NOT_MET)
        return replace(case, wrong=both, most=claim.alpha if as_planned else None)
    above = truth > claim.threshold
    case = replace(
        case,
        wrong=(ClaimVerdict.NOT_MET if above else ClaimVerdict.MET,),
        most=claim.alpha if as_planned else None,
    )
    if truth in (claim.p0, claim.p1):
        right = ClaimVerdict.MET if above else ClaimVerdict.NOT_MET
        case = replace(case, right=right, least=claim.power)
    return case


@dataclass(frozen=True, slots=True)
class AwayShop(SimulatedShop):
    """A shop in which a share of the responders is always away and the others keep every turn."""

    def session_share(self, draws: random.Random) -> float:
        return 1.0 if draws.random() < self.share else 0.0

    def beta_binomial(self, draws: random.Random, sessions: int) -> list[tuple[int, int]]:
        (size,) = self.sizes
        return [(size, 0) if draws.random() < self.share else (0, size) for _ in range(sessions)]


@dataclass(frozen=True, slots=True)
class DriftingShop(SimulatedShop):
    """A shop whose first third of sessions has another share; the whole of a plan has `share`."""

    first: float = 0.9

    def beta_binomial(self, draws: random.Random, sessions: int) -> list[tuple[int, int]]:
        third = sessions // 3
        rest = (self.share * sessions - self.first * third) / (sessions - third)
        return [
            *SimulatedShop(self.first, self.icc, self.sizes).beta_binomial(draws, third),
            *SimulatedShop(rest, self.icc, self.sizes).beta_binomial(draws, sessions - third),
        ]


BOTH = (ClaimVerdict.MET, ClaimVerdict.NOT_MET)
POINT = 0.01  # beyond alpha, for shops that no beta distribution describes


def always_away() -> Iterator[Case]:
    """At the threshold because one responder in so many is never there."""
    for threshold in (0.8, 0.9, 0.95):
        for looks in (1, 3):
            claim = replace(CLAIM, threshold=threshold, looks=looks)
            for sessions in (5, 10, 25, 30, 40, 60, 80):
                shop = AwayShop(threshold, 1.0, (TURNS,))
                group = f"one in {1 / (1 - threshold):.0f} always away"
                yield Case(group, claim, shop, sessions, wrong=BOTH, most=claim.alpha + POINT)


def drifting() -> Iterator[Case]:
    """At the threshold over the whole plan, its first third better or worse."""
    for looks in (3, 5):
        claim = replace(CLAIM, looks=looks)
        for first in (0.8, 0.97, 0.99):
            for sessions in (15, 41, 80):
                shop = DriftingShop(0.9, claim.icc, (TURNS,), first)
                group = f"the first third at {first:g}"
                yield Case(
                    group,
                    claim,
                    shop,
                    sessions,
                    wrong=BOTH,
                    most=claim.alpha + POINT,
                    folds=False,
                )


TABLES = {
    "planned": planned,
    "clustered": clustered,
    "other": other_claims,
    "away": always_away,
    "drift": drifting,
}


def row(case: Case, rates: Rates, note: str) -> str:
    cells = [
        f"{case.shop.share:.3g}",
        f"{case.shop.icc:g}",
        f"{case.sessions}",
        *(
            f"{rates.rate(verdict):.1%}"
            for verdict in (ClaimVerdict.MET, ClaimVerdict.NOT_MET, ClaimVerdict.NOT_ENOUGH)
        ),
        note,
    ]
    return "| " + " | ".join(cells) + " |"


def claimed(case: Case) -> str:
    """What the plan claims of a row, in short."""
    parts = []
    if case.most is not None:
        parts.append(f"wrong <= {case.most:.0%}")
    if case.least is not None:
        parts.append(
            f"{'met' if case.right is ClaimVerdict.MET else 'not met'} >= {case.least:.0%}"
        )
    return ", ".join(parts) or "icc above the plan's"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="error_rates", description=__doc__)
    parser.add_argument("table", nargs="*", help=f"all, or some of: {', '.join(TABLES)}")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--folded", type=int, default=FOLDED)
    parser.add_argument("--all-folded", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    for name in given.table:
        if name not in TABLES:
            parser.error(f"no table {name!r}; there are: {', '.join(TABLES)}")
    group, bad, rows, journals = "", 0, 0, 0
    chosen = given.table or TABLES
    for case in (case for name in chosen for case in TABLES[name]()):
        rows += 1
        if case.group != group:
            group = case.group
            claim = case.claim
            print(f"\n**{group}** (threshold {claim.threshold:g}, icc {claim.icc:g})\n")
            print("| truth | icc | sessions | met | not met | not enough | claimed |")
            print("|---|---|---|---|---|---|---|")
        whole = given.all_folded and case.shop.share == 0.9 and group == "as planned, 1 look"
        folded = given.count if whole else min(given.folded, given.count)
        rates = simulate(case, given.seed, given.count, folded)
        journals += folded * case.sessions
        broken = rates.broken(case)
        bad += bool(broken)
        print(row(case, rates, f"BROKEN: {broken}" if broken else claimed(case)), flush=True)
    print(f"\n{rows} rows of {given.count} plans, {journals} journals folded, {bad} broken")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
