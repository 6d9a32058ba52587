"""The list of shops: a model of cards, and the drawing of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.models import measures
from miaohui.desktop.strings import discover as words
from miaohui.desktop.widgets.avatar import draw_avatar
from miaohui.wire.catalogue import ShopCard

__all__ = ["ShopDelegate", "ShopModel", "shop_state"]

Index = QModelIndex | QPersistentModelIndex
CARD = Qt.ItemDataRole.UserRole
GAP = 12


def shop_state(card: ShopCard) -> str:
    """The presence in a shop, in a few words."""
    if card.free_now:
        return words.available()
    if card.queue_ms is None:
        return words.nobody()
    return words.queue(max(1, -(-card.queue_ms // 60_000)))


class ShopModel(QAbstractListModel):
    """Cards in the relay's order. ``refresh`` changes rows in place, so nothing moves."""

    def __init__(self) -> None:
        super().__init__()
        self._cards: list[ShopCard] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        if role == CARD:
            return card
        if role == Qt.ItemDataRole.DisplayRole:
            return sanitize.line(card.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.row_spoken(
                sanitize.line(card.name),
                measures.kept_figure(card.measured),
                amounts.yuan(card.from_fen),
                card.from_minutes,
                shop_state(card),
            )
        return None

    def cards(self) -> Sequence[ShopCard]:
        return self._cards

    def replace(self, cards: Sequence[ShopCard]) -> None:
        self.beginResetModel()
        self._cards = list(cards)
        self.endResetModel()

    def append(self, cards: Sequence[ShopCard]) -> None:
        known = {card.shop for card in self._cards}
        fresh = [card for card in cards if card.shop not in known]
        if not fresh:
            return
        self.beginInsertRows(QModelIndex(), len(self._cards), len(self._cards) + len(fresh) - 1)
        self._cards.extend(fresh)
        self.endInsertRows()

    def refresh(self, cards: Sequence[ShopCard]) -> None:
        """New values for rows already here."""
        new = {card.shop: card for card in cards}
        for row, card in enumerate(self._cards):
            fresh = new.get(card.shop)
            if fresh is not None and fresh != card:
                self._cards[row] = fresh
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, shop: str) -> int:
        return next((row for row, card in enumerate(self._cards) if card.shop == shop), -1)


