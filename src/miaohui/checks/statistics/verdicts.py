"""The verdict on a claim: met, not met, or not enough evidence.

Two one-sided tests against the threshold, each at the level of its look: Clopper and Pearson's exact
tails, on the number of independent turns that the sample is worth (Korn and Graubard 1998). Sessions
are the clusters, and the larger of the plan's ICC and the one found counts. "Met" needs a second test,
on sessions: were a share of them as large as the threshold allows lost altogether, so few lost ones
would hardly have come up. An early look decides only what the sessions to come could not overturn, were
they all kept or all missed. Why so, is in docs/decisions/0004-verdict.md and 0013-sessions.md; the error
rates are in docs/testing-responders.md.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from miaohui.checks.plan.plan import Claim
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.clusters import ClusterTally
from miaohui.checks.statistics.distributions import beta_cdf
from miaohui.checks.statistics.intervals import clopper_pearson, exact_lower, exact_upper
from miaohui.checks.statistics.looks import levels

__all__ = [
    "Judged",
    "decide",
    "first_of",
    "follow",
    "judge",
    "level_of",
    "looks_due",
    "pass_mark",
    "sessions_for_met",
    "tally_of",
]

SHOWN_ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what it rests on.

    ``low``, ``high``: the two-sided 95 % interval. ``rule_low``, ``rule_high``: the one-sided bounds
    that the threshold is compared with, each at ``level``. ``pass_mark``: kept turns that would say
    "met" at this n; None where none would. ``icc``: the larger of the plan's and the estimate.
    ``look``: the look that was judged, 0 where none was due: then nothing is decided. ``lost``:
    sessions that kept next to nothing; ``enough_sessions``: they are few enough among enough for "met".
    """

    verdict: ClaimVerdict
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
    lost: int
    enough_sessions: bool


def tally_of(claim: Claim, sessions: Iterable[tuple[int, int]]) -> ClusterTally:
    """The tally with its lost sessions: those that kept less than half of what the threshold asks."""
    return ClusterTally.of(sessions, claim.threshold / 2)


def judge(claim: Claim, sessions: Sequence[tuple[int, int]], look: int) -> Judged:
    """Judge sessions, (kept, breached) each, at a planned look, 1 to ``claim.looks``.

    At look 0 (between looks) there are intervals and a pass mark, but no verdict.
    """
    tally = tally_of(claim, sessions)
    icc, effect = _weight(claim, tally)
    effective, scaled = tally.turns / effect, tally.kept / effect
    level = level_of(claim, look)
    low, high = clopper_pearson(scaled, effective, SHOWN_ALPHA)
    some = tally.turns > 0
    return Judged(
        verdict=decide(claim, tally, look) if look > 0 else ClaimVerdict.NOT_ENOUGH,
        low=low,
        high=high,
        pass_mark=pass_mark(claim.threshold, tally.turns, effect, level),
        effective_n=effective,
        icc=icc,
        design_effect=effect,
        kept=tally.kept,
        turns=tally.turns,
        rule_low=exact_lower(scaled, effective, level) if some else 0.0,
        rule_high=exact_upper(scaled, effective, level) if some else 1.0,
        level=level,
        look=look,
        lost=tally.lost,
        enough_sessions=_sessions_bear(claim.threshold, tally, level),
    )


def decide(claim: Claim, tally: ClusterTally, look: int) -> ClaimVerdict:
    """The verdict alone. A bound lies beyond the threshold just where the tail is below the level."""
    if tally.turns == 0:
        return ClaimVerdict.NOT_ENOUGH
    _, effect = _weight(claim, tally)
    level = level_of(claim, look)
    # Only the side that the sample leans to can be sure: a level is far below one half.
    missed = tally.turns - tally.kept
    if tally.kept > claim.threshold * tally.turns:
        bar = _bar(claim.threshold, claim, look)
        sure = (
            bar < 1
            and _is_met(bar, tally.kept / effect, tally.turns / effect, level)
            and _sessions_bear(bar, tally, level)
        )
        return ClaimVerdict.MET if sure else ClaimVerdict.NOT_ENOUGH
    # Breached of all against 1 - threshold is the same test from the other side.
    bar = _bar(1 - claim.threshold, claim, look)
    sure = bar < 1 and _is_met(bar, missed / effect, tally.turns / effect, level)
    return ClaimVerdict.NOT_MET if sure else ClaimVerdict.NOT_ENOUGH


