"""The list of sessions: a model of rows (orders that wait, sessions, hits), and their drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look import Look
from miaohui.desktop.widgets.avatar import draw_avatar

__all__ = ["ROW", "Row", "RowDelegate", "RowModel"]

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. ``kind``: order, session or hit; ``id`` of that; ``message``: the
    message a hit leads to."""

    kind: str
    id: str
    name: str
    line: str
    aside: str = ""
    unread: int = 0
    message: str = ""
    face: str = ""  # whose avatar it is; empty: the name's


class RowModel(QAbstractListModel):
    """Rows in the order given; changed in place where only their words change."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.name, row.line, row.aside) if part)
        return None

    def rows(self) -> Sequence[Row]:
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The same rows in the same order are updated, so the choice stays where it is."""
        if [(one.kind, one.id, one.message) for one in rows] != [
            (one.kind, one.id, one.message) for one in self._rows
        ]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for place, (old, new) in enumerate(zip(self._rows, rows, strict=True)):
            if old != new:
                self._rows[place] = new
                self.dataChanged.emit(self.index(place), self.index(place))

    def place_of(self, kind: str, id: str) -> int:
        return next(
            (at for at, row in enumerate(self._rows) if (row.kind, row.id) == (kind, id)), -1
        )


class RowDelegate(QStyledItemDelegate):
    """Avatar, name, a line, and the time on the right; a dot with a figure where unread."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(200), self._look.px(59))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW)
        look = self._look
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, look.color("accent_soft"))
            if option.state & QStyle.StateFlag.State_HasFocus:
                edge = QRectF(box.left(), box.top(), look.px(3), box.height())
                painter.fillRect(edge, look.color("accent"))
        side = look.px(36)
        left, right = box.left() + look.px(16), box.right() - look.px(16)
        if box.width() < look.px(200):  # large type in a small window: the words come first
            left, right = box.left() + look.px(8), box.right() - look.px(8)
        else:
            face = QRectF(left, box.center().y() - side / 2, side, side)
            draw_avatar(painter, look, face, row.face or row.name)
            left = face.right() + look.px(10)
        middle = box.center().y()
        small = QFontMetrics(look.font(12))
        painter.setFont(look.font(12))
        painter.setPen(look.color("ink2"))
        aside = small.horizontalAdvance(row.aside)
        painter.drawText(QPointF(right - aside, middle - look.px(4)), row.aside)
        badge = 0
        if row.unread:
            badge = self._badge(painter, right, middle + look.px(10), str(min(row.unread, 99)))
        painter.setFont(look.font(12))
        painter.setPen(look.color("ink2"))
        line = small.elidedText(
            row.line, Qt.TextElideMode.ElideRight, int(right - left - badge - look.px(6))
        )
        painter.drawText(QPointF(left, middle + look.px(15)), line)
        bold = look.font(14, bold=True)
        painter.setFont(bold)
        painter.setPen(look.color("ink"))
        name = QFontMetrics(bold).elidedText(
            row.name, Qt.TextElideMode.ElideRight, int(right - left - aside - look.px(8))
        )
        painter.drawText(QPointF(left, middle - look.px(4)), name)
        painter.restore()

    def _badge(self, painter: QPainter, right: float, y: float, text: str) -> int:
        look = self._look
        font = look.font(11, bold=True)
        high = look.px(18)
        wide = max(high, QFontMetrics(font).horizontalAdvance(text) + look.px(10))
        box = QRectF(right - wide, y - high / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("accent"))
        painter.drawRoundedRect(box, high / 2, high / 2)
        painter.setFont(font)
        painter.setPen(look.color("accent_ink"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return wide
