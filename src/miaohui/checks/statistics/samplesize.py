"""Sample size and power: the sessions that a claim needs, and the certainty that a sample brings.

The power is that of the verdict's own rule, looks and all, counted over simulated plans whose turns
are beta-binomial in their sessions with the plan's ICC: a formula would leave out what the rule's
caution costs. The draws come from a fixed seed, so that the answer is always the same.
"""

import math
import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

from miaohui.checks.plan.plan import Claim
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.clusters import ClusterTally
from miaohui.checks.statistics.distributions import normal_quantile
from miaohui.checks.statistics.verdicts import decide, first_of, level_of, pass_mark

__all__ = ["MAX_SESSIONS", "Need", "draw_weights", "need", "power_of"]

MAX_SESSIONS: Final = 2000  # as many as a plan may have
_DRAWS: Final = 200_000  # of sessions, for one power
_SEED: Final = 20_240_229


@dataclass(frozen=True, slots=True)
class Need:
    """A claim's sample per target. ``met``: the chance of "met" where the truth is p0,
    ``not_met``: of "not met" where it is p1, with so many sessions. The marks: kept of all turns
    from which (up to which) the verdict is "met" ("not met") if the ICC turns out as planned.

    ``sessions`` None: more than MAX_SESSIONS, which nobody can pay for; the rest is of that many.
    """

    sessions: int | None
    turns: int
    effective_n: float
    design_effect: float
    met: float
    not_met: float
    pass_mark: int | None
    fail_mark: int | None


def draw_weights(share: float, icc: float, turns: int) -> list[float]:
    """Chances of 0, 1 ... ``turns`` kept in a session, added up: beta-binomial, ICC 0 binomial."""
    if icc <= 0:
        log_kept, log_missed = math.log(share), math.log1p(-share)
        logs = [
            _choose(turns, k) + k * log_kept + (turns - k) * log_missed for k in range(turns + 1)
        ]
    else:
        scale = (1 - icc) / icc
        a, b = share * scale, (1 - share) * scale
        whole = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.lgamma(a + b + turns)
        logs = [
            _choose(turns, k) + math.lgamma(k + a) + math.lgamma(turns - k + b) + whole
            for k in range(turns + 1)
        ]
    return list(accumulate(math.exp(each) for each in logs))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def power_of(claim: Claim, sessions: int, turns: int) -> tuple[float, float]:
    """The chance of "met" at p0 and of "not met" at p1, with so many turns in each session."""
    return (
        _power(claim, sessions, turns, claim.p0, ClaimVerdict.MET),
        _power(claim, sessions, turns, claim.p1, ClaimVerdict.NOT_MET),
    )


@lru_cache(maxsize=4096)
def _power(claim: Claim, sessions: int, turns: int, truth: float, wanted: ClaimVerdict) -> float:
    if sessions < 1 or turns < 1:
        return 0.0
    draws = random.Random(_SEED)
    weights = draw_weights(truth, claim.icc, turns)
    counts = [first_of(claim, sessions, look) for look in range(1, claim.looks + 1)]
    seen: dict[tuple[int, int, int, int], ClaimVerdict] = {}
    lost_below = claim.threshold / 2 * turns
    hits, trials = 0, _trials(sessions)
    for _ in range(trials):
        kept = draws.choices(range(turns + 1), cum_weights=weights, k=sessions)
        for look, count in enumerate(counts, 1):
            some = kept[:count]
            total, squares = sum(some), sum(k * k for k in some)
            lost = sum(k < lost_below for k in some)
            verdict = seen.get((look, total, squares, lost))
            if verdict is None:
                tally = ClusterTally(
                    count, count * turns, total, count * turns**2, squares / turns, lost
                )
                verdict = seen[look, total, squares, lost] = decide(claim, tally, look)
            if verdict is not ClaimVerdict.NOT_ENOUGH:
                hits += verdict is wanted
                break
    return hits / trials


def _trials(sessions: int) -> int:
    """Simulated plans for one power; fewer where each is large, so that none takes long."""
    return min(2000, max(300, _DRAWS // sessions))


def _formula(claim: Claim, turns: int) -> int:
    """The search's first guess: the textbook's sample size for one share, the larger of two."""
    effect = 1 + (turns - 1) * claim.icc
    sizes = []
    for truth in (claim.p0, claim.p1):
        away = normal_quantile(1 - claim.alpha) * _spread(claim.threshold)
        away += normal_quantile(claim.power) * _spread(truth)
        sizes.append((away / (truth - claim.threshold)) ** 2)
    return max(1, math.ceil(max(sizes) * effect / turns))


def _spread(share: float) -> float:
    return math.sqrt(share * (1 - share))


@lru_cache(maxsize=256)
def need(claim: Claim, turns: int) -> Need:
    """The fewest sessions of ``turns`` turns each with which both powers reach the plan's."""

    def enough(sessions: int) -> bool:
        # A standard error on top, so that the luck of the draws does not pass for power.
        luck = math.sqrt(claim.power * (1 - claim.power) / _trials(sessions))
        return all(
            _power(claim, sessions, turns, truth, wanted) >= min(1.0, claim.power + luck)
            for truth, wanted in ((claim.p1, ClaimVerdict.NOT_MET), (claim.p0, ClaimVerdict.MET))
        )

    if turns < 1:
        return Need(None, 0, 0.0, 1.0, 0.0, 0.0, None, None)
    start = max(_formula(claim, turns), claim.looks)
    if start > MAX_SESSIONS:
        return _told(claim, None, MAX_SESSIONS, turns)
    low, high = start // 2, start
    while not enough(high):
        low, high = high, high + max(1, high // 8)
        if high > MAX_SESSIONS:
            return _told(claim, None, MAX_SESSIONS, turns)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return _told(claim, high, high, turns)


def _told(claim: Claim, answer: int | None, sessions: int, turns: int) -> Need:
    met, not_met = power_of(claim, sessions, turns) if answer else (0.0, 0.0)
    total = sessions * turns
    effect = 1 + (turns - 1) * claim.icc
    level = level_of(claim, claim.looks)
    missed = pass_mark(1 - claim.threshold, total, effect, level)
    return Need(
        sessions=answer,
        turns=total,
        effective_n=total / effect,
        design_effect=effect,
        met=met,
        not_met=not_met,
        pass_mark=pass_mark(claim.threshold, total, effect, level),
        fail_mark=None if missed is None else total - missed,
    )
