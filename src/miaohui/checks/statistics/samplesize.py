"""How many sessions a claim needs, and how sure a sample of given size makes it.

Exact binomial power of the verdict's own rule at the number of independent turns that the sessions
are worth: sessions * turns / (1 + (turns - 1) icc).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from miaohui.checks.plan import Claim
from miaohui.checks.statistics.distributions import beta_cdf
from miaohui.checks.statistics.looks import levels

__all__ = ["MAX_SESSIONS", "Need", "need", "power_of"]

MAX_SESSIONS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Need:
    """What a claim needs per target; ``met`` and ``not_met``: the power reached at p0 and at p1.

    ``sessions`` None: more than MAX_SESSIONS, which nobody can pay for.
    """

    sessions: int | None
    turns: int
    effective_n: float
    design_effect: float
    met: float
    not_met: float
    pass_mark: int | None
    fail_mark: int | None


def power_of(claim: Claim, sessions: int, turns: float) -> tuple[float, float]:
    """The chance of "met" at p0 and of "not met" at p1, with so many turns in each session."""
    effect = 1 + max(0.0, turns - 1) * claim.icc
    return _power(claim, sessions * turns / effect)


def _power(claim: Claim, effective: float) -> tuple[float, float]:
    if effective <= 0:
        return 0.0, 0.0
    # With looks O'Brien and Fleming's last level costs a little; the last look is what counts.
    level = levels(claim.alpha, claim.looks)[-1]
    mark, fail = _marks(claim.threshold, effective, level)
    met = 0.0 if mark is None else beta_cdf(claim.p0, mark, effective - mark + 1)
    missed = 0.0 if fail is None else 1 - beta_cdf(claim.p1, fail + 1, effective - fail)
    return met, missed


@lru_cache(maxsize=4096)
def _marks(threshold: float, n: float, level: float) -> tuple[float | None, float | None]:
    """Of n effective turns: the fewest kept that say "met", the most that say "not met"."""
    # A bound lies beyond the threshold just where the threshold's own tail is below the level:
    # this asks for one tail a step, where the bound itself would be a search of its own.
    mark = fail = None
    if beta_cdf(threshold, n, 1) < level:
        low, high = n * threshold, n
        for _ in range(50):
            middle = (low + high) / 2
            says = beta_cdf(threshold, middle, n - middle + 1) < level
            low, high = (low, middle) if says else (middle, high)
        mark = high
    if beta_cdf(threshold, 1, n) > 1 - level:
        low, high = 0.0, n * threshold
        for _ in range(50):
            middle = (low + high) / 2
            says = beta_cdf(threshold, middle + 1, n - middle) > 1 - level
            low, high = (middle, high) if says else (low, middle)
        fail = low
    return mark, fail


def need(claim: Claim, turns: float) -> Need:
    """The fewest sessions of ``turns`` turns each with which both powers reach the plan's."""

    def enough(sessions: int) -> bool:
        return min(power_of(claim, sessions, turns)) >= claim.power

    high = 1
    while high <= MAX_SESSIONS and not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1 and high <= MAX_SESSIONS:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    sessions = min(high, MAX_SESSIONS)
    effect = 1 + max(0.0, turns - 1) * claim.icc
    total = sessions * turns
    mark, fail = _marks(claim.threshold, total / effect, levels(claim.alpha, claim.looks)[-1])
    met, missed = power_of(claim, sessions, turns)
    return Need(
        sessions=high if high <= MAX_SESSIONS else None,
        turns=round(total),
        effective_n=total / effect,
        design_effect=effect,
        met=met,
        not_met=missed,
        pass_mark=None if mark is None else math.ceil(mark * effect - 1e-9),
        fail_mark=None if fail is None else math.floor(fail * effect + 1e-9),
    )
