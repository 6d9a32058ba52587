"""The rows of a conversation in order: long history asked for lazily, the rest in lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from miaohui.desktop.chat.row import ChatRow, RowKind

__all__ = ["RowSource", "RowStore"]

# A source's rows are made anew each time; these few are kept to tell what changed.
_KEPT = 200


class RowSource(Protocol):
    """History that makes a row only when it is looked at, such as a window on the store."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> ChatRow: ...

    def index_of(self, row_id: str) -> int | None: ...

    def theirs(self, start: int, stop: int) -> int: ...


class RowStore:
    """Older rows, then the source's, then newer rows; ids are unique over all three."""

    def __init__(self, source: RowSource | None = None) -> None:
        self._source = source
        self._middle = len(source) if source is not None else 0
        # Kept newest first, so that history is appended to and never shifted.
        self._older: list[ChatRow] = []
        self._newer: list[ChatRow] = []
        self._changed: dict[int, ChatRow] = {}
        # Newer rows count 0, 1, 2 …, older ones -1, -2 …, so no number ever changes.
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._older) + self._middle + len(self._newer)

    def __iter__(self) -> Iterator[ChatRow]:
        return (self.row(index) for index in range(len(self)))

    @property
    def is_lazy(self) -> bool:
        return self._middle > 0

    def row(self, index: int) -> ChatRow:
        inside = index - len(self._older)
        if inside < 0:
            return self._older[-inside - 1]
        if inside >= self._middle:
            return self._newer[inside - self._middle]
        assert self._source is not None
        return self._source.row(inside)

    def kept(self, index: int) -> ChatRow | None:
        """The row as it was put or told last; None for a source's that nobody has exchanged."""
        inside = index - len(self._older)
        return self._changed.get(inside) if 0 <= inside < self._middle else self.row(index)

    def theirs(self, start: int, stop: int) -> int:
        """The number of rows from `start` to before `stop` the other side wrote."""
        first = len(self._older)
        low, high = max(start, first), min(stop, first + self._middle)
        lists = [*range(start, min(stop, first)), *range(max(start, first + self._middle), stop)]
        count = sum(self.row(index).kind is RowKind.THEIRS for index in lists)
        if self._source is not None and low < high:
            count += self._source.theirs(low - first, high - first)
        return count

    def index_of(self, row_id: str) -> int | None:
        place = self._places.get(row_id)
        if place is not None:
            return len(self._older) + place + (self._middle if place >= 0 else 0)
        if self._source is None:
            return None
        inside = self._source.index_of(row_id)
        return None if inside is None else len(self._older) + inside

    def append(self, rows: Sequence[ChatRow]) -> None:
        for place, row in enumerate(rows, len(self._newer)):
            self._places[row.id] = place
        self._newer.extend(rows)

    def prepend(self, rows: Sequence[ChatRow]) -> None:
        """Put `rows`, oldest first, before everything."""
        for row in reversed(rows):
            self._older.append(row)
            self._places[row.id] = -len(self._older)

    def replace(self, index: int, row: ChatRow) -> None:
        inside = index - len(self._older)
        if inside < 0:
            self._older[-inside - 1] = row
        elif inside < self._middle:
            self._changed.pop(inside, None)
            self._changed[inside] = row
            if len(self._changed) > _KEPT:
                del self._changed[next(iter(self._changed))]
        else:
            self._newer[inside - self._middle] = row

    def splice(self, start: int, removed: int, rows: Iterable[ChatRow]) -> None:
        """Exchange a stretch in the middle; only without a lazy source, and rare."""
        everything = [*reversed(self._older), *self._newer]
        everything[start : start + removed] = rows
        self._older, self._newer = [], everything
        self._places = {row.id: place for place, row in enumerate(everything)}
