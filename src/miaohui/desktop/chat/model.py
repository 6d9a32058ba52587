"""The rows of one conversation as a Qt model that tells only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from miaohui.desktop.chat import speech
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.store import RowSource, RowStore

__all__ = ["CHIP_ROLE", "ROW_ROLE", "ChatModel"]

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
# Announced alone when only the figure of a wait moved on, ten times a second.
CHIP_ROLE = ROW_ROLE + 1

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
# Above this many differing rows one removal and one insertion are quicker than a comparison.
_COMPARED = 2000

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ChatModel(QAbstractListModel):
    """Rows are kept by id; a row that is updated keeps its place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = RowStore()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._store)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid() or index.row() >= len(self._store):
            return None
        if role == _ACCESSIBLE:
            return speech.spoken(self._store.row(index.row()))
        if role == _DISPLAY:
            return self._store.row(index.row()).shown_text
        if role == ROW_ROLE:
            return self._store.row(index.row())
        return None

    def row(self, index: int) -> ChatRow:
        return self._store.row(index)

    def theirs(self, start: int, stop: int) -> int:
        return self._store.theirs(start, stop)

    def index_of(self, row_id: str) -> int | None:
        return self._store.index_of(row_id)

    def append(self, *rows: ChatRow) -> None:
        """Add newer rows; one whose id is here already is taken as an update."""
        fresh = self._only_new(rows)
        if fresh:
            count = len(self._store)
            self.beginInsertRows(_NOWHERE, count, count + len(fresh) - 1)
            self._store.append(fresh)
            self.endInsertRows()

    def update(self, row: ChatRow) -> bool:
        """Exchange the row of this id; false when there is none."""
        at = self._store.index_of(row.id)
        if at is None:
            return False
        self._exchange(at, row)
        return True

    def set_source(self, source: RowSource) -> None:
        """Begin anew with a long history that is asked for row by row."""
        self.beginResetModel()
        self._store = RowStore(source)
        self.endResetModel()

    def grow(self, source: RowSource) -> bool:
        """Become a source that begins with the rows that are here and has more; false, and
        nothing done, where it is another."""
        count, more = len(self._store), len(source) - len(self._store)
        ends = {0, count - 1} if count else set()
        if more < 0 or any(source.row(at).id != self._store.row(at).id for at in ends):
            return False
        if more:
            self.beginInsertRows(_NOWHERE, count, count + more - 1)
        self._store = RowStore(source)
        if more:
            self.endInsertRows()
        return True

    def replace_all(self, rows: Iterable[ChatRow]) -> None:
        """Become exactly `rows`, signalling only the stretches that differ."""
        wanted = list({row.id: row for row in rows}.values())
        if self._store.is_lazy or not len(self._store):
            self.beginResetModel()
            self._store = RowStore()
            self._store.append(wanted)
            self.endResetModel()
            return
        have = [row.id for row in self._store]
        want = [row.id for row in wanted]
        for start, stop, first, last in reversed(_differences(have, want)):
            self._splice(start, stop - start, wanted[first:last])
        for at, row in enumerate(wanted):
            self._exchange(at, row)

    def _only_new(self, rows: Sequence[ChatRow]) -> list[ChatRow]:
        fresh: dict[str, ChatRow] = {}
        for row in rows:
            if not self.update(row):
                fresh[row.id] = row
        return list(fresh.values())

    def _exchange(self, at: int, row: ChatRow) -> None:
        before = self._store.kept(at)
        if before is row or before == row:
            return
        self._store.replace(at, row)
        index = self.index(at, 0)
        only_chip = before is not None and replace(before, chip=row.chip, hint=row.hint) == row
        roles = [CHIP_ROLE] if only_chip else [ROW_ROLE, _DISPLAY, _ACCESSIBLE]
        self.dataChanged.emit(index, index, roles)

    def _splice(self, start: int, removed: int, rows: Sequence[ChatRow]) -> None:
        if removed:
            self.beginRemoveRows(_NOWHERE, start, start + removed - 1)
            self._store.splice(start, removed, ())
            self.endRemoveRows()
        if rows:
            self.beginInsertRows(_NOWHERE, start, start + len(rows) - 1)
            self._store.splice(start, 0, rows)
            self.endInsertRows()


def _differences(have: list[str], want: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches (start, stop in `have`, first, last in `want`) that are not the same."""
    shorter = min(len(have), len(want))
    head = 0
    while head < shorter and have[head] == want[head]:
        head += 1
    tail = 0
    while tail < shorter - head and have[-1 - tail] == want[-1 - tail]:
        tail += 1
    old, new = have[head : len(have) - tail], want[head : len(want) - tail]
    if not old and not new:
        return []
    # A removal and an insertion must never hold the same id, or rows would be twice there.
    if not old or not new or len(old) + len(new) > _COMPARED:
        return [(head, head + len(old), head, head + len(new))]
    from difflib import SequenceMatcher  # seldom needed

    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        (head + a, head + b, head + c, head + d) for kind, a, b, c, d in found if kind != "equal"
    ]
