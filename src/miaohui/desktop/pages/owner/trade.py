"""The trade of the shop: its offers and its words, for the owner to change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from miaohui.care.boundary import forbidden
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.pages.owner.columns import TwoColumns
from miaohui.desktop.pages.owner.dayscard import DaysCard
from miaohui.desktop.pages.owner.offerscard import OffersCard
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.owner.termscard import TermsCard
from miaohui.desktop.strings import errors, limits
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shoptrade as trade_words
from miaohui.desktop.system.zone import zone_name
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.textbox import TextBox
from miaohui.wire.catalogue import GetShop, Shop, SpecialDay, TermsView
from miaohui.wire.frame import Command
from miaohui.wire.shopkeeping import CloseShop, DropOffer, PriceTerms, PutOffer, UpdateShop

__all__ = ["TradePanel"]

SURE_MS = 5000


class TradePanel(ShopPanel):
    """Fields follow the relay's words until somebody types in them. Signals: ``changed``: the shop
    is another one than before."""

    changed = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.shop: Shop | None = None
        # What the fields held when nobody had typed since: whatever differs is the owner's.
        self._told: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return self.shop is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        columns = TwoColumns(self._bridge.look, 16)
        column.addWidget(columns)
        column.addStretch(1)
        left, right = columns.left, columns.right
        left.addWidget(self._text_card())
        left.addStretch(1)
        yield
        self.offers = OffersCard()
        self.offers.put.connect(self._put_offer)
        self.offers.dropped.connect(self._drop_offer)
        right.addWidget(self.offers)
        yield
        self.days = DaysCard()
        self.days.changed.connect(self._put_days)
        self.days.wrong.connect(self.said)
        left.insertWidget(1, self.days)
        yield
        self.terms = TermsCard()
        self.terms.priced.connect(self._price)
        self.terms.used.connect(self._use_terms)
        right.addWidget(self.terms)
        right.addWidget(self._close_card())
        right.addStretch(1)

    def _text_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.seen_by(), "heading"))
        self.about = TextBox()
        self.about.setProperty("kind", "field")
        self.about.setPlaceholderText(words.about_hint())
        self.about.setAccessibleName(words.about())
        self.about.setTabChangesFocus(True)
        self.about.setFixedHeight(self._bridge.look.px(96))
        self.name, self.invoice = QLineEdit(), QLineEdit()
        self.name.setMaxLength(32)
        self.invoice.setMaxLength(300)
        self.tags, self.hours = QLineEdit(), QLineEdit()
        for field, name, hint in (
            (self.name, trade_words.name(), ""),
            (self.invoice, trade_words.invoice(), ""),
            (self.tags, words.tags(), words.tags_hint()),
            (self.hours, words.hours(), words.hours_hint()),
        ):
            field.setAccessibleName(name)
            field.setPlaceholderText(hint)
        column.addWidget(label(trade_words.name(), "small"))
        column.addWidget(self.name)
        column.addWidget(label(words.about(), "small"))
        column.addWidget(self.about)
        column.addWidget(label(f"{words.tags()} · {words.tags_hint()}", "small"))
        column.addWidget(self.tags)
        column.addWidget(label(f"{words.hours()} · {words.hours_hint()}", "small"))
        column.addWidget(self.hours)
        self.zone = label("", "small", wrap=True)
        column.addWidget(self.zone)
        column.addWidget(
            label(f"{trade_words.invoice()} · {trade_words.invoice_hint()}", "small", wrap=True)
        )
        column.addWidget(self.invoice)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.save = button(words.save(), "primary")
        self.save.clicked.connect(self._save)
        foot.addWidget(self.save)
        column.addLayout(foot)
        return frame

    def _close_card(self) -> QFrame:
        """Asks twice, and forgets the first press after a while."""
        self.close_card, column = card(margin=22, gap=10)
        column.addWidget(label(words.close_about(), "small", wrap=True))
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.close_button = button(words.close(), "outline")
        self.close_button.clicked.connect(self._close)
        foot.addWidget(self.close_button)
        column.addLayout(foot)
        self._sure = QTimer(self, singleShot=True, interval=SURE_MS)
        self._sure.timeout.connect(lambda: self.close_button.setText(words.close()))
        self.close_card.hide()
        return self.close_card

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        shop = self.own_shop
        if shop is not None:
            self.ask(GetShop(id=self._bridge.new_id(), shop=shop), self._show)

    def _show(self, shop: Shop) -> None:
        self.shop = shop
        self._fill(shop)
        self.offers.show_offers(shop.offers)
        now = amounts.there(self._bridge.clock.utc_ms(), shop.utc_offset_min)
        self.days.show_days(shop.special_days, now.date())
        self.terms.show_terms(shop.terms)
        self.close_card.setVisible(bool(shop.offers))

    def _typed(self) -> tuple[str, ...]:
        return (
            self.about.toPlainText(),
            self.tags.text(),
            self.hours.text(),
            self.name.text(),
            self.invoice.text(),
        )

    def _fill(self, shop: Shop) -> None:
        """Fields that nobody touched take over what the relay says; what was typed stays."""
        zone = zone_name() if shop.zone is None else shop.zone
        self.zone.setText("" if zone is None else limits.zone(zone))
        new = (
            shop.about,
            ", ".join(map(sanitize.line, shop.card.tags)),
            shop.open_hours,
            shop.card.name,
            sanitize.line(shop.invoice),
        )
        puts = (
            self.about.setPlainText,
            self.tags.setText,
            self.hours.setText,
            self.name.setText,
            self.invoice.setText,
        )
        typed, told = self._typed(), self._told or self._typed()
        untouched = [mine == before for mine, before in zip(typed, told, strict=True)]
        for put, free, mine, text in zip(puts, untouched, typed, new, strict=True):
            if free and mine != text:
                put(text)
        held = zip(untouched, self._typed(), new, strict=True)
        self._told = tuple(field if free else text for free, field, text in held)

    # --- changing ------------------------------------------------------------------------------
    def _save(self) -> None:
        tags = [one.strip() for one in re.split(r"[,，、;；]", self.tags.text())]
        word = forbidden("\n".join([self.name.text(), self.about.toPlainText(), *tags]))
        if word is not None:
            self.said.emit(errors.therapy(word))
            return
        # Hours are of the place where they were set; of a trip only where they were set there.
        open_hours = self.hours.text().strip()
        shop = self.shop
        zoned = shop is None or shop.zone is None or open_hours != shop.open_hours
        command = UpdateShop(
            id=self._bridge.new_id(),
            about=self.about.toPlainText().strip(),
            tags=[one for one in tags if one],
            open_hours=open_hours,
            zone=zone_name() if zoned else None,
            name=self.name.text().strip() or None,
            invoice=self.invoice.text().strip(),
        )

        sent = self._typed()

        def saved(_done: object) -> None:
            self._told = sent
            self.said.emit(words.saved())
            self.read()

        self.ask(command, saved)

    def _put_offer(self, minutes: int, price_fen: int, trial: bool, offer: str, most: int) -> None:
        command = PutOffer(
            id=self._bridge.new_id(),
            minutes=minutes,
            price_fen=price_fen,
            trial=trial,
            offer=offer or None,
            most_a_day=most or None,
        )
        self._change(command)
        self.offers.begin_anew()

    def _drop_offer(self, offer: str) -> None:
        self._change(DropOffer(id=self._bridge.new_id(), offer=offer))

    def _put_days(self, days: list[SpecialDay]) -> None:
        self._change(UpdateShop(id=self._bridge.new_id(), special_days=days))
        self.days.begin_anew()

    def _price(self, terms: TermsView) -> None:
        self.ask(PriceTerms(id=self._bridge.new_id(), terms=terms), self.terms.show_cost)

    def _use_terms(self, terms: TermsView) -> None:
        def used(_done: object) -> None:
            self.terms.settle(terms)
            self.said.emit(trade_words.terms_saved())
            self.read()

        self.ask(UpdateShop(id=self._bridge.new_id(), terms=terms), used)

    def _close(self) -> None:
        if not self._sure.isActive():
            self._sure.start()
            self.close_button.setText(words.close_sure())
            return
        self._sure.stop()
        self.close_button.setText(words.close())

        def closed(_done: object) -> None:
            self.said.emit(words.closed())
            self.read()

        self.ask(CloseShop(id=self._bridge.new_id()), closed)

    def _change(self, command: Command) -> None:
        def done(_done: object) -> None:
            self.said.emit("")
            self.read()

        self.ask(command, done)
