"""What may be said of a claim: met, not met, or not enough evidence.

Two one-sided tests against the threshold, each at the level of its look, by the exact bounds of
Korn and Graubard (1998): Clopper and Pearson's, on the number of independent turns that the sample
is worth. Sessions are the clusters. docs/decisions/0004-verdict.md says why, and
docs/testing-responders.md shows the error rates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from miaohui.checks.plan import Claim
from miaohui.checks.results import Verdict
from miaohui.checks.statistics import clusters
from miaohui.checks.statistics.intervals import clopper_pearson, exact_lower, exact_upper
from miaohui.checks.statistics.looks import levels

__all__ = ["Judged", "follow", "judge", "looks_due"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what it rests on.

    ``low``, ``high``: the two-sided 95 % interval. ``rule_low``, ``rule_high``: the one-sided bounds
    that the threshold is compared with, each at ``level``. ``pass_mark``: kept turns that would say
    "met" at this n; None where none would. ``icc``: the larger of the plan's and the estimate.
    ``look``: the look that was judged, 0 where none was due: then nothing is decided.
    """

    verdict: Verdict
    low: float
    high: float
    pass_mark: int | None
    effective_n: float
    icc: float
    design_effect: float
    kept: int
    turns: int
    rule_low: float
    rule_high: float
    level: float
    look: int


def judge(claim: Claim, sessions: Sequence[tuple[int, int]], look: int) -> Judged:
    """Judge sessions, (kept, breached) each, at a planned look, 1 to ``claim.looks``.

    At look 0 (between looks) there are intervals and a pass mark, but no verdict.
    """
    kept = sum(k for k, _ in sessions)
    sizes = [k + breached for k, breached in sessions if k + breached > 0]
    turns = sum(sizes)
    estimated = clusters.icc(sessions)
    icc = max(claim.icc, 0.0 if estimated is None else estimated)
    effect = clusters.design_effect(sizes, icc)
    effective = turns / effect
    planned = levels(claim.alpha, claim.looks)
    level = planned[min(max(look, 1), len(planned)) - 1]
    if turns == 0:
        return Judged(
            Verdict.NOT_ENOUGH, 0.0, 1.0, None, 0.0, icc, effect, 0, 0, 0.0, 1.0, level, look
        )
    scaled = kept / effect
    low, high = clopper_pearson(scaled, effective, 0.05)
    rule_low = exact_lower(scaled, effective, level)
    rule_high = exact_upper(scaled, effective, level)
    verdict = Verdict.NOT_ENOUGH
    if look > 0 and rule_low > claim.threshold:
        verdict = Verdict.MET
    elif look > 0 and rule_high < claim.threshold:
        verdict = Verdict.NOT_MET
    return Judged(
        verdict=verdict,
        low=low,
        high=high,
        pass_mark=_pass_mark(claim.threshold, turns, effect, level),
        effective_n=effective,
        icc=icc,
        design_effect=effect,
        kept=kept,
        turns=turns,
        rule_low=rule_low,
        rule_high=rule_high,
        level=level,
        look=look,
    )


def _pass_mark(threshold: float, turns: int, effect: float, level: float) -> int | None:
    """The fewest kept of ``turns`` whose lower bound lies above the threshold."""
    low, high = math.floor(threshold * turns), turns + 1
    while low < high:
        middle = (low + high) // 2
        if middle > turns:
            break
        if exact_lower(middle / effect, turns / effect, level) > threshold:
            high = middle
        else:
            low = middle + 1
    return low if low <= turns else None


def looks_due(claim: Claim, done: int, planned: int, *, over: bool) -> int:
    """How many looks are due with so many of the planned sessions done; all when the run is over."""
    if over or planned <= 0:
        return claim.looks
    return min(claim.looks, done * claim.looks // planned)


def follow(
    claim: Claim, sessions: Sequence[tuple[int, int]], planned: int, *, over: bool
) -> Judged:
    """Judge a run as its plan says: look by look over the first sessions in the order they ended.

    The first look that decides stands, whatever comes after. Before the first look, and between
    looks, all sessions so far are shown and nothing is decided.
    """
    due = looks_due(claim, len(sessions), planned, over=over)
    for look in range(1, due + 1):
        last = look == claim.looks
        count = len(sessions) if last else math.ceil(planned * look / claim.looks)
        if not last and count > len(sessions):
            continue
        judged = judge(claim, sessions[:count], look)
        if judged.verdict is not Verdict.NOT_ENOUGH or last:
            return judged
    return judge(claim, sessions, 0)
