"""The queue: where one stands, how long it may take, and the way out with the whole sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.pages.pay import PayCard
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import sessions as words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import card, rule
from miaohui.desktop.widgets.label import label
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.orders import CancelOrder, Order, OrderState, Pay

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["WAITING", "QueuePane"]

WAITING = {OrderState.AWAITING_PAYMENT, OrderState.PAID, OrderState.QUEUED}
ENDED = {OrderState.DECLINED, OrderState.NO_SHOW, OrderState.VOID, OrderState.REFUNDED}


class QueuePane(QWidget):
    """One order until its session opens. Signals: ``opened(session)``, ``discover_asked``."""

    opened = Signal(str)
    discover_asked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._id = ""
        self._order: Order | None = None
        self._answer_by: int | None = None  # on the bridge's monotonic clock
        self._ways_of = ""  # the shop whose ways to pay were asked for
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._show)
        self._build()
        bridge.app_changed.connect(self._changed)

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        frame, column = card(margin=28, gap=10)
        self._card = frame
        frame.setMaximumWidth(self._bridge.look.px(560))
        head = QHBoxLayout()
        head.setSpacing(10)
        self.avatar = Avatar(self._bridge.look)
        head.addWidget(self.avatar)
        names = QVBoxLayout()
        self.heading = label("", "heading", wrap=True)
        self.bought = label("", "small", wrap=True)
        names.addWidget(self.heading)
        names.addWidget(self.bought)
        head.addLayout(names, 1)
        column.addLayout(head)
        column.addWidget(rule())
        self.place = label("", "big", wrap=True)
        self.estimate = label("", "second", wrap=True)
        self.hint = label(words.not_started(), "small", wrap=True)
        column.addWidget(self.place)
        column.addWidget(self.estimate)
        column.addWidget(self.hint)
        self.note = label("", "body", wrap=True)
        self.note.hide()
        column.addWidget(self.note)
        foot = ButtonRow()
        self.leave = button("")
        self.leave.clicked.connect(self._leave)
        self.elsewhere = button(words.look_elsewhere(), "primary")
        self.elsewhere.clicked.connect(self.discover_asked)
        foot.add(self.leave)
        foot.add(self.elsewhere)
        column.addWidget(foot)
        paying, inside = card(margin=28, gap=0)
        self._paying = paying
        paying.setMaximumWidth(self._bridge.look.px(560))
        self.pay = PayCard(self._bridge)
        self.pay.cancel_asked.connect(self._leave)
        self.pay.another_way.connect(self._pay_another_way)
        inside.addWidget(self.pay)
        paying.hide()
        row.addWidget(frame, 10)
        row.addWidget(paying, 10)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(2)

    @property
    def order_id(self) -> str:
        return self._id

    def show_order(self, order: str) -> None:
        self._id, self._order = order, None
        self._card.hide()  # until it is known: the list of orders may be on its way
        self._paying.hide()
        self.pay.set_cancelling(cancelling=False)
        self.note.hide()
        self.leave.setEnabled(True)
        self._changed()

    def _changed(self) -> None:
        orders = self._bridge.client.view.orders
        fresh = next((one for one in orders if one.order == self._id), None)
        if fresh is None or (self._order is not None and fresh == self._order):
            return
        self._order = fresh
        left = fresh.answer_by_ms
        self._answer_by = None if left is None else self._bridge.clock.mono() + left
        self._show()
        if self.pay.is_for(fresh):
            self._ask_ways(fresh)
        if fresh.session is not None and fresh.state is OrderState.OPEN and self.isVisible():
            self.opened.emit(fresh.session)

    def _show(self) -> None:
        order = self._order
        if order is None:
            return
        by_code = self.pay.is_for(order)
        self._paying.setVisible(by_code)
        self._card.setVisible(not by_code)
        if by_code:
            self.pay.show_order(order)
            return
        self.avatar.set_name(order.shop_name)
        paid = amounts.yuan_exact(order.price_fen)
        unpaid = order.state is OrderState.AWAITING_PAYMENT
        charged = any(one.what == "payment" for one in order.movements)
        line = words.paid_line if charged else words.unpaid_line
        self.bought.setText(line(order.minutes, paid))
        waiting = order.state in WAITING
        self.leave.setVisible(waiting)
        self.leave.setText(words.cancel_order() if unpaid else words.leave(paid))
        self.elsewhere.setVisible(order.state in ENDED)
        self.hint.setVisible(waiting)
        if order.state in ENDED:
            self.heading.setText(order.shop_name)
            self.place.setText(words.ended_title(order.state.value))
            back = order.refund_fen
            self.estimate.setText(
                words.ended_about(amounts.yuan_exact(back)) if back else words.nothing_paid()
            )
            return
        heading = words.paying_title if unpaid else words.queue_title
        self.heading.setText(heading(order.shop_name))
        self.place.setText(
            words.outcome_awaited() if unpaid else words.ahead(order.queue_ahead or 0)
        )
        self.estimate.setText(self._estimate(order))

    def _estimate(self, order: Order) -> str:
        if order.state is OrderState.AWAITING_PAYMENT:
            return words.payment_pending()
        if self._answer_by is not None:
            left = max(0, self._answer_by - self._bridge.clock.mono())
            return words.asking(order.responder_name, -(-left // 1000))
        if order.estimate_ms is None:
            return words.no_estimate()
        if order.estimate_ms < 60_000:
            return words.estimate_soon()
        minutes = -(-order.estimate_ms // 60_000)
        if order.estimate_p90_ms is None:
            return words.estimate(minutes)
        return words.estimate_within(minutes, max(minutes, -(-order.estimate_p90_ms // 60_000)))

    def _ask_ways(self, order: Order) -> None:
        def show(shop: Shop) -> None:
            if self._order is not None and self._order.shop == shop.card.shop:
                self.pay.show_ways(shop.providers)

        if self._ways_of != order.shop:
            self._ways_of = order.shop
            self._bridge.ask(self, GetShop(id=self._bridge.new_id(), shop=order.shop), show)

    def _pay_another_way(self, provider: str) -> None:
        order = self._order
        if order is None:
            return
        self._ways_of = ""
        self._bridge.ask(
            self,
            Pay(
                id=self._bridge.new_id(),
                order=order.order,
                provider=provider,
                price_fen=order.price_fen,
            ),
            self._left,
            self._refused,
        )

    def _leave(self) -> None:
        self.pay.set_cancelling(cancelling=True)
        self.leave.setEnabled(False)
        self.leave.setText(words.leaving())
        self._bridge.ask(
            self, CancelOrder(id=self._bridge.new_id(), order=self._id), self._left, self._refused
        )

    def _left(self, _answer: object) -> None:
        self._bridge.client.refresh()

    def _refused(self, refused: Refused) -> None:
        self.leave.setEnabled(True)
        self.pay.set_cancelling(cancelling=False)
        if not self._paying.isHidden():
            self._show()
            self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)
            return
        self._show()
        self.note.setText(errors.sentence(refused.code, refused.detail, refused.retry_ms))
        self.note.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()
