"""Figures over turns of one or many sessions: kept %, its interval, quantiles, shares.

Samples merge by keeping raw waits: percentiles are never averaged. Which sessions belong together
(a shop, a person, an hour, a mode) is the caller's choice.
"""

import math
from collections.abc import Iterable
from typing import Final, Self

from msgspec import Struct

from miaohui.promise.report import Figures
from miaohui.promise.silence import Silences
from miaohui.promise.turns import TurnState

Z_95: Final = 1.959963984540054
PERCENT_FROM_TURNS: Final = 20
# A quantile is supported where its upper 97.5 % limit still lies inside the sample: q^n <= 2.5 %.
SUPPORT: Final = 0.025
# A hair of float error must not push a quantile to the next wait.
CLOSE: Final = 1e-9


def show_seconds_tenths(ms: int) -> int:
    """Milliseconds as tenths of a second, rounded up: a breach never reads "10.0 s"."""
    return -(-ms // 100)


def seconds_text(ms: int) -> str:
    tenths = show_seconds_tenths(ms)
    return f"{tenths // 10}.{tenths % 10} s"


class KeptRate(Struct, frozen=True, kw_only=True):
    """Kept of all decided turns, with the Wilson 95 % interval; `low` is what lists sort by."""

    kept: int
    turns: int
    low: float
    high: float

    @property
    def shows_percent(self) -> bool:
        return self.turns >= PERCENT_FROM_TURNS

    @property
    def percent_tenths(self) -> int | None:
        """Tenths of a percent, rounded down: 100.0 is said of no record with a breach in it."""
        return self.kept * 1000 // self.turns if self.shows_percent else None

    @property
    def text(self) -> str:
        """As it is shown: "18 / 20", or from twenty turns on "96.6 % (88.5-99.1)"."""
        tenths = self.percent_tenths
        if tenths is None:
            return f"{self.kept} / {self.turns}"
        share = f"{tenths // 10}.{tenths % 10} %"
        return f"{share} ({math.floor(self.low * 1000) / 10}-{math.ceil(self.high * 1000) / 10})"


def kept_rate(kept: int, breached: int) -> KeptRate:
    """The rate and its interval; (0, 1) where there is no turn yet."""
    turns = kept + breached
    if turns == 0:
        return KeptRate(kept=0, turns=0, low=0.0, high=1.0)
    share, square = kept / turns, Z_95 * Z_95
    middle = (share + square / (2 * turns)) / (1 + square / turns)
    half = share * (1 - share) / turns + square / (4 * turns * turns)
    half = Z_95 * math.sqrt(half) / (1 + square / turns)
    # At the ends the formula is exactly 0 or 1; floats would miss by a hair.
    low = 0.0 if kept == 0 else max(0.0, middle - half)
    high = 1.0 if kept == turns else min(1.0, middle + half)
    return KeptRate(kept=kept, turns=turns, low=low, high=high)


class Quantile(Struct, frozen=True, kw_only=True):
    """A quantile of waits; `at_least` where the sample supports no more than a lower bound."""

    ms: int | None
    at_least: bool = False

    @property
    def text(self) -> str:
        if self.ms is None:
            return "-"
        return f"{'>= ' if self.at_least else ''}{seconds_text(self.ms)}"


class Wait(Struct, frozen=True, order=True):
    """One raw wait; `covered` where a reply ended it, else it is a lower bound."""

    ms: int
    covered: bool


def kaplan_meier(waits: Iterable[Wait], share: float) -> Quantile:
    """The Kaplan-Meier quantile at `share` (0.5 is the median).

    It is a bound where too few turns support it, and where the longest waits are unended ones.
    """
    # A reply at the same wait as a censoring came while that one was still at risk.
    ordered = sorted(waits, key=lambda wait: (wait.ms, not wait.covered))
    count = len(ordered)
    if count == 0:
        return Quantile(ms=None)
    supported = SUPPORT ** (1 / count)
    bound = share > supported
    target = 1 - min(share, supported)
    surviving = 1.0
    for index, wait in enumerate(ordered):
        if wait.covered:
            surviving *= 1 - 1 / (count - index)
            if surviving <= target + CLOSE:
                return Quantile(ms=wait.ms, at_least=bound)
    return Quantile(ms=ordered[-1].ms, at_least=True)


class Sample(Struct, frozen=True, kw_only=True):
    """What sessions add up to, kept raw so that it can be merged; void turns are left out."""

    waits: tuple[Wait, ...] = ()
    kept: int = 0
    breached: int = 0
    late_ms: int = 0
    elapsed_ms: int = 0
    silences_60: int = 0
    broken_60_by_responder: int = 0
    silences_300: int = 0
    broken_300_by_responder: int = 0

    @classmethod
    def of(cls, figures: Figures, silences: Silences | None = None) -> Self:
        """The sample of one session; `silences` adds what the figures leave out, those of 300 s."""
        return cls(
            waits=tuple(
                Wait(turn.wait, turn.end is not None)
                for turn in figures.turns
                if turn.state is not TurnState.VOID
            ),
            kept=figures.kept,
            breached=figures.breached,
            late_ms=figures.late_ms,
            elapsed_ms=figures.elapsed_ms,
            silences_60=figures.silences_60,
            broken_60_by_responder=figures.broken_60_by_responder,
            silences_300=0 if silences is None else silences.over_300,
            broken_300_by_responder=0 if silences is None else silences.broken_300_by_responder,
        )

    @classmethod
    def merged(cls, samples: Iterable[Self]) -> Self:
        """All samples as one."""
        many = list(samples)
        return cls(
            waits=tuple(wait for sample in many for wait in sample.waits),
            kept=sum(s.kept for s in many),
            breached=sum(s.breached for s in many),
            late_ms=sum(s.late_ms for s in many),
            elapsed_ms=sum(s.elapsed_ms for s in many),
            silences_60=sum(s.silences_60 for s in many),
            broken_60_by_responder=sum(s.broken_60_by_responder for s in many),
            silences_300=sum(s.silences_300 for s in many),
            broken_300_by_responder=sum(s.broken_300_by_responder for s in many),
        )

    def kept_rate(self) -> KeptRate:
        return kept_rate(self.kept, self.breached)

    def quantile(self, percent: int) -> Quantile:
        return kaplan_meier(self.waits, percent / 100)

    @property
    def longest_ms(self) -> int | None:
        return max((wait.ms for wait in self.waits), default=None)

    @property
    def late_share(self) -> float | None:
        """L / elapsed; None where paid time has not begun."""
        return self.late_ms / self.elapsed_ms if self.elapsed_ms else None

    @property
    def initiative_60(self) -> float | None:
        return _share(self.broken_60_by_responder, self.silences_60)

    @property
    def initiative_300(self) -> float | None:
        return _share(self.broken_300_by_responder, self.silences_300)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
