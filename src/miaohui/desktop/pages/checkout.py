"""Checkout: length, person, the promise with its remedy, the sum; one button that names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.pages.cardlines import card_words
from miaohui.desktop.pages.people import presence_words
from miaohui.desktop.strings import care, errors, limits
from miaohui.desktop.strings import checkout as words
from miaohui.desktop.strings import customercard as card_strings
from miaohui.desktop.strings import pay as pay_words
from miaohui.desktop.system.zone import hour_in, zone_name
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import MenuButton, button, chip, one_of
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import card, line_of, rule
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.page import Pane
from miaohui.wire.accounts import DeclareAge
from miaohui.wire.catalogue import Offer, Shop, TermsView
from miaohui.wire.orders import CancelOrder, CustomerCard, Order, Pay, Quote

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["CheckoutPane", "promise_words"]

PROMISE_S = 10
PRACTICE = "practice"


def promise_words(terms: TermsView) -> str:
    """The remedy in one or two plain sentences, made from the terms themselves."""
    parts = []
    if terms.give_back:
        parts.append(words.give_back(PROMISE_S))
    refunds = sorted(terms.refunds, key=lambda one: -one.kept_below)
    if refunds:
        listed = [words.refund(one.kept_below, one.refund_percent) for one in refunds]
        parts.append(words.refunds(listed, min(one.min_turns for one in refunds)))
    sentences = [words.sentence(parts)] if parts else []
    sentences.append(words.signed())
    if terms.last_question:
        sentences.append(words.last_question())
    return words.text(sentences)


class CheckoutPane(Pane):
    """Signals: ``paid(order)``: paid for, on its way; ``cancelled``."""

    paid = Signal(str)
    cancelled = Signal()

    def __init__(
        self,
        bridge: Bridge,
        shop: Shop,
        offer: str = "",
        responder: str = "",
    ) -> None:
        super().__init__()
        self._bridge, self._shop = bridge, shop
        self._offers = sorted(shop.offers, key=lambda one: (one.minutes, one.price_fen))
        if self._bought_before():
            self._offers = [one for one in self._offers if not one.trial] or self._offers
        self._chosen = self._first(offer)
        self._price = self._chosen.price_fen
        self._paying = False
        self._responder = responder
        self._card: CustomerCard | None = None

    def _bought_before(self) -> bool:
        """A trial is for the first order in a shop; the relay has the last word on it."""
        bought = {"open", "closing", "closed", "settled", "queued", "paid"}
        return any(
            one.shop == self._shop.card.shop and one.state.value in bought
            for one in self._bridge.client.view.orders
        )

    def _first(self, offer: str) -> Offer:
        card_ = self._shop.card
        for one in self._offers:
            if one.offer == offer:
                return one
        for one in self._offers:
            if not one.trial and one.minutes == card_.from_minutes:
                return one
        return self._offers[0]

    # --- building ------------------------------------------------------------------------------
    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 6)
        column.setSpacing(12)
        column.addLayout(self._head(self._responder))
        yield
        column.addLayout(self._lengths())
        yield
        frame, inside = card("promise", margin=16, gap=4)
        title = label(words.promise_title(PROMISE_S), "strong", wrap=True)
        title.setProperty("tone", "kept")
        inside.addWidget(title)
        self.promise = label(promise_words(self._shop.terms), "second", wrap=True)
        inside.addWidget(self.promise)
        self.odds = label("", "second", wrap=True)
        inside.addWidget(self.odds)
        column.addWidget(frame)
        self.boundary = label(care.boundary_short(), "small", wrap=True)
        column.addWidget(self.boundary)
        self.card_box = QCheckBox(card_strings.send())
        self.card_words = label("", "small", wrap=True)
        self.card_box.hide()
        self.card_words.hide()
        column.addWidget(self.card_box)
        column.addWidget(self.card_words)
        self._bridge.run(self, self._bridge.client.own_card(), self._show_card)
        column.addWidget(rule())
        row = QHBoxLayout()
        self.item = label("", "second")
        self.price = label("")
        row.addWidget(self.item, 1)
        row.addWidget(self.price)
        column.addLayout(row)
        yield
        total, self.due = line_of(words.due(), "", kind="strong", value_kind="sum")
        column.addLayout(total)
        column.addLayout(self._provider())
        yield
        self.foot = self._foot()
        self._show_odds()
        self._choose(self._chosen)

    def _show_card(self, card: CustomerCard | None) -> None:
        """What the responder would read, before it goes."""
        if card is None:
            return
        self._card = card
        self.card_words.setText(card_words(card))
        self.card_box.setChecked(True)
        self.card_box.toggled.connect(self.card_words.setVisible)
        self.card_box.show()
        self.card_words.show()

    def _foot(self) -> QWidget:
        """What there is to say about paying, and the buttons: in sight at every size of text."""
        foot = QWidget(self)
        column = QVBoxLayout(foot)
        column.setContentsMargins(24, 6, 24, 18)
        column.setSpacing(12)
        self.of_age = QCheckBox(limits.age())
        set_shown(self.of_age, shown=self._asks_age())
        self.of_age.toggled.connect(lambda _on: self._choose(self._chosen))
        column.addWidget(self.of_age)
        self.note = label("", "body", wrap=True)
        self.note.hide()
        column.addWidget(self.note)
        row = ButtonRow()
        self.leave = button(words.cancel())
        self.leave.clicked.connect(self.cancelled)
        self.pay = button("", "primary")
        self.pay.setProperty("focusFirst", True)
        self.pay.clicked.connect(self._pay)
        row.add(self.leave)
        row.add(self.pay)
        column.addWidget(row)
        return foot

    def _head(self, responder: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Avatar(self._bridge.look, self._shop.card.name))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Elided(words.title(self._shop.card.name), "heading"))
        here = [one for one in self._shop.people if one.presence != "off"]
        choices = [("", words.whoever())]
        choices += [
            (one.responder, words.person(one.name, presence_words(one)))
            for one in self._shop.people
            if one in here or one.responder == responder
        ]
        self.person = MenuButton("inline")
        known = {key for key, _words in choices}
        self.person.set_choices(choices, responder if responder in known else "", words.asked_for())
        self.person.chosen = lambda _key: self._show_odds()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.person)
        line.addStretch(1)
        names.addLayout(line)
        row.addLayout(names, 1)
        return row

    def _lengths(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(10)
        self.lengths: dict[str, QPushButton] = {}
        group = QButtonGroup(self)  # siblings would exclude the ways to pay as well
        for place, offer in enumerate(self._offers):
            mark = f" · {words.trial()}" if offer.trial else ""
            made = QPushButton(
                f"{amounts.minutes(offer.minutes)}{mark}\n{amounts.yuan(offer.price_fen)}"
            )
            made.setProperty("kind", "choice")
            made.setCheckable(True)
            one_of(group, made)
            made.setAutoDefault(False)
            made.setAccessibleName(
                f"{words.length_name()} {amounts.minutes(offer.minutes)}{mark} "
                f"{amounts.yuan(offer.price_fen)}"
            )
            made.clicked.connect(lambda _=False, one=offer: self._choose(one))
            self.lengths[offer.offer] = made
            grid.addWidget(made, place // 4, place % 4)
        return grid

    def _provider(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(words.provider(), "small"))
        self.ways: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for one in self._shop.providers:
            made = chip(words.practice_balance() if one == PRACTICE else pay_words.provider(one))
            made.setCheckable(True)
            one_of(group, made)
            made.setChecked(not self.ways)
            made.setEnabled(len(self._shop.providers) > 1)
            self.ways[one] = made
            row.addWidget(made)
        wallet = self._bridge.client.view.wallet
        if wallet is not None and PRACTICE in self.ways:
            row.addWidget(label(words.balance(amounts.yuan_exact(wallet.balance_fen)), "small"))
        row.addStretch(1)
        if wallet is not None:
            limit = None if wallet.month_fen is None else amounts.yuan(wallet.month_fen)
            spent = amounts.yuan(wallet.spent_month_fen)
            row.addWidget(label(words.spending(spent, limit), "small"))
        return row

    @property
    def _way(self) -> str:
        """The provider that is chosen; empty where the shop cannot be paid."""
        return next((one for one, made in self.ways.items() if made.isChecked()), "")

    # --- choosing ------------------------------------------------------------------------------
    def _choose(self, offer: Offer) -> None:
        self._chosen, self._price = offer, offer.price_fen
        self.lengths[offer.offer].setChecked(True)
        self._show_price()
        hint = self._limit_hint(offer.price_fen)
        self._say(hint)
        self.pay.setEnabled(self._may_pay)

    @property
    def _may_pay(self) -> bool:
        return (
            bool(self.ways)
            and not self._shop.full
            and not self._bridge.is_quiet
            and self._may_buy()
        )

    def _show_price(self) -> None:
        offer = self._chosen
        item = words.trial_item if offer.trial else words.item
        self.item.setText(item(offer.minutes))
        self.price.setText(amounts.yuan_exact(self._price))
        self.due.setText(amounts.yuan_exact(self._price))
        self.pay.setText(words.pay(amounts.yuan_exact(self._price)))

    def _show_odds(self) -> None:
        """The chance with whoever is chosen, where enough was measured to say one."""
        asked = self.person.current
        with_them = [one.odds for one in self._shop.people if one.responder == asked]
        odds = with_them[0] if with_them else self._shop.odds
        self.odds.setVisible(odds is not None)
        if odds is not None:
            self.odds.setText(words.odds(odds.permille // 10, odds.sessions))

    def _limit_hint(self, fen: int) -> str:
        if self._bridge.is_quiet:
            return care.no_sale()
        if not self.ways:
            return pay_words.no_way()
        if self._shop.full:
            return words.full()
        wallet = self._bridge.client.view.wallet
        if wallet is None:
            return ""
        if wallet.age == "minor":
            return limits.minor()
        if wallet.stopped_until_utc is not None:
            return limits.reached("stopped")
        if wallet.purchase_fen is not None and fen > wallet.purchase_fen:
            return limits.reached("purchase_fen")
        if wallet.day_fen is not None and wallet.spent_day_fen + fen > wallet.day_fen:
            return limits.reached("day_fen")
        if wallet.month_fen is not None and wallet.spent_month_fen + fen > wallet.month_fen:
            return words.over_limit()
        if self._way == PRACTICE and fen > wallet.balance_fen:
            return words.low_balance()
        start, end = wallet.quiet_from, wallet.quiet_to
        if start is not None and end is not None and start != end:
            hour = hour_in(wallet.zone, self._bridge.clock.utc_ms())  # as the relay reckons
            inside = start <= hour < end if start < end else hour >= start or hour < end
            if inside:
                away = wallet.zone if wallet.zone != zone_name() else None
                return words.quiet_hours(start, end, away)
        return ""

    def _asks_age(self) -> bool:
        """Real money, and the holder has not said yet that they are of age."""
        wallet = self._bridge.client.view.wallet
        return wallet is not None and wallet.age is None and not wallet.practice

    def _may_buy(self) -> bool:
        wallet = self._bridge.client.view.wallet
        if wallet is not None and wallet.age == "minor":
            return False
        return not self._asks_age() or self.of_age.isChecked()

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # --- paying --------------------------------------------------------------------------------
    def may_leave(self) -> bool:
        """Not while a payment is on its way: its outcome would go unseen."""
        return not self._paying

    def _pay(self) -> None:
        if self._paying:
            return
        self._set_paying(paying=True)
        if self._asks_age():
            declared = DeclareAge(id=self._bridge.new_id(), adult=True)
            self._bridge.ask(self, declared, lambda _: self._quote(), self._refused)
        else:
            self._quote()

    def _quote(self) -> None:
        self._bridge.ask(
            self,
            Quote(
                id=self._bridge.new_id(),
                shop=self._shop.card.shop,
                offer=self._chosen.offer,
                responder=self.person.current or None,
                card=self._card if self.card_box.isChecked() else None,
            ),
            self._quoted,
            self._refused,
        )

    def _quoted(self, order: Order) -> None:
        if order.price_fen != self._price or order.terms != self._shop.terms:
            # Nothing is paid that was not on the screen first.
            self._price = order.price_fen
            self.promise.setText(promise_words(order.terms))
            self._shop = _with_terms(self._shop, order.terms)
            self._show_price()
            self._bridge.submit(CancelOrder(id=self._bridge.new_id(), order=order.order))
            self._set_paying(paying=False)
            self._say(words.price_now(amounts.yuan_exact(order.price_fen)))
            return
        self._bridge.ask(
            self,
            Pay(
                id=self._bridge.new_id(),
                order=order.order,
                provider=self._way,
                price_fen=order.price_fen,
            ),
            lambda _answer: self._paid(order.order),
            self._refused,
        )

    def _paid(self, order: str) -> None:
        self._set_paying(paying=False)
        self._bridge.client.refresh()
        self.paid.emit(order)

    def _refused(self, refused: Refused) -> None:
        self._set_paying(paying=False)
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _set_paying(self, *, paying: bool) -> None:
        self._paying = paying
        for one in (self.pay, self.leave, self.person, *self.lengths.values()):
            one.setEnabled(not paying)
        self.pay.setEnabled(not paying and self._may_pay)
        if paying:
            self.pay.setText(words.paying())
        else:
            self._show_price()


def _with_terms(shop: Shop, terms: TermsView) -> Shop:
    import msgspec

    return msgspec.structs.replace(shop, terms=terms)
