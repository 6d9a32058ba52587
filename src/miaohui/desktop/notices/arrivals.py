"""News since the last look: messages, orders for the desk, one's turn."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from miaohui.client.snapshots import Notice, NoticeCode
from miaohui.desktop.bridge import Bridge
from miaohui.wire.orders import Order, OrderState

__all__ = ["Arrivals"]

WAITING = (OrderState.PAID, OrderState.QUEUED)


class Arrivals(QObject):
    """Compares what the client says now with what it said before; what is there at first is no
    news. Signals: ``arrived(Notice)`` of a message or of one's turn, which the client tells
    nobody by itself; ``passed(subject)``: a
    session without unread messages, or an order that is no longer offered."""

    arrived = Signal(object)
    passed = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self._unread: dict[str, int] = {}
        self._incoming: set[str] = set()
        self._orders: dict[str, OrderState] = {}
        bridge.session_changed.connect(self._session_changed)
        bridge.app_changed.connect(self._app_changed)
        self._app_changed()

    @property
    def unread(self) -> int:
        """Messages that nobody has read yet, in all conversations."""
        return sum(self._unread.values())

    def _session_changed(self, session: str) -> None:
        view = self._bridge.client.session(session)
        if view is None:
            return
        before, now = self._unread.get(session), view.unread
        if before == now:
            return
        self._unread[session] = now
        if now == 0:
            self.passed.emit(session)
        elif before is not None and now > before:
            self.arrived.emit(Notice(NoticeCode.MESSAGE, session))

    def _app_changed(self) -> None:
        view = self._bridge.client.view
        incoming: set[str] = set()
        if view.desk is not None:
            incoming = {one.order for one in view.desk.incoming}
            incoming |= {one.session for one in view.desk.handover_offers}
        gone, self._incoming = self._incoming - incoming, incoming
        for order in gone:
            self.passed.emit(order)
        for bought in view.orders:
            self._follow(bought)

    def _follow(self, order: Order) -> None:
        before, self._orders[order.order] = self._orders.get(order.order), order.state
        if before in WAITING and order.state is OrderState.OPEN:
            name = order.responder_name or ""
            self.arrived.emit(Notice(NoticeCode.STARTED, order.session or "", name=name))
