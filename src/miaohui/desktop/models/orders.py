"""The list of orders: a model, and the drawing of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import (
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.models.keyedrows import Index, KeyedRows
from miaohui.desktop.strings import orders as words
from miaohui.desktop.widgets.avatar import draw_avatar
from miaohui.wire.orders import Order

__all__ = ["ORDER", "OrderDelegate", "OrderModel", "spent_fen"]

ORDER = Qt.ItemDataRole.UserRole
GAP = 10


def spent_fen(order: Order) -> int:
    """The money that left the customer for good, from the movements alone."""
    return -sum(one.fen for one in order.movements)


class OrderModel(KeyedRows[Order]):
    """Orders, newest first."""

    def key(self, row: Order) -> str:
        return row.order

    def name(self, row: Order) -> str:
        return sanitize.line(row.responder_name or row.shop_name)

    def spoken(self, row: Order) -> str:
        sum_ = amounts.yuan_exact(row.price_fen + row.extensions_fen)
        return words.spoken(self.name(row), words.state(row.state.value), sum_)


class OrderDelegate(QStyledItemDelegate):
    """The drawing of an order: names on the left; the sum, its state and the day on the right."""

    def __init__(self, look: Look, today: Callable[[], datetime]) -> None:
        super().__init__()
        self._look, self._today = look, today

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(360), self._look.px(68) + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        order: Order = index.data(ORDER)
        look = self._look
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(1, 1, -6, -GAP)
        painter.setPen(QPen(look.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.setBrush(look.color("card"))
        painter.drawRoundedRect(box, 12, 12)
        side = look.px(36)
        face = QRectF(box.left() + look.px(16), box.center().y() - side / 2, side, side)
        name = sanitize.line(order.responder_name or order.shop_name)
        draw_avatar(painter, look, face, name)
        middle, right = box.center().y(), box.right() - look.px(16)
        sum_ = amounts.yuan_exact(order.price_fen + order.extensions_fen)
        state = words.state(order.state.value)
        has_room = box.width() >= look.px(300)  # else the name would have none
        if has_room and order.refund_fen and order.state.value == "settled":
            state = f"{state} · {words.movement('refund')} {amounts.yuan_exact(order.refund_fen)}"
        wide = self._line(painter, right, middle - look.px(4), sum_, 15, "ink", bold=True)
        wide = max(wide, self._line(painter, right, middle + look.px(17), state, 12, "ink2"))
        left = face.right() + look.px(10)
        room = int(right - wide - left - look.px(10))
        self._left(painter, left, middle - look.px(4), name, 15, "ink", room, bold=True)
        about = words.what(order.shop_name, order.minutes, order.extended_minutes)
        when = amounts.moment(order.created_utc, self._today())
        self._left(painter, left, middle + look.px(17), f"{when} · {about}", 12, "ink2", room)
        painter.restore()

    def _line(
        self, painter: QPainter, right: float, y: float, text: str, size: int, token: str,
        *, bold: bool = False,
    ) -> float:  # fmt: skip
        font = self._look.font(size, bold=bold)
        painter.setFont(font)
        painter.setPen(self._look.color(token))
        wide = float(QFontMetrics(font).horizontalAdvance(text))
        painter.drawText(QPointF(right - wide, y), text)
        return wide

    def _left(
        self, painter: QPainter, left: float, y: float, text: str, size: int, token: str,
        room: int, *, bold: bool = False,
    ) -> None:  # fmt: skip
        font = self._look.font(size, bold=bold)
        painter.setFont(font)
        painter.setPen(self._look.color(token))
        shown = QFontMetrics(font).elidedText(
            sanitize.line(text), Qt.TextElideMode.ElideRight, room
        )
        painter.drawText(QPointF(left, y), shown)
