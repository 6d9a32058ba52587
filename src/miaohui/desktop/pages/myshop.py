"""My shop: what its owner may change, and what was measured of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from miaohui.care.boundary import forbidden
from miaohui.client.snapshots import LinkState
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.models import measures
from miaohui.desktop.pages.offerscard import OffersCard
from miaohui.desktop.pages.people import besides_of, cards_line, presence_words
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, line_of, scrolled
from miaohui.desktop.widgets.figure import Figure
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.hours import HourChart
from miaohui.desktop.widgets.label import label, restyle
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.textbox import TextBox
from miaohui.promise import words as figure_words
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.frame import Command
from miaohui.wire.shopkeeping import (
    CloseShop,
    DropOffer,
    Invitation,
    InviteResponder,
    PutOffer,
    UpdateShop,
)

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["MyShopPage"]

REFRESH_MS = 5000
SURE_MS = 5000
NARROW = 820  # of the design's pixels: below, one column


class MyShopPage(WindowPage):
    """Fields follow the relay's words until somebody types in them; figures always do."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._shop: Shop | None = None
        # What the fields held when nobody had typed since: whatever differs is the owner's.
        self._told: tuple[str, ...] | None = None
        self._fresh = QTimer(self, interval=REFRESH_MS)
        self._fresh.timeout.connect(self.read)

    def _steps(self) -> Iterator[None]:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        outer.addWidget(scrolled(inside))
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 18, 24, 24)
        column.setSpacing(14)
        self.title = label(words.title(), "title")
        column.addWidget(self.title)
        self.note = label(words.loading(), "body", wrap=True)
        column.addWidget(self.note)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(16)
        column.addLayout(self._columns)
        column.addStretch(1)
        left, right = QVBoxLayout(), QVBoxLayout()
        for each in (left, right):
            each.setSpacing(14)
            self._columns.addLayout(each, 1)
        left.addWidget(self._text_card())
        yield
        self.offers = OffersCard()
        self.offers.put.connect(self._put_offer)
        self.offers.dropped.connect(self._drop_offer)
        left.addWidget(self.offers)
        left.addWidget(self._close_card())
        left.addStretch(1)
        yield
        right.addWidget(self._figures_card())
        yield
        right.addWidget(self._people_card())
        right.addStretch(1)
        self._bridge.look.changed.connect(self._arrange)
        self._bridge.app_changed.connect(self._link_changed)

    # --- building ------------------------------------------------------------------------------
    def _text_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.seen_by(), "heading"))
        self.about = TextBox()
        self.about.setProperty("kind", "field")
        self.about.setPlaceholderText(words.about_hint())
        self.about.setAccessibleName(words.about())
        self.about.setTabChangesFocus(True)
        self.about.setFixedHeight(self._bridge.look.px(96))
        self.tags, self.hours = QLineEdit(), QLineEdit()
        for field, name, hint in (
            (self.tags, words.tags(), words.tags_hint()),
            (self.hours, words.hours(), words.hours_hint()),
        ):
            field.setAccessibleName(name)
            field.setPlaceholderText(hint)
        column.addWidget(label(words.about(), "small"))
        column.addWidget(self.about)
        column.addWidget(label(f"{words.tags()} · {words.tags_hint()}", "small"))
        column.addWidget(self.tags)
        column.addWidget(label(f"{words.hours()} · {words.hours_hint()}", "small"))
        column.addWidget(self.hours)
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

    def _figures_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.figures(), "heading"))
        self.measured = label("", "small", wrap=True)
        column.addWidget(self.measured)
        self.kept = label("", "big")
        self.median, self.p95, self.worst = Figure(), Figure(), Figure()
        flow = FlowLayout(gap=18)
        for one in (self.kept, self.median, self.p95, self.worst):
            flow.addWidget(one)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        self.interval = label("", "small", wrap=True)
        column.addWidget(self.interval)
        self.besides = label("", "small", wrap=True)
        column.addWidget(self.besides)
        self.cards_kept = label("", "small", wrap=True)
        column.addWidget(self.cards_kept)
        self.chart = HourChart(self._bridge.look)
        column.addWidget(self.chart)
        self.served = label("", "small")
        column.addWidget(self.served)
        return frame

    def _people_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.people(), "heading"))
        self.people = QVBoxLayout()
        self.people.setSpacing(6)
        column.addLayout(self.people)
        self.invited = label(words.invited(), "small", wrap=True)
        self.code = label("", "strong", wrap=True, selectable=True)
        self.copy = button(words.copy(), "link")
        self.copy.clicked.connect(self._copy)
        for one in (self.invited, self.code, self.copy):
            one.hide()
        column.addWidget(self.invited)
        row = QHBoxLayout()
        row.addWidget(self.code, 1)
        row.addWidget(self.copy)
        column.addLayout(row)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.invite = button(words.invite(), "outline")
        self.invite.clicked.connect(self._invite)
        foot.addWidget(self.invite)
        column.addLayout(foot)
        return frame

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        """Asks for the shop; its figures are the ones that customers see."""
        view = self._bridge.client.view
        account = view.account
        if account is None or account.shop is None or view.link.state is not LinkState.LIVE:
            return
        self._bridge.ask(
            self, GetShop(id=self._bridge.new_id(), shop=account.shop), self._show, self._refused
        )

    def _show(self, shop: Shop) -> None:
        if self._shop is None:
            self.note.hide()
        self._shop = shop
        self.title.setText(f"{words.title()} · {shop.card.name}")
        self._fill(shop)
        self.offers.show_offers(shop.offers)
        self.close_card.setVisible(bool(shop.offers))
        self._show_figures(shop)
        clear(self.people)
        for person in shop.people:
            row, _value = line_of(person.name, presence_words(person), kind="body")
            self.people.addLayout(row)
        if not shop.people:
            self.people.addWidget(label(words.no_people(), "second"))

    def _typed(self) -> tuple[str, ...]:
        return self.about.toPlainText(), self.tags.text(), self.hours.text()

    def _fill(self, shop: Shop) -> None:
        """Fields that nobody touched take over what the relay says; what was typed stays."""
        new = (shop.about, ", ".join(map(sanitize.line, shop.card.tags)), shop.open_hours)
        puts = (self.about.setPlainText, self.tags.setText, self.hours.setText)
        typed, told = self._typed(), self._told or self._typed()
        untouched = [mine == before for mine, before in zip(typed, told, strict=True)]
        for put, free, mine, text in zip(puts, untouched, typed, new, strict=True):
            if free and mine != text:
                put(text)
        held = zip(untouched, self._typed(), new, strict=True)
        self._told = tuple(field if free else text for free, field, text in held)

    def _show_figures(self, shop: Shop) -> None:
        measured = shop.card.measured
        turns = measured.kept + measured.breached
        tone = measures.tone_of(measured)
        enough = tone != "quiet"
        self.measured.setText(shop_words.measured_title(shop.window_days, turns))
        self.kept.setText(measures.kept_figure(measured))
        restyle(self.kept, tone=tone)
        self.interval.setText(
            shop_words.interval(figure_words.kept(measures.rate_of(measured)))
            if enough
            else shop_words.too_few_about()
        )
        self.besides.setText(besides_of(measured))
        line = cards_line(shop.cards_kept, few=True)
        self.cards_kept.setText(line)
        self.cards_kept.setVisible(bool(line))
        median = amounts.carried(measured.p50_ms, at_least=measured.p50_at_least)
        p95 = amounts.carried(measured.p95_ms, at_least=measured.p95_at_least)
        self.median.show_figure(median, shop_words.median())
        self.p95.show_figure(p95, shop_words.p95())
        late = "breach" if (measured.worst_ms or 0) > PROMISE_MS else ""
        self.worst.show_figure(
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            shop_words.worst(),
            late,
        )
        self.chart.set_hours(shop.hours)
        self.served.setText(words.served(shop.served))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # --- changing ------------------------------------------------------------------------------
    def _save(self) -> None:
        tags = [one.strip() for one in re.split(r"[,，、;；]", self.tags.text())]
        word = forbidden("\n".join([self.about.toPlainText(), *tags]))
        if word is not None:
            self._say(errors.therapy(word))
            return
        command = UpdateShop(
            id=self._bridge.new_id(),
            about=self.about.toPlainText().strip(),
            tags=[one for one in tags if one],
            open_hours=self.hours.text().strip(),
        )

        sent = self._typed()

        def saved(_done: object) -> None:
            self._told = sent
            self._say(words.saved())
            self.read()

        self._bridge.ask(self, command, saved, self._refused)

    def _put_offer(self, minutes: int, price_fen: int, trial: bool, offer: str) -> None:
        command = PutOffer(
            id=self._bridge.new_id(),
            minutes=minutes,
            price_fen=price_fen,
            trial=trial,
            offer=offer or None,
        )
        self._change(command)
        self.offers.begin_anew()

    def _drop_offer(self, offer: str) -> None:
        self._change(DropOffer(id=self._bridge.new_id(), offer=offer))

    def _close(self) -> None:
        if not self._sure.isActive():
            self._sure.start()
            self.close_button.setText(words.close_sure())
            return
        self._sure.stop()
        self.close_button.setText(words.close())

        def closed(_done: object) -> None:
            self._say(words.closed())
            self.read()

        self._bridge.ask(self, CloseShop(id=self._bridge.new_id()), closed, self._refused)

    def _change(self, command: Command) -> None:
        def done(_done: object) -> None:
            self._say("")
            self.read()

        self._bridge.ask(self, command, done, self._refused)

    def _invite(self) -> None:
        def show(invitation: Invitation) -> None:
            self.code.setText(invitation.invite)
            self.copy.setText(words.copy())
            for one in (self.invited, self.code, self.copy):
                one.show()

        self._bridge.ask(self, InviteResponder(id=self._bridge.new_id()), show, self._refused)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())
        self.copy.setText(words.copied())

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    # --- the look ------------------------------------------------------------------------------
    def _arrange(self) -> None:
        """Side by side where there is room, else one under the other."""
        way = QBoxLayout.Direction
        wide = self.width() >= self._bridge.look.px(NARROW)
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _link_changed(self) -> None:
        if self._shop is None and self.isVisible():
            self.read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fresh.start()
        self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._fresh.stop()
