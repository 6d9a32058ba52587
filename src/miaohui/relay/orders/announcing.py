"""Tells customers of their orders: reads each order as it stands, adds the queue, pushes."""

import logging
import sqlite3

import msgspec

from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.money import orderbook
from miaohui.relay.money.orderbook import OrderRow
from miaohui.relay.orders.desks import Desks
from miaohui.relay.orders.dispatch import Dispatch, QueueStage
from miaohui.relay.orders.outlook import Outlook
from miaohui.relay.ports import PushPort, Refused
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.orders import Order, OrderChanged

log = logging.getLogger(__name__)


class Announcer:
    """Changes are gathered; the highest version wins, so a skipped one is no loss."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        on_duty: OnDuty,
        dispatch: Dispatch,
        desks: Desks,
        outlook: Outlook,
        *,
        practice: bool,
    ) -> None:
        self._store = store
        self._push = push
        self._clock = clock
        self._tasks = tasks
        self._on_duty = on_duty
        self._dispatch = dispatch
        self._desks = desks
        self._outlook = outlook
        self._practice = practice
        self._changed: set[str] = set()
        self._flushing = False

    def order(self, order: str) -> None:
        """In a moment, to the customer and to whoever answers."""
        self._changed.add(order)
        if not self._flushing:
            self._flushing = True
            self._tasks.start(self._flush(), "announce")

    def queue_behind(self, shop: str) -> None:
        """Everybody who waits in a shop moved up."""
        for waiting in self._dispatch.queue_of(shop):
            self.order(waiting.order)

    async def _flush(self) -> None:
        try:
            while self._changed:
                await self._tell(self._changed.pop())
        finally:
            self._flushing = False

    async def _tell(self, order: str) -> None:
        def job(conn: sqlite3.Connection) -> tuple[OrderRow, Order]:
            row = orderbook.get(conn, order)
            return row, orderbook.view(conn, row, practice=self._practice)

        try:
            row, view = await self._store.read(job)
        except Refused:
            log.error("an order to be announced does not exist")
            return
        self._push.push(row.customer, OrderChanged(order=self.decorated(view)))
        if row.responder is not None:
            self._desks.changed(row.responder)

    def decorated(self, view: Order) -> Order:
        """With the queue as it stands in memory."""
        waiting = self._dispatch.get(view.order)
        if waiting is None:
            return view
        ahead = self._dispatch.ahead_of(view.order)
        if waiting.stage is QueueStage.WAITING:
            times = self._outlook.of_order(view.order)
            return msgspec.structs.replace(
                view, queue_ahead=ahead, estimate_ms=times.p50_ms, estimate_p90_ms=times.p90_ms
            )
        left = max(0, waiting.answer_by - self._clock.mono())
        return msgspec.structs.replace(view, queue_ahead=0, estimate_ms=0, answer_by_ms=left)
