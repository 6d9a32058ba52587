"""Reviews and complaints with the measured session beside them, and the shop's reply."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.care.boundary import forbidden
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.strings import shopbooks as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, rule
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.textbox import TextBox
from miaohui.promise import words as figure_words
from miaohui.wire.catalogue import Measured
from miaohui.wire.owner import (
    ComplaintView,
    GetShopReviews,
    OwnReview,
    ReplyToReview,
    ShopReviews,
)

__all__ = ["ReviewsPanel"]

REPLY_CHARS = 500


def measured_words(measured: Measured) -> str:
    """One session's figures in a line."""
    return words.measured_line(
        figure_words.kept(measures.rate_of(measured)),
        amounts.carried(measured.p95_ms, at_least=measured.p95_at_least),
        amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
        measures.late_figure(measured),
    )


class ReviewsPanel(ShopPanel):
    """The list stays as it is while somebody writes a reply; newer ones come when that is done."""

    every_ms = 20_000

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.told: ShopReviews | None = None
        self._reviews: list[OwnReview] = []
        self._cursor: str | None = None
        self._writing = ""  # the session whose review is answered now
        self.box: TextBox | None = None

    @property
    def is_empty(self) -> bool:
        return self.told is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        column.setSpacing(14)
        self.reviews = self._card(column, words.reviews())
        self.more = button(words.more(), "link")
        self.more.clicked.connect(self._read_more)
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addStretch(1)
        column.addLayout(foot)
        yield
        self.complaints = self._card(column, words.complaints(), words.complaints_about())
        column.addStretch(1)

    def _card(self, column: QVBoxLayout, name: str, about: str = "") -> QVBoxLayout:
        frame: QFrame
        frame, inside = card(margin=22, gap=10)
        inside.addWidget(label(name, "heading"))
        if about:
            inside.addWidget(label(about, "small", wrap=True))
        rows = QVBoxLayout()
        rows.setSpacing(10)
        inside.addLayout(rows)
        column.addWidget(frame)
        return rows

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        if self.own_shop is not None and not self._writing:
            self.ask(GetShopReviews(id=self._bridge.new_id()), self._show)

    def _show(self, told: ShopReviews) -> None:
        if self._writing or told == self.told:
            return
        self.told = told
        self._reviews, self._cursor = list(told.reviews), told.cursor
        self._show_reviews()
        clear(self.complaints)
        for one in told.complaints:
            self.complaints.addWidget(self._complaint(one))
        if not told.complaints:
            self.complaints.addWidget(label(words.no_complaints(), "second", wrap=True))

    def _read_more(self) -> None:
        def more(told: ShopReviews) -> None:
            self._reviews += told.reviews
            self._cursor = told.cursor
            self._show_reviews()

        self.ask(GetShopReviews(id=self._bridge.new_id(), cursor=self._cursor), more)

    def _show_reviews(self) -> None:
        clear(self.reviews)
        self.box = None
        for at, one in enumerate(self._reviews):
            if at:
                self.reviews.addWidget(rule())
            self.reviews.addWidget(self._review(one))
        if not self._reviews:
            self.reviews.addWidget(label(words.no_reviews(), "second", wrap=True))
        self.more.setVisible(self._cursor is not None)

    def _review(self, own: OwnReview) -> QWidget:
        review = own.review
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        today = amounts.here(self._bridge.clock.utc_ms())
        who = (review.customer, review.responder_name, amounts.moment(review.utc, today))
        head = f"{shop_words.review_stars(review.stars)}  {' · '.join(filter(None, who))}"
        column.addWidget(label(head, "strong", wrap=True))
        column.addWidget(label(measured_words(own.measured), "small", wrap=True))
        if review.tags:
            tags = " · ".join(shop_words.tag(one) for one in review.tags)
            column.addWidget(label(tags, "small", wrap=True))
        if review.text:
            column.addWidget(label(review.text, "body", wrap=True))
        if self._writing == own.session:
            self._write_in(column, own)
            return holder
        if review.reply:
            column.addWidget(label(words.your_reply(), "small"))
            column.addWidget(label(review.reply, "second", wrap=True))
        answer = button(words.change_reply() if review.reply else words.reply(), "link")
        answer.setObjectName(f"reply-{own.session}")
        answer.clicked.connect(lambda: self._begin(own.session))
        row = QHBoxLayout()
        row.addWidget(answer)
        row.addStretch(1)
        column.addLayout(row)
        return holder

    def _write_in(self, column: QVBoxLayout, own: OwnReview) -> None:
        box = TextBox()
        box.setProperty("kind", "field")
        box.setPlaceholderText(words.reply_hint())
        box.setAccessibleName(words.reply())
        box.setTabChangesFocus(True)
        box.setFixedHeight(self._bridge.look.px(84))
        box.setPlainText(own.review.reply)
        self.box = box
        column.addWidget(box)
        row = QHBoxLayout()
        row.addStretch(1)
        leave = button(words.keep(), "plain")
        leave.clicked.connect(lambda: self._begin(""))
        send = button(words.send_reply(), "outline")
        send.setObjectName(f"send-{own.session}")
        send.clicked.connect(lambda: self._send(own.session))
        row.addWidget(leave)
        row.addWidget(send)
        column.addLayout(row)

    def _complaint(self, one: ComplaintView) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        today = amounts.here(self._bridge.clock.utc_ms())
        when = amounts.moment(one.decided_utc, today)
        line = words.complaint_line(one.category, one.verdict, one.responder_name, when)
        column.addWidget(
            label(f"{line} · {words.appealed()}" if one.appealed else line, "strong", wrap=True)
        )
        if one.reason:
            column.addWidget(label(one.reason, "body", wrap=True))
        column.addWidget(label(measured_words(one.measured), "small", wrap=True))
        return holder

    # --- replying --------------------------------------------------------------------------------
    def _begin(self, session: str) -> None:
        self._writing = session
        self._show_reviews()
        if self.box is not None:
            self.box.setFocus()

    def _send(self, session: str) -> None:
        text = self.box.toPlainText().strip()[:REPLY_CHARS] if self.box is not None else ""
        word = forbidden(text)
        if word is not None:
            self.said.emit(errors.therapy(word))
            return

        def sent(_done: object) -> None:
            self._writing = ""
            self.said.emit(words.replied())
            self.read()

        self.ask(ReplyToReview(id=self._bridge.new_id(), session=session, text=text), sent)
