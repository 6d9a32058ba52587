"""The two lists of the shelf: rows of a plan or a run, and the drawing of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look import Look
from miaohui.desktop.strings import check as words

__all__ = ["KEY", "ShelfDelegate", "ShelfModel", "ShelfRow"]

Index = QModelIndex | QPersistentModelIndex
KEY = Qt.ItemDataRole.UserRole
GAP = 10
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """``key``: the file or folder; ``share``: how much is done, None where that says nothing."""

    key: str
    title: str
    line: str
    state: str
    share: float | None = None


class ShelfModel(QAbstractListModel):
    """Rows in the order given."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[ShelfRow] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == KEY:
            return row.key
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.row_spoken(row.title, row.line, row.state)
        return None

    def row(self, number: int) -> ShelfRow:
        return self._rows[number]

    def show_rows(self, rows: Sequence[ShelfRow]) -> None:
        if [one.key for one in rows] != [one.key for one in self._rows]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for number, row in enumerate(rows):
            if row != self._rows[number]:
                self._rows[number] = row
                self.dataChanged.emit(self.index(number), self.index(number))

    def row_of(self, key: str) -> int:
        return next((number for number, one in enumerate(self._rows) if one.key == key), -1)


class ShelfDelegate(QStyledItemDelegate):
    """A card: title and state in the first line, the rest in the second; a run's bar below."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(260), self._look.px(66) + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, ShelfModel):
            return
        row, look = model.row(index.row()), self._look
        chosen = bool(
            option.state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver)
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(1, 1, -6, -GAP)
        painter.setPen(QPen(look.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.setBrush(look.color("card"))
        painter.drawRoundedRect(box, 12, 12)
        inner = box.adjusted(look.px(16), look.px(8), -look.px(16), -look.px(8))
        high = inner.height() / 2
        painter.setFont(look.font(12))
        state = QFontMetrics(painter.font()).horizontalAdvance(row.state) + look.px(12)
        painter.setPen(look.color("ink2"))
        first = QRectF(inner.left(), inner.top(), inner.width(), high)
        painter.drawText(first, RIGHT, row.state)
        second = QRectF(inner.left(), inner.top() + high, inner.width(), high)
        shown = QFontMetrics(painter.font()).elidedText(
            row.line, Qt.TextElideMode.ElideRight, int(second.width())
        )
        painter.drawText(second, LEFT, shown)
        painter.setFont(look.font(15, bold=True))
        painter.setPen(look.color("ink"))
        shown = QFontMetrics(painter.font()).elidedText(
            row.title, Qt.TextElideMode.ElideRight, int(inner.width() - state)
        )
        painter.drawText(first, LEFT, shown)
        if row.share is not None:
            bar = QRectF(box.left() + 14, box.bottom() - look.px(5), box.width() - 28, look.px(3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("line"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
            bar.setWidth(max(1.0, bar.width() * min(1.0, row.share)))
            painter.setBrush(look.color("accent"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()
