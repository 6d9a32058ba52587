"""Waits in order, and their Kaplan-Meier quantiles: a halving for each unended wait, no sort."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Self

from msgspec import Struct

from miaohui.promise.column import wider

# A quantile is supported where its upper 97.5 % limit still lies inside the sample: q^n <= 2.5 %.
SUPPORT: Final = 0.025
# A hair of float error must not push a quantile to the next wait.
CLOSE: Final = 1e-9


class Wait(Struct, frozen=True, order=True):
    """One raw wait; `covered` where a reply ended it, else it is a lower bound."""

    ms: int
    covered: bool


class Quantile(Struct, frozen=True, kw_only=True):
    """A quantile of waits; `at_least` where the sample supports no more than a lower bound."""

    ms: int | None
    at_least: bool = False


class Step(NamedTuple):
    """An instant at which waits ended or were cut off, with those that were at risk until then."""

    ms: int
    at_risk: int
    ended: int
    cut: int
    surviving: float


class Waits:
    """Waits of one or many sessions: those that a reply ended, and those that none has ended."""

    __slots__ = ("_cut", "_ended")

    def __init__(self) -> None:
        self._ended = array("H")
        self._cut: list[int] = []

    @classmethod
    def of(cls, waits: Iterable[Wait]) -> Self:
        made = cls()
        ended: list[int] = []
        for wait in waits:
            (ended if wait.covered else made._cut).append(wait.ms)
        ended.sort()
        made._cut.sort()
        made._ended = array("q", ended)
        return made

    def __len__(self) -> int:
        return len(self._ended) + len(self._cut)

    def add(self, ms: int, *, covered: bool = True) -> None:
        if not covered:
            insort(self._cut, ms)
            return
        while True:
            try:
                insort(self._ended, ms)
            except OverflowError:
                self._ended = wider(self._ended)
            else:
                return

    def clear(self) -> None:
        del self._ended[:]
        self._cut.clear()

    def _cuts(self, open_ms: Iterable[int]) -> Sequence[int]:
        more = list(open_ms)
        return sorted((*self._cut, *more)) if more else self._cut

    def longest(self, open_ms: Iterable[int] = ()) -> Quantile:
        """The longest wait of all: a lower bound where no reply has ended it."""
        cut = self._cuts(open_ms)
        ended = self._ended[-1] if self._ended else None
        if not cut:
            return Quantile(ms=ended)
        bound = ended is None or cut[-1] >= ended
        return Quantile(ms=cut[-1] if bound else ended, at_least=bound)

    def quantile(self, share: float, open_ms: Iterable[int] = ()) -> Quantile:
        """The Kaplan-Meier quantile at `share` (0.5 is the median); `open_ms` are waits that go on.

        It is a bound, the longest wait seen, where too few waits support it and where the longest
        are unended ones.
        """
        cut, ended = self._cuts(open_ms), self._ended
        total = len(ended) + len(cut)
        if not total:
            return Quantile(ms=None)
        supported = SUPPORT ** (1 / total)
        if share <= supported:
            target = 1 - share + CLOSE
            surviving, begin = 1.0, 0
            for gone in range(len(cut) + 1):
                # A reply at the same wait as a cut came while that one was still at risk.
                until = bisect_right(ended, cut[gone]) if gone < len(cut) else len(ended)
                if until > begin:
                    risk = total - begin - gone
                    here, first = surviving, begin

                    def low(i: int, here: float = here, risk: int = risk, at: int = first) -> bool:
                        return here * (risk - (i - at) - 1) / risk <= target

                    found = bisect_left(range(begin, until), True, key=low)
                    if begin + found < until:
                        return Quantile(ms=ended[begin + found])
                    surviving *= (risk - (until - begin)) / risk
                    begin = until
        return Quantile(ms=max((*ended[-1:], *cut[-1:])), at_least=True)

    def steps(self) -> Iterator[Step]:
        """The Kaplan-Meier curve, a step for each instant at which a wait ended or was cut off."""
        risk, surviving = len(self), 1.0
        for ms in sorted({*self._ended, *self._cut}):
            ended = bisect_right(self._ended, ms) - bisect_left(self._ended, ms)
            cut = bisect_right(self._cut, ms) - bisect_left(self._cut, ms)
            surviving = 0.0 if ended == risk else surviving * (1 - ended / risk)
            yield Step(ms, risk, ended, cut, surviving)
            risk -= ended + cut


def kaplan_meier(waits: Iterable[Wait], share: float) -> Quantile:
    """The quantile of waits in no order."""
    return Waits.of(waits).quantile(share)
