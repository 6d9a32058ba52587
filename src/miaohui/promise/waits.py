"""The covered waits of one session in order: a quantile costs a halving, not a sort of them all."""

from array import array
from bisect import bisect_left, insort

from miaohui.promise.column import wider
from miaohui.promise.figures import CLOSE, SUPPORT, Quantile


class Waits:
    """``quantile`` says what ``kaplan_meier`` says of the same waits and at most one open one."""

    __slots__ = ("_ordered",)

    def __init__(self) -> None:
        self._ordered = array("H")

    def __len__(self) -> int:
        return len(self._ordered)

    def add(self, ms: int) -> None:
        while True:
            try:
                insort(self._ordered, ms)
            except OverflowError:
                self._ordered = wider(self._ordered)
            else:
                return

    def clear(self) -> None:
        del self._ordered[:]

    def longest(self, open_ms: int | None = None) -> int | None:
        newest = self._ordered[-1] if self._ordered else None
        if open_ms is None:
            return newest
        return open_ms if newest is None else max(newest, open_ms)

    def quantile(self, share: float, open_ms: int | None = None) -> Quantile:
        """``open_ms``: a wait that no reply has ended, which is a lower bound."""
        ordered = self._ordered
        known = len(ordered)
        count = known + (open_ms is not None)
        if count == 0:
            return Quantile(ms=None)
        supported = SUPPORT ** (1 / count)
        target = 1 - min(share, supported) + CLOSE
        # Covered waits up to the open one: as many of all survive as come behind.
        before = known
        if open_ms is not None:
            # A reply at the same wait came while the open one was still at risk.
            before = bisect_left(ordered, open_ms + 1)
        at = bisect_left(range(before), True, key=lambda i: (count - i - 1) / count <= target)
        if at == before < known:
            # Behind it the rest shares what had survived until then.
            left = (count - before) / count
            rest = known - before
            behind = range(before, known)
            at += bisect_left(behind, True, key=lambda i: left * (known - i - 1) / rest <= target)
        if at < known:
            return Quantile(ms=ordered[at], at_least=share > supported)
        return Quantile(ms=self.longest(open_ms), at_least=True)
