"""A shop's details: what was measured, who is there, what it costs, what others said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.loop.scheduler import finish
from miaohui.desktop.models import measures
from miaohui.desktop.pages.people import PersonLine, besides_of, cards_line
from miaohui.desktop.strings import discover
from miaohui.desktop.strings import shop as words
from miaohui.desktop.strings import shoptrade as trade_words
from miaohui.desktop.system.zone import zone_name
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, line_of, rule, scrolled
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.figure import Figure
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.hours import HourChart
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.page import Pane
from miaohui.promise import words as figure_words
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import LoggedSums, Measured, Offer, Person, ReviewView, Shop, ShopCard

__all__ = ["ShopPane"]

SOON_DAYS = 14


class ShopPane(Pane):
    """Signals: ``buy_asked(Shop, offer, responder)``; offer and responder may be empty."""

    buy_asked = Signal(object, str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._id = ""
        self._shop: Shop | None = None
        self._rows: dict[str, PersonLine] = {}
        self._shown: tuple[object, ...] = ()
        self._round = 0  # a filling that was begun before another one ends

    def _steps(self) -> Iterator[None]:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 24)
        frame, column = card(margin=0, gap=0)
        outer.addWidget(frame)
        self.stack = QStackedWidget()
        self.stack.setObjectName("onCard")
        self.empty = EmptyState()
        self.empty.show_words(discover.choose())
        self.stack.addWidget(self.empty)
        yield
        yield from self._build()
        column.setContentsMargins(
            8, 8, 8, 8
        )  # nothing square in the round corners, at 200 % neither
        column.addWidget(self.stack)
        self._resize()
        self._bridge.look.changed.connect(self._resize)

    def _resize(self) -> None:
        # Wide enough for the figures in large type, and never the whole of a small window.
        self.setMinimumWidth(min(self._bridge.look.px(320), 470))
        # The button must be read whole; the length stands in the list of offers, too.
        self.price_of.setVisible(self._bridge.look.scale < 1.6)

    # --- building ------------------------------------------------------------------------------
    def _build(self) -> Iterator[None]:
        look = self._bridge.look
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.avatar = Avatar(look)
        head.addWidget(self.avatar)
        names = QVBoxLayout()
        names.setSpacing(2)
        self.name = Elided("", "heading")
        self.summary = label("", "small", wrap=True)
        names.addWidget(self.name)
        names.addWidget(self.summary)
        head.addLayout(names, 1)
        column.addLayout(head)
        self.special = label("", "small", wrap=True)
        self.special.hide()
        column.addWidget(self.special)
        self.about = label("", "body", wrap=True)
        column.addWidget(self.about)
        column.addWidget(rule())
        self.measured_title = label("", "small", wrap=True)
        column.addWidget(self.measured_title)
        self.kept = label("", "big")
        self.median, self.p95, self.worst = Figure(), Figure(), Figure()
        figures = FlowLayout(gap=18)
        figures.addWidget(self.kept)
        waits = QHBoxLayout()
        waits.setSpacing(18)
        for one in (self.median, self.p95, self.worst):
            waits.addWidget(one)
        figures.addLayout(waits)
        holder = QWidget()
        holder.setLayout(figures)
        column.addWidget(holder)
        yield
        self.interval = label("", "small", wrap=True)
        column.addWidget(self.interval)
        self.besides = label("", "small", wrap=True)
        column.addWidget(self.besides)
        self.cards_kept = label("", "small", wrap=True)
        self.cards_kept.hide()
        column.addWidget(self.cards_kept)
        self.logged = label("", "small", wrap=True, selectable=True)
        self.logged.hide()
        column.addWidget(self.logged)
        self.chart = HourChart(look)
        column.addWidget(self.chart)
        column.addWidget(rule())
        column.addWidget(label(words.people(), "small"))
        self.people = QVBoxLayout()
        self.people.setSpacing(2)
        column.addLayout(self.people)
        column.addWidget(rule())
        self.lists = QVBoxLayout()
        self.lists.setSpacing(6)
        column.addLayout(self.lists)
        column.addStretch(1)
        page = QWidget()
        page.setObjectName("onCard")
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.area = scrolled(inside, on_card=True)
        outer.addWidget(self.area, 1)
        outer.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 12, 12, 8)
        foot.setSpacing(6)
        self.price = label("", "sum")
        self.price_of = Elided("", "second")
        self.buy = button(words.buy(), "primary")
        self.buy.clicked.connect(lambda: self._buy())
        foot.addWidget(self.price)
        foot.addWidget(self.price_of, 1)
        foot.addWidget(self.buy)
        outer.addLayout(foot)
        self.stack.addWidget(page)

    # --- showing -------------------------------------------------------------------------------
    def shop_id(self) -> str:
        return self._id

    def clear(self) -> None:
        self._id, self._shop = "", None
        self.stack.setCurrentIndex(0)

    def expect(self, shop: str) -> None:
        """The details of this shop are on their way."""
        if shop != self._id:
            self._id, self._shop, self._shown = shop, None, ()
            self.empty.show_words(words.loading())
            self.stack.setCurrentIndex(0)

    def show_failure(self, sentence: str) -> None:
        if self._shop is None:
            self.empty.show_words(sentence)
            self.stack.setCurrentIndex(0)

    def show_card(self, card: ShopCard) -> None:
        """Shows the card that the list already has; the rest follows."""
        if card.shop == self._id and self._shop is not None:
            return
        self._id, self._shop, self._shown = card.shop, None, ()
        self.area.verticalScrollBar().setValue(0)
        self._show_head(card)
        self.about.setText("")
        self.special.hide()
        self.summary.setText(words.loading())
        self.measured_title.setText("")
        self._show_measured(card.measured)
        self._show_logged(None)
        self.cards_kept.hide()
        self.chart.set_hours([])
        self._round += 1
        finish(self._show_people([]))
        clear(self.lists)
        self.buy.setEnabled(False)
        self.stack.setCurrentIndex(1)

    def show_shop(self, shop: Shop) -> None:
        """The whole shop; shown again every few seconds, so only what changed is rebuilt."""
        self._shop, self._id = shop, shop.card.shop
        self._show_head(shop.card)
        if shop.card.freelancer:
            summary = words.summary_person(shop.served)
        else:
            summary = words.summary(shop.served, shop.card.people, shop.card.on_duty)
        if shop.open_hours:
            summary += words.DOT + words.hours_open(
                shop.open_hours, shop.zone if shop.zone != zone_name() else None
            )
        self.summary.setText(summary)
        special = [
            trade_words.special_line(when, each.hours)
            for each in shop.special_days
            if (when := date.fromisoformat(each.day)) <= self._soon()
        ]
        self.special.setText(trade_words.special_lines(special))
        self.special.setVisible(bool(special))
        self.about.setText(shop.about)
        self.about.setVisible(bool(shop.about))
        turns = shop.card.measured.kept + shop.card.measured.breached
        self.measured_title.setText(words.measured_title(shop.window_days, turns))
        self._show_measured(shop.card.measured)
        self._show_logged(shop.logged)
        line = cards_line(shop.cards_kept, few=False)
        self.cards_kept.setText(line)
        self.cards_kept.setVisible(bool(line))
        self.chart.set_hours(shop.hours)
        self._round += 1
        self._bridge.scheduler.begin(self._filling(shop, self._round))
        self.buy.setEnabled(bool(shop.offers))
        self.stack.setCurrentIndex(1)

    def _soon(self) -> date:
        """So far ahead special days are shown."""
        return amounts.here(self._bridge.clock.utc_ms()).date() + timedelta(days=SOON_DAYS)

    def _filling(self, shop: Shop, round_: int) -> Iterator[None]:
        """People and lists, some rows a turn: all at once they would hold the window up."""
        if round_ != self._round:
            return
        shown = (tuple(shop.offers), tuple(map(repr, shop.reviews)), shop.card.claimed)
        area, is_new = self.area, shown != self._shown
        # Where something is read already it stays until the new is whole; else what there is shows.
        area.setUpdatesEnabled(not is_new or not self._shown)
        try:
            for _ in chain(self._show_people(shop.people), self._show_lists(shop, new=is_new)):
                yield
                if not isValid(self) or round_ != self._round:
                    return
            self._shown = shown
        finally:
            if isValid(area):
                area.setUpdatesEnabled(True)

    def _show_head(self, card: ShopCard) -> None:
        self.avatar.set_name(card.name)
        self.name.setText(card.name)
        self.price.setText(amounts.yuan(card.from_fen))
        self.price_of.setText(words.from_price(card.from_minutes))

    def _show_measured(self, measured: Measured) -> None:
        tone = measures.tone_of(measured)
        enough = tone != "quiet"
        self.kept.setText(measures.kept_figure(measured))
        restyle(self.kept, tone=tone)
        self.interval.setText(
            words.interval(figure_words.kept(measures.rate_of(measured)))
            if enough
            else words.too_few_about()
        )
        self.besides.setText(besides_of(measured))
        self.median.show_figure(
            amounts.carried(measured.p50_ms, at_least=measured.p50_at_least), words.median()
        )
        self.p95.show_figure(
            amounts.carried(measured.p95_ms, at_least=measured.p95_at_least), words.p95()
        )
        worst_tone = "breach" if (measured.worst_ms or 0) > PROMISE_MS else ""
        self.worst.show_figure(
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            words.worst(),
            worst_tone,
        )

    def _show_logged(self, sums: LoggedSums | None) -> None:
        self.logged.setVisible(sums is not None)
        if sums is not None:
            late, paid = amounts.clock(sums.late_ms), amounts.clock(sums.paid_ms)
            self.logged.setText(
                words.logged(sums.origin, sums.sessions, sums.kept, sums.breached, late, paid)
            )

    def _show_people(self, people: list[Person]) -> Iterator[None]:
        if list(self._rows) != [one.responder for one in people]:
            clear(self.people)
            self._rows = {}
            for one in people:
                row = PersonLine(self._bridge.look, one)
                row.clicked.connect(lambda _=False, who=one.responder: self._buy(responder=who))
                self._rows[one.responder] = row
                self.people.addWidget(row)
                yield
        for one in people:
            self._rows[one.responder].show_person(one)

    def _show_lists(self, shop: Shop, *, new: bool) -> Iterator[None]:
        if not new:
            return
        clear(self.lists)
        yield
        self.lists.addWidget(label(words.offers(), "small"))
        for offer in shop.offers:
            self.lists.addLayout(self._offer(offer))
            yield
        claimed = shop.card.claimed
        praise = (
            f"{claimed.praise_permille / 10:.1f}%" if claimed.praise_permille is not None else "—"
        )
        stars = f"{claimed.stars_tenths / 10:.1f}" if claimed.stars_tenths is not None else "—"
        self.lists.addSpacing(4)
        self.lists.addWidget(rule())
        self.lists.addWidget(label(words.claims(), "small", wrap=True))
        line = words.claim_line(praise, stars, claimed.reviews)
        self.lists.addWidget(label(line, "second", wrap=True))
        self.lists.addSpacing(4)
        self.lists.addWidget(rule())
        self.lists.addWidget(label(words.reviews(), "small", wrap=True))
        yield
        for review in shop.reviews:
            self.lists.addWidget(self._review(review))
            yield
        if not shop.reviews:
            self.lists.addWidget(label(words.no_reviews(), "second"))

    def _offer(self, offer: Offer) -> QHBoxLayout:
        row, _value = line_of(
            words.offer_line(offer.minutes, trial=offer.trial),
            trade_words.sold_out() if offer.left_today == 0 else amounts.yuan(offer.price_fen),
        )
        return row

    def _review(self, review: ReviewView) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 2, 0, 6)
        column.setSpacing(2)
        measured = words.review_measured(
            review.kept, review.kept + review.breached, review.responder_name
        )
        head = f"{words.review_stars(review.stars)}  {review.customer}"
        column.addWidget(label(f"{head}  ·  {measured}", "small", wrap=True))
        if review.text:
            column.addWidget(label(review.text, "body", wrap=True))
        if review.reply:
            column.addWidget(label(words.shop_reply(review.reply), "second", wrap=True))
        if review.tags:
            column.addWidget(label(" · ".join(words.tag(one) for one in review.tags), "small"))
        return box

    def _buy(self, responder: str = "") -> None:
        if self._shop is not None and self._shop.offers:
            self.buy_asked.emit(self._shop, "", responder)
