"""Row heights with running sums: measured where seen, estimated elsewhere."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate

__all__ = ["HeightIndex"]

# Blocks keep an insertion anywhere within some microseconds at a million rows:
# one array is moved, and the sums over a thousand blocks are added up once.
BLOCK = 1024
_TALLEST = 0xFFFF


class HeightIndex:
    """Heights in whole pixels; every position is asked and answered in row numbers."""

    def __init__(self) -> None:
        self._blocks: list[array[int]] = []
        self._sums: list[int] = []
        self._firsts: list[int] | None = [0]
        self._tops: list[int] | None = [0]

    def __len__(self) -> int:
        return self._first_rows()[-1]

    @property
    def total(self) -> int:
        return self._block_tops()[-1]

    def clear(self) -> None:
        self._blocks, self._sums = [], []
        self._moved()

    def insert(self, at: int, count: int, height: int) -> None:
        """Put `count` rows of an estimated height before row `at`."""
        if count <= 0:
            return
        if not self._blocks:
            self._blocks, self._sums = [array("H")], [0]
        block, inner = self._locate(at)
        if count <= BLOCK:
            values = self._fit(block, height)
            values[inner:inner] = array(values.typecode, [height]) * count
            pieces = [values] if len(values) <= 2 * BLOCK else [values[:BLOCK], values[BLOCK:]]
        else:
            old = self._blocks[block]
            full, rest = divmod(count, BLOCK)
            one = _wide(array("H"), height)
            one.append(height)
            pieces = [old[:inner], *(one * BLOCK for _ in range(full)), one * rest, old[inner:]]
            pieces = [piece for piece in pieces if piece]
        self._blocks[block : block + 1] = pieces
        self._sums[block : block + 1] = [sum(piece) for piece in pieces]
        self._moved()

    def remove(self, at: int, count: int) -> None:
        while count > 0:
            block, inner = self._locate(at)
            values = self._blocks[block]
            taken = min(count, len(values) - inner)
            del values[inner : inner + taken]
            self._sums[block] = sum(values)
            if not values:
                del self._blocks[block], self._sums[block]
            self._moved()
            count -= taken

    def height(self, row: int) -> int:
        block, inner = self._locate(row)
        return self._blocks[block][inner]

    def set(self, row: int, height: int) -> bool:
        """Keep a measured height; true when it differs from what was thought."""
        block, inner = self._locate(row)
        values = self._fit(block, height)
        difference = height - values[inner]
        if not difference:
            return False
        values[inner] = height
        self._sums[block] += difference
        self._tops = None
        return True

    def top(self, row: int) -> int:
        """The sum of all heights above `row`; for the row after the last, the total."""
        if row >= len(self):
            return self.total
        block, inner = self._locate(row)
        return self._block_tops()[block] + sum(self._blocks[block][:inner])

    def row_at(self, y: int) -> int:
        """The row that covers `y`, the nearest one outside; -1 when there is none."""
        count = len(self)
        if count == 0:
            return -1
        if y <= 0:
            return 0
        tops = self._block_tops()
        if y >= tops[-1]:
            return count - 1
        block = bisect_right(tops, y) - 1
        within = bisect_right(list(accumulate(self._blocks[block])), y - tops[block])
        return self._first_rows()[block] + within

    def _fit(self, block: int, height: int) -> array[int]:
        """The heights of a block, with room for this one."""
        self._blocks[block] = _wide(self._blocks[block], height)
        return self._blocks[block]

    def _locate(self, row: int) -> tuple[int, int]:
        firsts = self._first_rows()
        block = min(bisect_right(firsts, row) - 1, len(self._blocks) - 1)
        return block, row - firsts[block]

    def _first_rows(self) -> list[int]:
        if self._firsts is None:
            self._firsts = [0, *accumulate(map(len, self._blocks))]
        return self._firsts

    def _block_tops(self) -> list[int]:
        if self._tops is None:
            self._tops = [0, *accumulate(self._sums)]
        return self._tops

    def _moved(self) -> None:
        self._firsts = None
        self._tops = None


def _wide(values: array[int], height: int) -> array[int]:
    """Two bytes each hold nearly every height; a very tall row makes its block wider."""
    return array("I", values) if height > _TALLEST and values.typecode == "H" else values
