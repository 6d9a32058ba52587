"""A list of rows that are told apart by a key, with what a view and a screen reader ask of each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

__all__ = ["Index", "KeyedRows"]

Index = QModelIndex | QPersistentModelIndex
RowT = TypeVar("RowT")


class KeyedRows(QAbstractListModel, Generic[RowT]):
    """Rows in the order given; changed in place where only their words change, so that the choice
    stays where it is. The user's role is the row itself."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RowT] = []

    def key(self, row: RowT) -> Hashable:
        """The key that tells a row from the others."""
        raise NotImplementedError

    def name(self, row: RowT) -> str:
        """Its shown name."""
        raise NotImplementedError

    def spoken(self, row: RowT) -> str:
        """The sentence a screen reader says of it."""
        raise NotImplementedError

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(row)
        return None

    def rows(self) -> Sequence[RowT]:
        return self._rows

    def show_rows(self, rows: Sequence[RowT]) -> None:
        if [self.key(one) for one in rows] != [self.key(one) for one in self._rows]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for place, row in enumerate(rows):
            if row != self._rows[place]:
                self._rows[place] = row
                self.dataChanged.emit(self.index(place), self.index(place))

    def row_of(self, key: Hashable) -> int:
        """The place of a key's row; -1 where there is none."""
        return next((at for at, row in enumerate(self._rows) if self.key(row) == key), -1)
