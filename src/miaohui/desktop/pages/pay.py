"""Paying by a code: sum, shop, time left, how it stands, and the ways on."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.strings import pay as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import card, rule
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.qrcode import QrCode
from miaohui.runtime.clock import told_utc_ms
from miaohui.wire.orders import Order, OrderState, PaymentView

__all__ = ["BY_CODE", "ExtensionPay", "PayCard"]

BY_CODE = frozenset({"wechat", "alipay", "stripe"})
COPIED_MS = 2000


class PayCard(QWidget):
    """One payment while it is open. Signals: ``another_way(provider)``, ``cancel_asked``. It only
    shows: the relay follows the payment whether this is seen or not."""

    another_way = Signal(str)
    cancel_asked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._order: Order | None = None
        self._said = ""
        self._ways: frozenset[str] = frozenset()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._show)
        self._copied = QTimer(self, interval=COPIED_MS, singleShot=True)
        self._copied.timeout.connect(self._show)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(16)
        names = QVBoxLayout()
        names.setSpacing(2)
        self.heading = Elided("", "heading")
        self.bought = label("", "small", wrap=True)
        names.addWidget(self.heading)
        names.addWidget(self.bought)
        head.addLayout(names, 1)
        sums = QVBoxLayout()
        sums.setSpacing(2)
        right = Qt.AlignmentFlag.AlignRight
        self.sum = label("", "big", align=right)
        self.left = label("", "small", align=right)
        sums.addWidget(self.sum)
        sums.addWidget(self.left)
        head.addLayout(sums)
        column.addLayout(head)
        frame, inside = card("card", margin=14, gap=6)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.provider = label("", "strong", align=centre)
        inside.addWidget(self.provider)
        self.code = QrCode(self._bridge.look, side=236, focusable=True)
        inside.addWidget(self.code, 0, centre)
        self.scan = label("", "small", align=centre)
        inside.addWidget(self.scan)
        self._frame = frame
        column.addWidget(frame)
        state, within = card("tile", margin=14, gap=4)
        self.title = label("", "strong", wrap=True)
        self.about = label("", "small", wrap=True)
        within.addWidget(self.title)
        within.addWidget(self.about)
        self.copy = button(words.copy_link(), "outline")
        self.copy.clicked.connect(self._copy)
        line = ButtonRow()
        line.add(self.copy)
        within.addWidget(line)
        column.addWidget(state)
        self.once = label(words.once(), "small", wrap=True)
        column.addWidget(self.once)
        column.addWidget(rule())
        foot = ButtonRow()
        self.others: dict[str, QPushButton] = {}
        for code in sorted(BY_CODE):
            made = button(words.instead(code))
            made.clicked.connect(lambda _=False, one=code: self._another(one))
            made.hide()
            self.others[code] = made
            foot.add(made)
        self.cancel = button(words.cancel())
        self.cancel.clicked.connect(self.cancel_asked)
        foot.add(self.cancel)
        column.addWidget(foot)

    # --- showing -------------------------------------------------------------------------------
    def show_ways(self, providers: list[str]) -> None:
        """The providers by which this shop can be paid."""
        self._ways = frozenset(providers)
        self._show()

    def show_order(self, order: Order) -> None:
        """``order`` has a payment that is open."""
        self._order = order
        self._show()

    def show_making(self) -> None:
        """Nothing is known yet."""
        self._frame.hide()
        self.copy.hide()
        self.title.setText(words.making())

    @property
    def _payment(self) -> PaymentView:
        assert self._order is not None
        assert self._order.payment is not None
        return self._order.payment

    def _left_ms(self) -> int | None:
        until = self._payment.expires_utc
        return None if until is None else told_utc_ms(until) - self._bridge.clock.utc_ms()

    def _show(self) -> None:
        order = self._order
        if order is None or order.payment is None:
            return
        payment, left = order.payment, self._left_ms()
        sum_ = amounts.yuan_exact(payment.fen)
        over = left is not None and left <= 0
        self.heading.setText(words.title(order.shop_name))
        self.bought.setText(words.order_line(order.minutes, order.responder_name))
        self.sum.setText(sum_)
        if left is None:
            self.left.setText("")
        else:
            self.left.setText(words.code_over() if over else words.left(amounts.clock(left)))
        self.provider.setText(words.provider(payment.provider))
        # What must not be paid any more cannot be scanned any more.
        text = payment.qr or ""
        shown = "" if over or payment.unanswered else text
        self.code.show_text(shown)
        self._frame.setVisible(bool(shown))
        self.code.setAccessibleName(words.code_name(payment.provider, sum_, order.shop_name))
        self.code.setAccessibleDescription(words.code_about())
        self.scan.setText(words.scan(payment.provider))
        if not self._copied.isActive():
            self.copy.setText(words.copy_link())
        self.copy.setVisible(bool(shown))
        self._say(payment, over=over, ready=bool(text))

    def _say(self, payment: PaymentView, *, over: bool, ready: bool) -> None:
        if payment.unanswered:
            title, about = words.asking(), words.asking_about(payment.provider)
        elif over:
            title, about = words.last_look(), words.last_look_about()
        elif not ready:
            title, about = words.making(), ""
        else:
            title, about = words.waiting(), words.waiting_about()
        self.title.setText(title)
        self.about.setText(about)
        self.about.setVisible(bool(about))
        restyle(self.title, tone="warn" if payment.unanswered else "")
        for code, made in self.others.items():
            made.setVisible(code in self._ways and code != payment.provider)
            made.setEnabled(not payment.unanswered)
        if title != self._said:
            self._said = title
            # Whoever does not see the page hears that it changed.
            self.title.setAccessibleName(f"{title} {about}")

    # --- doing ---------------------------------------------------------------------------------
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._payment.qr or "")
        self.copy.setText(words.copied())
        self._copied.start()

    def _another(self, provider: str) -> None:
        for made in self.others.values():
            made.setEnabled(False)
        self.title.setText(words.switching())
        self.another_way.emit(provider)

    def set_cancelling(self, *, cancelling: bool) -> None:
        self.cancel.setEnabled(not cancelling)
        self.cancel.setText(words.cancelling() if cancelling else words.cancel())

    def is_for(self, order: Order) -> bool:
        """True for an order that waits for somebody to scan a code."""
        return (
            order.state is OrderState.AWAITING_PAYMENT
            and order.payment is not None
            and order.payment.provider in BY_CODE
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


class ExtensionPay(QWidget):
    """The code for more time in a session that runs, as soon as there is one."""

    def __init__(self, bridge: Bridge, order: str) -> None:
        super().__init__()
        self._bridge, self._id = bridge, order
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 20)
        self.card = PayCard(bridge)
        self.card.cancel.hide()  # a code that nobody scans ends by itself
        column.addWidget(self.card)
        bridge.app_changed.connect(self._changed)
        self.card.show_making()
        self._changed()

    def _changed(self) -> None:
        orders = self._bridge.client.view.orders
        order = next((one for one in orders if one.order == self._id), None)
        if order is not None and order.payment is not None and order.payment.state == "pending":
            self.card.show_order(order)
