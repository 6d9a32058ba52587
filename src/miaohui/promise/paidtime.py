"""Running time, late time and used time: what is left of the clock, and what of it was late."""

from bisect import bisect_right
from typing import Self

from miaohui.promise.turns import Instant


class RunningTime:
    """The map from journal time to running time: paused and faulty stretches count for nothing.

    Closed stretches are kept merged and sorted with prefix sums, so a query is O(log n) and an
    addition at the end is amortised O(1). An open pause freezes everything after its beginning.
    """

    __slots__ = ("_ends", "_frozen_before", "_paused_at", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        # Milliseconds frozen before the stretch of the same index.
        self._frozen_before: list[int] = []
        self._paused_at: int | None = None

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def at(self, t: int) -> int:
        """Running milliseconds from 0 to `t`."""
        if self._paused_at is not None and t > self._paused_at:
            t = self._paused_at
        if not self._starts:
            return t
        index = bisect_right(self._starts, t) - 1
        if index < 0:
            return t
        frozen = min(t, self._ends[index]) - self._starts[index]
        return t - self._frozen_before[index] - frozen

    def pause(self, t: int) -> None:
        """A second pause before the first has ended changes nothing."""
        if self._paused_at is None:
            self._paused_at = t

    def resume(self, t: int) -> None:
        if self._paused_at is not None:
            start, self._paused_at = self._paused_at, None
            self.freeze(start, t)

    def freeze(self, start: int, end: int) -> None:
        """Take [start, end] out of running time, wherever it lies."""
        if end <= start:
            return
        starts, ends, before = self._starts, self._ends, self._frozen_before
        later: list[tuple[int, int]] = []
        while ends and ends[-1] >= start:
            other_start, other_end = starts.pop(), ends.pop()
            before.pop()
            if other_start > end:
                later.append((other_start, other_end))
            else:
                start, end = min(start, other_start), max(end, other_end)
        for each_start, each_end in ((start, end), *reversed(later)):
            total = before[-1] + ends[-1] - starts[-1] if starts else 0
            starts.append(each_start)
            ends.append(each_end)
            before.append(total)

    def copy(self) -> Self:
        twin = type(self)()
        twin._starts = self._starts.copy()
        twin._ends = self._ends.copy()
        twin._frozen_before = self._frozen_before.copy()
        twin._paused_at = self._paused_at
        return twin


class LateTime:
    """The union of late stretches in running time, clipped to paid time's beginning.

    Turns settle in the order of their starts and of their ends, so one mark is enough: what lies
    before the furthest end is counted already.
    """

    __slots__ = ("_begun", "_until", "total")

    def __init__(self) -> None:
        self.total = 0
        self._until = 0
        self._begun: int | None = None

    def begin(self, running: int) -> None:
        """Paid time has begun; nothing before counts."""
        if self._begun is None:
            self._begun = running

    def accrues_from(self, breach: int) -> int | None:
        """The running moment from which a stretch that starts at `breach` adds; None before t_s."""
        return None if self._begun is None else max(breach, self._begun, self._until)

    def with_open(self, breach: int, until: int) -> int:
        """The union with one more stretch, without keeping it."""
        start = self.accrues_from(breach)
        return self.total if start is None else self.total + max(0, until - start)

    def add(self, breach: int, until: int) -> None:
        self.total = self.with_open(breach, until)
        self._until = max(self._until, until)

    def take_back(self, unused: int) -> None:
        """What fell into time that was not used is no late time."""
        self.total -= unused

    def copy(self) -> Self:
        twin = type(self)()
        twin.total, twin._until, twin._begun = self.total, self._until, self._begun
        return twin


class Clocks:
    """Running time, and beside it time less pauses alone: what differs between them is fault."""

    __slots__ = ("faulty", "running", "unpaused")

    def __init__(self) -> None:
        self.running = RunningTime()
        self.unpaused = RunningTime()
        self.faulty = False

    def instant(self, seq: int, t: int) -> Instant:
        running = self.running.at(t)
        return Instant(seq, t, running, self.unpaused.at(t) if self.faulty else running)

    def pause(self, t: int) -> None:
        self.running.pause(t)
        self.unpaused.pause(t)

    def resume(self, t: int) -> None:
        self.running.resume(t)
        self.unpaused.resume(t)

    def fault(self, start: int, end: int) -> None:
        self.faulty = True
        self.running.freeze(start, end)

    def copy(self) -> Self:
        twin = type(self)()
        twin.running, twin.unpaused = self.running.copy(), self.unpaused.copy()
        twin.faulty = self.faulty
        return twin
