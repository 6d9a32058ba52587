"""A column of whole numbers that mostly go on by one, as positions and seqs do.

Only where that breaks off is kept: a hundred thousand messages in a row are one run.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

__all__ = ["RunLengths"]


class RunLengths:
    """Append-only, of numbers from 0 to 2**32 - 1."""

    __slots__ = ("_from", "_length", "_next", "_value")

    def __init__(self) -> None:
        self._from = array("I")  # where each run begins
        self._value = array("I")  # the number it begins with
        self._next = -1  # what would go on with the newest run
        self._length = 0

    def append(self, value: int) -> None:
        """OverflowError outside of the range; nothing is changed then."""
        if value != self._next or value >> 32:
            self._value.append(value)
            self._from.append(self._length)
        self._next = value + 1
        self._length += 1

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> int:
        at = index + self._length if index < 0 else index
        if not 0 <= at < self._length:
            raise IndexError(index)
        # The newest run is what is asked for most.
        run = -1 if at >= self._from[-1] else bisect_right(self._from, at) - 1
        return self._value[run] + at - self._from[run]

    def __iter__(self) -> Iterator[int]:
        return (self[at] for at in range(self._length))

    def left(self, value: int) -> int:
        """Where the first number lies that is not below ``value``; the numbers never fall."""
        run = bisect_left(self._value, value)
        following = self._from[run] if run < len(self._from) else self._length
        if not run:
            return following
        return min(self._from[run - 1] + value - self._value[run - 1], following)

    @property
    def runs(self) -> int:
        return len(self._from)
