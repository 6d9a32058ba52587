"""The place where a person is reading: the scroll, kept in place by an anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from miaohui.desktop.chat.height_index import HeightIndex

__all__ = ["Anchor", "ScrollAnchor"]

ESTIMATE = 68
PADDING = 12


@dataclass(frozen=True, slots=True)
class Anchor:
    """The row that stays where it is, and the place of its top on the screen."""

    row: int
    y: int


class ScrollAnchor:
    """Visible rows and scroll value out of heights; knows neither Qt nor the text.

    Without an anchor the end is followed: the last row stays at the bottom.
    `settle` measures only rows that come into view, and whatever their real height is,
    the anchor does not move.
    """

    def __init__(self) -> None:
        self.heights = HeightIndex()
        self.anchor: Anchor | None = None
        self.height = 0
        self.first = 0
        self.last = -1

    @property
    def follows_end(self) -> bool:
        return self.anchor is None

    @property
    def content(self) -> int:
        return self.heights.total + 2 * PADDING

    @property
    def maximum(self) -> int:
        return max(0, self.content - self.height)

    @property
    def value(self) -> int:
        if self.anchor is None:
            return self.maximum
        return PADDING + self.heights.top(self.anchor.row) - self.anchor.y

    def y_of(self, row: int) -> int:
        """The row's top on the screen; a short conversation lies at the bottom."""
        gap = max(0, self.height - self.content)
        return gap + PADDING + self.heights.top(row) - self.value

    def row_at(self, y: int) -> int:
        """The row under a place on the screen, -1 where there is none."""
        inside = y - self.y_of(0)
        return self.heights.row_at(inside) if 0 <= inside < self.heights.total else -1

    def insert(self, at: int, count: int) -> None:
        self.heights.insert(at, count, ESTIMATE)
        if self.anchor is not None and at <= self.anchor.row:
            self.anchor = Anchor(self.anchor.row + count, self.anchor.y)
        if at <= self.first:
            self.first, self.last = self.first + count, self.last + count

    def remove(self, at: int, count: int) -> None:
        self.heights.remove(at, count)
        if self.anchor is None or self.anchor.row < at:
            return
        row = self.anchor.row - count if self.anchor.row >= at + count else at
        self.anchor = Anchor(min(row, len(self.heights) - 1), self.anchor.y)
        if len(self.heights) == 0:
            self.anchor = None

    def reset(self, count: int) -> None:
        self.heights.clear()
        self.heights.insert(0, count, ESTIMATE)
        self.anchor = None

    def follow_end(self) -> None:
        self.anchor = None

    def scroll_by(self, pixels: int) -> None:
        """Move the reading down by `pixels`, far jumps by the sums, near ones by the anchor."""
        if len(self.heights) == 0:
            return
        if abs(pixels) > 3 * self.height:
            self._jump(self.value + pixels)
            return
        held = self.held()
        self.anchor = Anchor(held.row, held.y - pixels)

    def place(self, row: int, y: int) -> None:
        """Put the row's top at `y` of the screen."""
        self.anchor = Anchor(row, y)

    def settle(self, measure: Callable[[int], int]) -> None:
        """Measure what is in view, keep the anchor still, stay within the conversation."""
        if len(self.heights) == 0:
            self.anchor, self.first, self.last = None, 0, -1
            return
        if self.anchor is not None:
            self._measure_around(self.anchor, measure)
            if self.value < 0:
                self.anchor = Anchor(0, PADDING)
                self._measure_around(self.anchor, measure)
            if self.value >= self.maximum:
                self.anchor = None
        if self.anchor is None:
            self._measure_from_end(measure)
        else:
            self.anchor = self.held()

    def _jump(self, value: int) -> None:
        value = max(0, min(value, self.maximum))
        row = self.heights.row_at(value - PADDING)
        self.anchor = Anchor(row, PADDING + self.heights.top(row) - value)

    def held(self) -> Anchor:
        """The first row seen from its top, which is the one being read; a tall one otherwise."""
        row = max(0, min(self.first, len(self.heights) - 1))
        y = self.y_of(row)
        while y < 0 and row < self.last:
            below = y + self.heights.height(row)
            if below >= self.height:
                break
            row, y = row + 1, below
        return Anchor(row, y)

    def _measure_around(self, anchor: Anchor, measure: Callable[[int], int]) -> None:
        count = len(self.heights)
        first, y = anchor.row, anchor.y
        while first > 0 and y > 0:
            first -= 1
            y -= self._measured(first, measure)
        last, y = anchor.row, anchor.y + self._measured(anchor.row, measure)
        while last < count - 1 and y < self.height:
            last += 1
            y += self._measured(last, measure)
        self.first, self.last = first, last

    def _measure_from_end(self, measure: Callable[[int], int]) -> None:
        row = len(self.heights)
        y = self.height - PADDING
        while row > 0 and y > 0:
            row -= 1
            y -= self._measured(row, measure)
        self.first, self.last = row, len(self.heights) - 1

    def _measured(self, row: int, measure: Callable[[int], int]) -> int:
        height = measure(row)
        self.heights.set(row, height)
        return height
