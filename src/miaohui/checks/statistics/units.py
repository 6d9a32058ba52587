"""A session counted in turns, in messages or in seconds of paid time, and whether the counts agree.

The shares of one sample differ by a ratio estimator's difference, whose variance is that of the
sessions' linearised residuals (Cochran 1977, 6.3 and 10.2): the sessions are the same ones, so they
are compared as pairs.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, Protocol

from miaohui.checks.plan.plan import Unit
from miaohui.checks.statistics.distributions import t_quantile

__all__ = ["Counted", "counts_of", "differing"]

_LEVEL: Final = 0.975
_SECOND_MS: Final = 1000


class Counted(Protocol):
    """What a session was counted to hold."""

    @property
    def kept(self) -> int: ...
    @property
    def breached(self) -> int: ...
    @property
    def asks_kept(self) -> int: ...
    @property
    def asks_breached(self) -> int: ...
    @property
    def late_ms(self) -> int: ...
    @property
    def elapsed_ms(self) -> int: ...


def counts_of(session: Counted, unit: Unit) -> tuple[int, int]:
    """(kept, breached) of a session: turns, messages, or seconds of paid time without and with a
    reply overdue."""
    match unit:
        case Unit.TURNS:
            return session.kept, session.breached
        case Unit.MESSAGES:
            return session.asks_kept, session.asks_breached
        case Unit.LATE_SHARE:
            late = -(-session.late_ms // _SECOND_MS)
            return max(0, session.elapsed_ms // _SECOND_MS - late), late


def differing(sessions: Iterable[Counted]) -> tuple[tuple[Unit, Unit], ...]:
    """The pairs of units whose kept shares differ by more than the sampling allows."""
    many = list(sessions)
    counted = {unit: [counts_of(session, unit) for session in many] for unit in Unit}
    return tuple(
        (one, other)
        for one, other in combinations(Unit, 2)
        if _differ(counted[one], counted[other])
    )


def _differ(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> bool:
    number = len(one)
    if number < 2:
        return False
    first, second = _residuals(one), _residuals(other)
    if first is None or second is None:
        return False
    away = abs(first[0] - second[0])
    spread = sum((a - b) ** 2 for a, b in zip(first[1], second[1], strict=True))
    error = math.sqrt(number / (number - 1) * spread)
    return away > t_quantile(_LEVEL, number - 1) * error


def _residuals(counts: Sequence[tuple[int, int]]) -> tuple[float, list[float]] | None:
    """The share, and each session's part in its error; None where nothing was counted."""
    total = sum(kept + breached for kept, breached in counts)
    if not total:
        return None
    share = sum(kept for kept, _ in counts) / total
    return share, [(kept - share * (kept + breached)) / total for kept, breached in counts]
