"""Figures over turns of one or many sessions: kept %, its interval, shares.

Samples merge by keeping raw waits: percentiles are never averaged. Which sessions belong together
(a shop, a person, an hour, a mode) is the caller's choice.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, Protocol, Self, TypeVar

from msgspec import Struct

from miaohui.promise.constants import CUSTOMER_DAYS, CUSTOMER_TURNS, PERCENT_FROM_TURNS
from miaohui.promise.report import Figures
from miaohui.promise.turns import TurnState
from miaohui.promise.waits import Quantile, Wait, Waits, kaplan_meier

Z_95: Final = 1.959963984540054
ALIKE: Final = 0.2  # the intra-class correlation that turns of one customer are reckoned to have
_DAY_MS: Final = 86_400_000


class KeptRate(Struct, frozen=True, kw_only=True):
    """Kept of all decided turns, with its 95 % interval; `low` is what lists sort by.

    `customers` is 0 where the interval reckons with turns alone.
    """

    kept: int
    turns: int
    low: float
    high: float
    customers: int = 0

    @property
    def shows_percent(self) -> bool:
        return self.turns >= PERCENT_FROM_TURNS


def wilson(share: float, turns: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of this many turns; (0, 1) where there is none."""
    if turns <= 0:
        return 0.0, 1.0
    square = Z_95 * Z_95
    middle = (share + square / (2 * turns)) / (1 + square / turns)
    half = share * (1 - share) / turns + square / (4 * turns * turns)
    half = Z_95 * math.sqrt(half) / (1 + square / turns)
    # At the ends the formula is exactly 0 or 1; floats would miss by a hair.
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return low, high


def kept_rate(kept: int, breached: int) -> KeptRate:
    """One session's rate with Wilson's interval."""
    turns = kept + breached
    low, high = wilson(kept / turns if turns else 0.0, turns)
    return KeptRate(kept=kept, turns=turns, low=low, high=high)


def design_effect(customers: Iterable[tuple[int, int]]) -> float:
    """By how much customers' turns, being alike, tell less than as many of strangers; (n, k) each."""
    many = [(n, k) for n, k in customers if n]
    turns, kept = sum(n for n, _ in many), sum(k for _, k in many)
    if not turns:
        return 1.0
    effect = 1 + ALIKE * (sum(n * n for n, _ in many) / turns - 1)
    share = kept / turns
    if len(many) > 1 and 0 < kept < turns:
        spread = sum((k - share * n) ** 2 for n, k in many) / (turns * share * (1 - share))
        effect = max(effect, len(many) / (len(many) - 1) * spread)
    return effect


def customers_rate(customers: Iterable[tuple[int, int]]) -> KeptRate:
    """The rate over many sessions: of each customer the number of turns and of kept ones."""
    many = [(n, k) for n, k in customers if n]
    turns, kept = sum(n for n, _ in many), sum(k for _, k in many)
    low, high = wilson(kept / turns if turns else 0.0, turns / design_effect(many))
    return KeptRate(kept=kept, turns=turns, low=low, high=high, customers=len(many))


class CustomersTurn(Protocol):
    """Whose turn it was, and when (milliseconds of UTC)."""

    @property
    def customer(self) -> str: ...
    @property
    def responder(self) -> str: ...
    @property
    def shop(self) -> str: ...
    @property
    def utc_ms(self) -> int: ...


TurnT = TypeVar("TurnT", bound=CustomersTurn)


def newest_turns(turns: Iterable[TurnT]) -> tuple[TurnT, ...]:
    """The turns that count, newest first: of one customer, person and shop at most the newest 60 in
    any 30 days."""
    counted: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    found: list[TurnT] = []
    for turn in sorted(turns, key=lambda each: each.utc_ms, reverse=True):
        own = counted[turn.customer, turn.responder, turn.shop]
        full = len(own) >= CUSTOMER_TURNS
        if full and own[-CUSTOMER_TURNS] - turn.utc_ms < CUSTOMER_DAYS * _DAY_MS:
            continue
        own.append(turn.utc_ms)
        found.append(turn)
    return tuple(found)


class Sample(Struct, frozen=True, kw_only=True):
    """What sessions add up to, kept raw so that it can be merged; void turns are left out."""

    waits: tuple[Wait, ...] = ()
    kept: int = 0
    breached: int = 0
    asks_kept: int = 0
    asks_breached: int = 0
    late_ms: int = 0
    elapsed_ms: int = 0
    silences_60: int = 0
    broken_60_by_responder: int = 0
    silences_300: int = 0
    broken_300_by_responder: int = 0

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """The sample of one session, its open turns included."""
        return cls(
            waits=tuple(
                Wait(turn.wait, turn.end is not None)
                for turn in figures.turns
                if turn.state is not TurnState.VOID
            ),
            kept=figures.kept,
            breached=figures.breached,
            asks_kept=figures.asks.kept,
            asks_breached=figures.asks.breached,
            late_ms=figures.late_ms,
            elapsed_ms=figures.elapsed_ms,
            silences_60=figures.silences_60,
            broken_60_by_responder=figures.broken_60_by_responder,
            silences_300=figures.silences_300,
            broken_300_by_responder=figures.broken_300_by_responder,
        )

    @classmethod
    def merged(cls, samples: Iterable[Self]) -> Self:
        """All samples as one."""
        many = list(samples)
        sums = {
            name: sum(getattr(sample, name) for sample in many)
            for name in cls.__struct_fields__
            if name != "waits"
        }
        return cls(waits=tuple(wait for sample in many for wait in sample.waits), **sums)

    def kept_rate(self) -> KeptRate:
        return kept_rate(self.kept, self.breached)

    def asks_rate(self) -> KeptRate:
        """Messages kept."""
        return kept_rate(self.asks_kept, self.asks_breached)

    def quantile(self, percent: int) -> Quantile:
        return kaplan_meier(self.waits, percent / 100)

    def longest(self) -> Quantile:
        return Waits.of(self.waits).longest()

    @property
    def late_share(self) -> float | None:
        """L / elapsed; None where paid time has not begun."""
        return self.late_ms / self.elapsed_ms if self.elapsed_ms else None


__all__ = [
    "CustomersTurn",
    "KeptRate",
    "Quantile",
    "Sample",
    "Wait",
    "Waits",
    "customers_rate",
    "design_effect",
    "kaplan_meier",
    "kept_rate",
    "newest_turns",
    "wilson",
]
