"""The offers of a shop, for its owner to change: add, replace, withdraw."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.look import amounts
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import clear, rule
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.turned import DecimalField, NumberField
from miaohui.wire.catalogue import Offer

__all__ = ["OffersCard"]

MOST_MINUTES = 24 * 60
MOST_YUAN = 100_000
EDGE = 8


class OffersCard(QFrame):
    """Signals: ``put(minutes, price_fen, trial, offer)`` (``offer``: the one that is replaced, or
    empty), ``dropped(offer)``."""

    put = Signal(int, int, bool, str)
    dropped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._shown: tuple[Offer, ...] | None = None
        self._replaced = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(10)
        column.addWidget(label(words.offers(), "heading"))
        column.addWidget(label(words.offers_about(), "small", wrap=True))
        self.rows = QVBoxLayout()
        self.rows.setSpacing(6)
        column.addLayout(self.rows)
        column.addWidget(rule())
        column.addWidget(self._form())

    def _form(self) -> QWidget:
        self.minutes = NumberField()
        self.minutes.setRange(1, MOST_MINUTES)
        self.minutes.setSingleStep(5)
        self.minutes.setSuffix(words.minutes_unit())
        self.minutes.setAccessibleName(words.minutes())
        self.price = DecimalField()
        self.price.setRange(0.01, MOST_YUAN)
        self.price.setDecimals(2)
        self.price.setPrefix("¥")
        self.price.setAccessibleName(words.price())
        for field in (self.minutes, self.price):
            field.lineEdit().setTextMargins(EDGE, 0, EDGE, 0)  # the sheet's padding stops short
        self.trial = QCheckBox(words.trial())
        self.add = button(words.add(), "outline")
        self.add.clicked.connect(self._put)
        self.keep = button(words.keep(), "link")
        self.keep.clicked.connect(self.begin_anew)
        flow = FlowLayout(gap=10, middle=True)
        for part in (self.minutes, self.price, self.trial, self.add, self.keep):
            flow.addWidget(part)
        holder = QWidget()
        holder.setLayout(flow)
        self.begin_anew()
        return holder

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Shows the offers on sale now; made anew only where it changed."""
        shown = tuple(sorted(offers, key=lambda one: (not one.trial, one.minutes)))
        if shown == self._shown:
            return
        self._shown = shown
        clear(self.rows)
        for offer in shown:
            self.rows.addLayout(self._row(offer))
        if not shown:
            self.rows.addWidget(label(words.no_offers(), "second", wrap=True))
        if self._replaced not in {one.offer for one in shown}:
            self.begin_anew()

    def _row(self, offer: Offer) -> QHBoxLayout:
        what = shop_words.offer_line(offer.minutes, trial=offer.trial)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Elided(what), 1)
        row.addWidget(label(amounts.yuan_exact(offer.price_fen), "strong"))
        change = button(words.change(), "link", name=words.of_offer(words.change(), what))
        change.clicked.connect(lambda: self._begin(offer))
        drop = button(words.withdraw(), "link", name=words.of_offer(words.withdraw(), what))
        drop.setObjectName(f"drop-{offer.offer}")
        drop.clicked.connect(lambda: self.dropped.emit(offer.offer))
        row.addWidget(change)
        row.addWidget(drop)
        return row

    def _begin(self, offer: Offer) -> None:
        """Its values stand in the form, to be replaced."""
        self._replaced = offer.offer
        self.minutes.setValue(offer.minutes)
        self.price.setValue(offer.price_fen / 100)
        self.trial.setChecked(offer.trial)
        self.add.setText(words.replace())
        self.keep.show()
        self.minutes.setFocus()

    def begin_anew(self) -> None:
        """The form adds, and replaces nothing."""
        self._replaced = ""
        self.minutes.setValue(30)
        self.price.setValue(50)
        self.trial.setChecked(False)
        self.add.setText(words.add())
        self.keep.hide()

    def _put(self) -> None:
        for field in (self.minutes, self.price):
            field.interpretText()  # what was typed counts, not only what was left by Tab
        fen = round(self.price.value() * 100)
        self.put.emit(self.minutes.value(), fen, self.trial.isChecked(), self._replaced)
