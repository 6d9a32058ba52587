"""Orders: every one with its state, its money and its way on; nothing ends in limbo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models.orders import ORDER, OrderDelegate, OrderModel, spent_fen
from miaohui.desktop.pages.sessions.queue import WAITING
from miaohui.desktop.strings import orders as words
from miaohui.desktop.strings import pay as pay_words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, line_of, rule, scrolled
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.wire.orders import Order, OrderState

__all__ = ["OrdersPage"]

INSIDE = 8  # so that nothing square reaches into the round corners, at 200 % neither
FOOT_ROOM = 68  # margins and the gap between the buttons
TICK_MS = 1000
RUNNING = {OrderState.OPEN, OrderState.CLOSING}


class OrdersPage(WindowPage):
    """Signals: ``session_asked(session)``, ``queue_asked(order)``, ``receipt_asked(session)``,
    ``discover_asked``."""

    session_asked = Signal(str)
    queue_asked = Signal(str)
    receipt_asked = Signal(str)
    discover_asked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._shown: Order | None = None
        self._given: QLabel | None = None
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._show_given)
        self.model = OrderModel()

    def _steps(self) -> Iterator[None]:
        bridge = self._bridge
        yield from self._build()
        bridge.app_changed.connect(self._changed)
        bridge.look.changed.connect(self._look_changed)
        self._changed()

    def _build(self) -> Iterator[None]:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 0)
        whole.setSpacing(14)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(label(words.title(), "title"))
        head.addStretch(1)
        self.balance = label("", "strong")
        self.spent = label("", "second")
        head.addWidget(self.spent)
        head.addWidget(self.balance)
        whole.addLayout(head)
        self.stack = QStackedWidget()
        whole.addWidget(self.stack, 1)
        both = QWidget()
        both.setObjectName("paper")
        columns = QHBoxLayout(both)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        self.list = QListView()
        self.list.setModel(self.model)
        self._delegate = OrderDelegate(self._bridge.look, self.today)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(words.list_name())
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.activated.connect(self._activated)
        columns.addWidget(self.list, 58)
        yield
        columns.addWidget(self._detail(), 42)
        yield
        self.stack.addWidget(both)
        self.empty = EmptyState()
        self.empty.show_words(words.empty_title(), words.empty_hint(), words.to_discover())
        self.empty.pressed.connect(self.discover_asked)
        self.stack.addWidget(self.empty)

    def _detail(self) -> QWidget:
        holder = self._holder = QWidget()
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 0, 24)
        frame, column = card(margin=INSIDE, gap=0)
        outer.addWidget(frame)
        inside = QWidget()
        self.lines = QVBoxLayout(inside)
        self.lines.setContentsMargins(14, 12, 14, 12)
        self.lines.setSpacing(10)
        column.addWidget(scrolled(inside, on_card=True), 1)
        foot = self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        foot.setContentsMargins(14, 10, 14, 8)
        foot.setSpacing(10)
        foot.addStretch(1)
        self._frame = frame
        frame.installEventFilter(self)
        self.receipt = button(words.open_receipt())
        self.receipt.clicked.connect(self._open_receipt)
        self.open = button("", "primary")
        self.open.clicked.connect(self._open)
        foot.addWidget(self.receipt)
        foot.addWidget(self.open)
        column.addLayout(foot)
        return holder

    def today(self) -> datetime:
        return datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()

    # --- showing -------------------------------------------------------------------------------
    def _changed(self) -> None:
        view = self._bridge.client.view
        # A quote that nobody paid is no order yet.
        orders = [one for one in view.orders if one.state is not OrderState.QUOTED]
        self.model.show_rows(orders)
        self.stack.setCurrentIndex(0 if orders else 1)
        wallet = view.wallet
        self.balance.setVisible(wallet is not None)
        self.spent.setVisible(wallet is not None)
        if wallet is not None:
            self.balance.setText(
                words.balance(amounts.yuan_exact(wallet.balance_fen), practice=wallet.practice)
            )
            limit = None if wallet.month_fen is None else amounts.yuan(wallet.month_fen)
            self.spent.setText(words.spent(amounts.yuan(wallet.spent_month_fen), limit))
        if not orders:
            return
        wanted = self._shown.order if self._shown is not None else ""
        row = max(0, self.model.row_of(wanted))
        index = self.model.index(row)
        if self.list.currentIndex() != index:
            self.list.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self._show(orders[row])

    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        order = current.data(ORDER) if current.isValid() else None
        if order is not None:
            self._show(order)

    def _show(self, order: Order) -> None:
        if order == self._shown:
            return
        self._shown = order
        clear(self.lines)
        self.lines.addWidget(
            label(
                words.what(order.shop_name, order.minutes, order.extended_minutes),
                "heading",
                wrap=True,
            )
        )
        self._line(words.status(), words.state(order.state.value), strong=True)
        self._line(words.responder(), order.responder_name or words.whoever())
        today = self.today()
        self._line(words.ordered(), amounts.moment(order.created_utc, today))
        if order.opened_utc:
            self._line(words.started(), amounts.moment(order.opened_utc, today))
        if order.closed_utc:
            self._line(words.ended(), amounts.moment(order.closed_utc, today))
        if order.closed_reason:
            self._line(words.why(), words.reason(order.closed_reason))
        self._given = None
        if order.session is not None:
            self._given = self._line(words.given_back(), "")
            self._show_given()
        self.lines.addWidget(rule())
        self.lines.addWidget(label(words.money(), "strong"))
        for one in order.movements:
            when = amounts.moment(one.utc, today)
            self._line(f"{words.movement(one.what)} · {when}", amounts.yuan_signed(one.fen))
        self._show_payment(order, today)
        self.lines.addWidget(rule())
        self._line(words.total(), amounts.yuan_exact(spent_fen(order)), strong=True)
        self._show_invoice(order)
        self.lines.addStretch(1)
        self._number(words.number(), order.order)
        self.receipt.setVisible(order.session is not None and order.state not in RUNNING)
        self.open.setVisible(order.session is not None or order.state in WAITING)
        self.open.setText(words.open_queue() if order.state in WAITING else words.open_session())
        self._arrange()

    def _show_payment(self, order: Order, today: datetime) -> None:
        """By whom it was paid, under which numbers, and what is on its way back."""
        payment = order.payment
        if payment is None or payment.state == "failed":
            return
        self._line(pay_words.paid_with(), pay_words.provider(payment.provider))
        if payment.provider == "practice":
            return
        self._number(pay_words.trade(), payment.number)
        if payment.transaction:
            self._number(pay_words.transaction(), payment.transaction)
        for one in order.refunds:
            when = amounts.moment(one.done_utc or one.utc, today)
            self._line(pay_words.refund_line(one.provider, when), amounts.yuan_exact(one.fen))
            self.lines.addWidget(
                label(pay_words.refund_state(one.state, one.provider), "small", wrap=True)
            )

    def _show_invoice(self, order: Order) -> None:
        """The shop's words for how to ask, with number and sum to copy, once the sum is final."""
        fen = spent_fen(order)
        if not order.invoice or order.state is not OrderState.SETTLED or fen <= 0:
            return
        payment = order.payment
        paid = payment is not None and payment.state == "succeeded"
        number = payment.number if payment is not None and paid and payment.number else order.order
        self.lines.addWidget(rule())
        self.lines.addWidget(label(words.invoice(), "strong"))
        self.lines.addWidget(label(order.invoice, "second", wrap=True, selectable=True))
        told = words.invoice_line(number, amounts.yuan_exact(fen))
        self._number(words.invoice_for(), told)
        copy = button(words.copy_invoice(), "link")
        copy.setObjectName("copy-invoice")
        copy.clicked.connect(lambda: self._copy(copy, told))
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        self.lines.addLayout(row)

    def _copy(self, pressed: QPushButton, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        pressed.setText(words.invoice_copied())

    def _number(self, words_: str, value: str) -> None:
        """To be copied whole, and never wider than its place: it has nowhere to break."""
        number = QLineEdit(f"{words_} {value}")
        number.setProperty("kind", "number")
        number.setReadOnly(True)
        number.setCursorPosition(0)
        number.setTextMargins(-3, 0, 0, 0)  # what the field itself leaves free
        self.lines.addWidget(number)

    def _arrange(self) -> None:
        """One above the other where the words of both do not fit in a row."""
        # Sums and buttons are read whole in large type, too; the list can leave words out.
        wanted_width = min(self._bridge.look.px(320), 410)
        if self._holder.minimumWidth() != wanted_width:
            self._holder.setMinimumWidth(wanted_width)
        wide = sum(
            one.sizeHint().width() for one in (self.receipt, self.open) if not one.isHidden()
        )
        room = self._frame.width() - FOOT_ROOM
        way = QBoxLayout.Direction
        wanted = way.TopToBottom if wide > room else way.LeftToRight
        if self._foot.direction() != wanted:
            self._foot.setDirection(wanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The buttons need other room once they wear the present look, not when it is chosen.
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._arrange()
        return False

    def _line(self, words_: str, value: str, *, strong: bool = False) -> QLabel:
        row, shown = line_of(words_, value, value_kind="strong" if strong else "body")
        self.lines.addLayout(row)
        return shown

    def _show_given(self) -> None:
        """What comes back while a session runs is known there first."""
        order = self._shown
        if order is None or order.session is None or self._given is None:
            return
        panel = self._bridge.client.panel(order.session) if order.state in RUNNING else None
        back = order.given_back_ms if panel is None else panel.given_back_ms
        self._given.setText("+" + amounts.clock(back))

    # --- going on ------------------------------------------------------------------------------
    def _activated(self, _index: QModelIndex) -> None:
        if self.open.isVisible():
            self._open()

    def _open(self) -> None:
        order = self._shown
        if order is None:
            return
        if order.session is not None:
            self.session_asked.emit(order.session)
        else:
            self.queue_asked.emit(order.order)

    def _open_receipt(self) -> None:
        if self._shown is not None and self._shown.session is not None:
            self.receipt_asked.emit(self._shown.session)

    def choose(self, order: str) -> None:
        row = self.model.row_of(order)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))

    def _look_changed(self) -> None:
        self._arrange()
        self.list.doItemsLayout()
        self.list.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._bridge.client.refresh()
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()