def _bar(share: float, claim: Claim, look: int) -> float:
    """The share that a look must find so that, were there none in the rest of the plan, it would
    still be this share of the whole: drift cannot overturn that. 1 and more: nothing can be said."""
    return share * claim.looks / min(max(look, 1), claim.looks)


def _sessions_bear(threshold: float, tally: ClusterTally, level: float) -> bool:
    """True where so few lost sessions would come with less than `level`, were a share of 1 - threshold
    of all sessions lost."""
    return _is_met(threshold, tally.sessions - tally.lost, tally.sessions, level)


def sessions_for_met(claim: Claim) -> int:
    """The fewest sessions that can say "met": with fewer, a share of 1 - threshold that is always away
    stays unseen too often."""
    return math.floor(math.log(level_of(claim, claim.looks)) / math.log(claim.threshold)) + 1


def _weight(claim: Claim, tally: ClusterTally) -> tuple[float, float]:
    """The ICC that counts, and the design effect that follows."""
    icc = max(claim.icc, tally.icc or 0.0)
    return icc, tally.design_effect(icc)


def level_of(claim: Claim, look: int) -> float:
    """The one-sided level of a look; between looks, of the next."""
    planned = levels(claim.alpha, claim.looks)
    return planned[min(max(look, 1), len(planned)) - 1]


def _is_met(threshold: float, kept: float, turns: float, level: float) -> bool:
    """True where so many kept would come with less than `level` where the truth is the threshold."""
    return kept > 0 and beta_cdf(threshold, kept, turns - kept + 1) < level


def pass_mark(threshold: float, turns: int, effect: float, level: float) -> int | None:
    """The fewest kept of ``turns`` that say "met"."""
    if not _is_met(threshold, turns / effect, turns / effect, level):
        return None
    low, high = math.floor(threshold * turns), turns
    while low < high:
        middle = (low + high) // 2
        if _is_met(threshold, middle / effect, turns / effect, level):
            high = middle
        else:
            low = middle + 1
    return low


def first_of(claim: Claim, planned: int, look: int) -> int:
    """The number of sessions that a look judges, of so many planned."""
    return math.ceil(planned * look / claim.looks)


def looks_due(claim: Claim, done: int, planned: int, *, over: bool) -> int:
    """The number of looks due with so many of the planned sessions done; all when the run is over."""
    if over or done >= planned:
        return claim.looks
    return sum(first_of(claim, planned, look) <= done for look in range(1, claim.looks))


def follow(
    claim: Claim, sessions: Sequence[tuple[int, int]], planned: int, *, over: bool
) -> Judged:
    """Judge a run as its plan says: look by look over the first sessions in the order they ended.

    The first look that decides stands, whatever comes after. Before the first look, and between
    looks, all sessions so far are shown and nothing is decided. ``over``: no session is to come.
    """
    due = looks_due(claim, len(sessions), planned, over=over)
    for look in range(1, due + 1):
        last = look == claim.looks
        count = len(sessions) if last else first_of(claim, planned, look)
        if count > len(sessions):
            continue  # over too early: what was not looked at in time waits for the last look
        if (
            last
            or decide(claim, tally_of(claim, sessions[:count]), look) is not ClaimVerdict.NOT_ENOUGH
        ):
            return judge(claim, sessions[:count], look)
    return judge(claim, sessions, 0)
