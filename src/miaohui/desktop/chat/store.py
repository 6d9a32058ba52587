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
    """The source's rows, then newer ones; ids are unique over both."""

    def __init__(self, source: RowSource | None = None) -> None:
        self._source = source
        self._middle = len(source) if source is not None else 0
        self._newer: list[ChatRow] = []
        self._changed: dict[int, ChatRow] = {}
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return self._middle + len(self._newer)

    def __iter__(self) -> Iterator[ChatRow]:
        return (self.row(index) for index in range(len(self)))

    @property
    def is_lazy(self) -> bool:
        return self._middle > 0

    def row(self, index: int) -> ChatRow:
        if index >= self._middle:
            return self._newer[index - self._middle]
        assert self._source is not None
        return self._source.row(index)

    def kept(self, index: int) -> ChatRow | None:
        """The row as it was put or told last; None for a source's that nobody has exchanged."""
        return self._changed.get(index) if index < self._middle else self.row(index)

    def theirs(self, start: int, stop: int) -> int:
        """The number of rows from `start` to before `stop` that the other side wrote."""
        newer = range(max(start, self._middle), stop)
        count = sum(self.row(index).kind is RowKind.THEIRS for index in newer)
        high = min(stop, self._middle)
        if self._source is not None and start < high:
            count += self._source.theirs(start, high)
        return count

    def index_of(self, row_id: str) -> int | None:
        place = self._places.get(row_id)
        if place is not None:
            return self._middle + place
        return None if self._source is None else self._source.index_of(row_id)

    def append(self, rows: Sequence[ChatRow]) -> None:
        for place, row in enumerate(rows, len(self._newer)):
            self._places[row.id] = place
        self._newer.extend(rows)

    def replace(self, index: int, row: ChatRow) -> None:
        if index < self._middle:
            self._changed.pop(index, None)
            self._changed[index] = row
            if len(self._changed) > _KEPT:
                del self._changed[next(iter(self._changed))]
        else:
            self._newer[index - self._middle] = row

    def splice(self, start: int, removed: int, rows: Iterable[ChatRow]) -> None:
        """Exchange a stretch in the middle; only without a lazy source, and rare."""
        self._newer[start : start + removed] = rows
        self._places = {row.id: place for place, row in enumerate(self._newer)}
