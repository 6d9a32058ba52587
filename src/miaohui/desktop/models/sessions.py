"""The list of sessions: a model of rows (orders that wait, sessions, hits), and their drawing."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look.look import Look
from miaohui.desktop.models.keyedrows import Index, KeyedRows
from miaohui.desktop.widgets.avatar import draw_avatar

__all__ = ["ROW", "RowDelegate", "RowModel", "SessionListRow"]

ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class SessionListRow:
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


class RowModel(KeyedRows[SessionListRow]):
    """Orders that wait, sessions, hits."""

    def key(self, row: SessionListRow) -> tuple[str, str, str]:
        return (row.kind, row.id, row.message)

    def name(self, row: SessionListRow) -> str:
        return row.name

    def spoken(self, row: SessionListRow) -> str:
        return ", ".join(part for part in (row.name, row.line, row.aside) if part)

    def place_of(self, kind: str, id: str) -> int:
        """The place of the first row of something; -1 where there is none."""
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
        row: SessionListRow = index.data(ROW)
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
