"""The rows of the responder's desk: an order or a handover that waits, a conversation with its ring."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.client.snapshots import PanelView
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.pages.cardlines import card_words
from miaohui.desktop.strings import customercard as card_strings
from miaohui.desktop.strings import desk as say
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.ring import CountRing
from miaohui.wire.desk import HandoverOffer, Incoming


class IncomingCard(QFrame):
    """An order to accept or decline, with the time left. Signals: ``accepted(order)``,
    ``declined(order)``."""

    accepted = Signal(str)
    declined = Signal(str)

    def __init__(self, incoming: Incoming, deadline: int) -> None:
        """``deadline``: this machine's monotonic ms at which the order goes on."""
        super().__init__()
        self._incoming, self._deadline = incoming, deadline
        self.setProperty("kind", "incoming")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        about = say.order_about(
            incoming.customer_name, first=incoming.first_time, chosen=incoming.chosen
        )
        column.addWidget(label(say.new_order(incoming.minutes), "strong"))
        column.addWidget(label(about, "small", wrap=True))
        if incoming.card is not None:
            column.addWidget(label(card_strings.theirs(), "strong"))
            column.addWidget(label(card_words(incoming.card), "small", wrap=True))
            column.addWidget(label(card_strings.accept_means(), "small", wrap=True))
        row = FlowLayout(gap=8)
        self._accept = button("", "primary")
        self._accept.setObjectName("accept-order")
        self._decline = button(say.decline())
        self._decline.setObjectName("decline-order")
        row.addWidget(self._accept)
        row.addWidget(self._decline)
        holder = QWidget()
        holder.setLayout(row)
        column.addWidget(holder)
        self._accept.clicked.connect(self._accept_clicked)
        self._decline.clicked.connect(self._decline_clicked)

    @property
    def order(self) -> str:
        return self._incoming.order

    def tick(self, now: int) -> None:
        self._accept.setText(say.accept(amounts.clock(self._deadline - now)))

    def _accept_clicked(self) -> None:
        self.setEnabled(False)
        self.accepted.emit(self.order)

    def _decline_clicked(self) -> None:
        self.setEnabled(False)
        self.declined.emit(self.order)


class HandoverCard(QFrame):
    """A colleague's conversation to take over or decline, with what the customer asked for.
    Signals: ``accepted(session)``, ``declined(session)``."""

    accepted = Signal(str)
    declined = Signal(str)

    def __init__(self, offer: HandoverOffer, deadline: int) -> None:
        """``deadline``: this machine's monotonic ms at which it goes on to somebody else."""
        super().__init__()
        self._offer, self._deadline = offer, deadline
        self.setProperty("kind", "incoming")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        title = say.handover_title(sanitize.line(offer.giver))
        self.setAccessibleName(title)
        left = amounts.clock(offer.paid_left_ms)
        about = say.handover_about(sanitize.line(offer.customer_name), left)
        column.addWidget(label(title, "strong", wrap=True))
        column.addWidget(label(about, "small", wrap=True))
        if offer.card is None:
            column.addWidget(label(say.no_card(), "small", wrap=True))
        else:
            column.addWidget(label(card_strings.theirs(), "strong"))
            column.addWidget(label(card_words(offer.card), "small", wrap=True))
        self._asked, self._asks = label("", "strong", wrap=True), label("", "small", wrap=True)
        column.addWidget(self._asked)
        column.addWidget(self._asks)
        column.addWidget(label(say.until_then(), "small", wrap=True))
        row = FlowLayout(gap=8)
        self._accept = button("", "primary")
        self._accept.setObjectName("accept-handover")
        self._decline = button(say.decline())
        self._decline.setObjectName("decline-handover")
        row.addWidget(self._accept)
        row.addWidget(self._decline)
        holder = QWidget()
        holder.setLayout(row)
        column.addWidget(holder)
        self._accept.clicked.connect(lambda: self._answer(self.accepted))
        self._decline.clicked.connect(lambda: self._answer(self.declined))
        self._wait_from: int | None = None
        self.show_asks(offer, deadline - offer.left_ms)

    def show_asks(self, offer: HandoverOffer, now: int) -> None:
        """The open questions, as the relay says them now."""
        self._wait_from = None if offer.wait_ms is None else now - offer.wait_ms
        words = (sanitize.line(each) or say.picture() for each in offer.asks)
        self._asks.setText("\n".join(words))
        self._asks.setVisible(bool(offer.asks))
        self.tick(now)

    def tick(self, now: int) -> None:
        self._accept.setText(say.take_over(amounts.clock(max(0, self._deadline - now))))
        wait = self._wait_from
        self._asked.setText(
            say.nothing_open() if wait is None else say.open_question(str((now - wait) // 1000))
        )

    def _answer(self, signal: SignalInstance) -> None:
        self.setEnabled(False)
        signal.emit(self._offer.session)


class TalkRow(QFrame):
    """A conversation in the list, with its own counting ring. Signals: ``chosen(session)``."""

    chosen = Signal(str)

    def __init__(self, look: Look, session: str, name: str) -> None:
        super().__init__()
        self._session = session
        self.setProperty("kind", "talk")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._ring = CountRing(look, side=38)
        set_shown(self._ring, shown=True)  # in calm mode, too
        self._name, self._last = Elided(name, "strong"), Elided("", "small")
        self._name_text = sanitize.line(name)
        self.setAccessibleName(self._name_text)  # from the first moment on
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._name)
        column.addWidget(self._last)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(12)
        row.addWidget(self._ring)
        row.addLayout(column, 1)

    @property
    def session(self) -> str:
        return self._session

    @property
    def wait_text(self) -> str:
        """The figure in the ring; a dash where nothing is open."""
        return self._ring.figure()

    @property
    def last_text(self) -> str:
        return self._last.text()

    def show_last(self, text: str) -> None:
        self._last.setText(" ".join(text.split()))

    def set_current(self, *, current: bool) -> None:
        restyle(self, current=current)

    def tick(self, panel: PanelView) -> None:
        self._ring.set_wait(panel.wait_ms, panel.promise_ms, confirmed=panel.breach_confirmed)
        wait = amounts.seconds(panel.wait_ms)
        self.setAccessibleName(f"{self._name_text} {wait}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self._session)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._session)
        else:
            super().keyPressEvent(event)