class ShopDelegate(QStyledItemDelegate):
    """One card: the measured figure leads, stars follow in small."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        high = 112 if self._is_narrow(option) else 79
        return QSize(self._look.px(200), self._look.px(high) + GAP)

    def _is_narrow(self, option: QStyleOptionViewItem) -> bool:
        """Large type in a small window: the figure goes below the name."""
        view = option.widget
        wide = view.width() if view is not None else option.rect.width()
        return wide < self._look.px(420)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: ShopCard = index.data(CARD)
        look = self._look
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect).adjusted(1, 1, -6, -GAP)
        pen = QPen(look.color("accent" if chosen else "line"), 2 if chosen else 1)
        painter.setPen(pen)
        painter.setBrush(look.color("card"))
        painter.drawRoundedRect(box, 12, 12)
        if focused:
            painter.setPen(QPen(look.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(3.5, 3.5, -3.5, -3.5), 9, 9)
        if self._is_narrow(option):
            self._paint_narrow(painter, card, box.adjusted(look.px(12), 0, -look.px(12), 0))
            painter.restore()
            return
        inside = box.adjusted(look.px(18), 0, -look.px(18), 0)
        side = look.px(40)
        face = QRectF(inside.left(), box.center().y() - side / 2, side, side)
        draw_avatar(painter, look, face, card.name, off=card.on_duty == 0)
        right = self._price(painter, card, inside)
        left_of_figure = self._figure(painter, card, inside, right - look.px(36))
        self._name(painter, card, inside, face.right() + look.px(10), left_of_figure - look.px(12))
        painter.restore()

    def _paint_narrow(self, painter: QPainter, card: ShopCard, inside: QRectF) -> None:
        look = self._look
        price = amounts.yuan(card.from_fen)
        line = inside.top() + look.px(28)
        wide = self._text(
            painter, (inside.right(), line), price, 15, look.color("ink"), bold=True, right=True
        )
        bold = QFontMetrics(look.font(15, bold=True))
        room = int(inside.width() - wide - look.px(8))
        name = bold.elidedText(sanitize.line(card.name), Qt.TextElideMode.ElideRight, room)
        self._text(painter, (inside.left(), line), name, 15, look.color("ink"), bold=True)
        tone = measures.tone_of(card.measured)
        enough = tone != "quiet"
        color = look.color(f"{tone}_ink" if enough else "ink2")
        figure = measures.kept_figure(card.measured)
        size = 20 if enough else 14
        line += look.px(30)
        self._text(painter, (inside.left(), line), figure, size, color, bold=True)
        small = QFontMetrics(look.font(12))
        state = f"{shop_state(card)} · {amounts.minutes(card.from_minutes)}"
        state = small.elidedText(state, Qt.TextElideMode.ElideRight, int(inside.width()))
        self._text(painter, (inside.left(), line + look.px(26)), state, 12, look.color("ink2"))

    def _text(
        self,
        painter: QPainter,
        at: tuple[float, float],
        text: str,
        size: int,
        color: QColor,
        *,
        bold: bool = False,
        right: bool = False,
    ) -> float:
        """Draws one line with its baseline there; answers its width."""
        font = self._look.font(size, bold=bold)
        text = sanitize.line(text)
        painter.setFont(font)
        painter.setPen(color)
        width = float(QFontMetrics(font).horizontalAdvance(text))
        painter.drawText(QPointF(at[0] - (width if right else 0), at[1]), text)
        return width

    def _price(self, painter: QPainter, card: ShopCard, inside: QRectF) -> float:
        """Answers the left edge of the price's column, which is as wide in every card."""
        look, middle = self._look, inside.center().y()
        ink, second = look.color("ink"), look.color("ink2")
        self._text(
            painter, (inside.right(), middle - look.px(2)), amounts.yuan(card.from_fen), 17, ink,
            bold=True, right=True,
        )  # fmt: skip
        self._text(
            painter, (inside.right(), middle + look.px(18)), amounts.minutes(card.from_minutes),
            12, second, right=True,
        )  # fmt: skip
        return inside.right() - look.px(50)

    def _figure(self, painter: QPainter, card: ShopCard, inside: QRectF, right: float) -> float:
        look, middle = self._look, inside.center().y()
        measured = card.measured
        tone = measures.tone_of(measured)
        enough = tone != "quiet"
        figure = measures.kept_figure(measured)
        color = look.color(
            {"kept": "kept_ink", "warn": "warn_ink", "breach": "breach_ink"}.get(tone, "ink2")
        )
        wide = self._text(
            painter, (right, middle + look.px(0 if enough else -2)), figure, 20 if enough else 14,
            color, bold=True, right=True,
        )  # fmt: skip
        median = amounts.carried(measured.p50_ms, at_least=measured.p50_at_least)
        p95 = amounts.carried(measured.p95_ms, at_least=measured.p95_at_least)
        late = words.late(measures.late_figure(measured))
        # What decides the order and the colour: without it either would look wrong.
        least = words.at_least(amounts.percent(measured.low))
        line = f"{least}　{words.quantiles(median, p95)}　{late}"
        if inside.width() < look.px(620):
            line = f"{least}　{words.median(median)}"
        if inside.width() < look.px(420):
            line = least
        wide = max(
            wide,
            self._text(
                painter, (right, middle + look.px(18)), line, 12, look.color("ink2"), right=True
            ),
        )
        return right - wide

    def _name(
        self, painter: QPainter, card: ShopCard, inside: QRectF, left: float, right: float
    ) -> None:
        look, middle = self._look, inside.center().y()
        ink, second = look.color("ink"), look.color("ink2")
        bold = QFontMetrics(look.font(15, bold=True))
        name = bold.elidedText(
            sanitize.line(card.name), Qt.TextElideMode.ElideRight, int(right - left)
        )
        width = self._text(painter, (left, middle - look.px(3)), name, 15, ink, bold=True)
        tags = list(card.tags)
        if card.freelancer:
            tags = [words.personal(), *(tag for tag in tags if tag not in words.PERSONAL_TAGS)]
        small = QFontMetrics(look.font(12))
        pad = look.px(7)
        room = right - left - width - look.px(8) - 2 * pad
        while tags and small.horizontalAdvance(" · ".join(tags)) > room:
            tags.pop()
        if tags:
            text = " · ".join(tags)
            start = left + width + look.px(8)
            box = QRectF(
                start,
                middle - look.px(3) - small.ascent() - look.px(3),
                small.horizontalAdvance(text) + 2 * pad,
                small.height() + look.px(4),
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("paper"))
            painter.drawRoundedRect(box, look.px(6), look.px(6))
            self._text(painter, (start + pad, middle - look.px(3) - 1), text, 12, second)
        state = [shop_state(card)]
        state.insert(
            0,
            words.online_person()
            if card.freelancer and card.on_duty
            else words.on_duty(card.on_duty, card.people),
        )
        if card.on_duty == 0:
            state = [words.nobody()]
        claimed = card.claimed.praise_permille
        line = " · ".join(state)
        more = [words.praise(claimed) if claimed is not None else words.no_praise()]
        if card.trial_fen is not None and card.trial_minutes is not None:
            more.append(words.trial_from(amounts.yuan(card.trial_fen), card.trial_minutes))
        for each in more:
            longer = f"{line}　{each}"
            if small.horizontalAdvance(longer) > right - left:
                break  # a figure cut in the middle says nothing
            line = longer
        line = small.elidedText(line, Qt.TextElideMode.ElideRight, int(right - left))
        self._text(painter, (left, middle + look.px(18)), line, 12, second)
