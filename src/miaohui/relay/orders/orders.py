"""Orders: everything between a customer's wish and a settled session, from quote to settlement."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from miaohui.relay.directory import people
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.money import orderbook
from miaohui.relay.money.cashier import WATCH_EVERY_MS, Cashier
from miaohui.relay.money.orderbook import OrderRow
from miaohui.relay.money.payments import PaymentOutcome, ProviderDown
from miaohui.relay.orders.announcing import Announcer
from miaohui.relay.orders.checkout import Checkout, open_payment_in, waiting_in
from miaohui.relay.orders.desks import Desks
from miaohui.relay.orders.dispatch import Dispatch, QueueEffects, Waiting
from miaohui.relay.orders.extending import Extending
from miaohui.relay.orders.outlook import Outlook
from miaohui.relay.orders.plans import PlanRegister
from miaohui.relay.orders.queued_messages import QueuedNotes
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.storage import cursors
from miaohui.relay.storage.disk import Disk, DiskState
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.runtime.tasks import Tasks
from miaohui.wire.desk import AcceptOrder, DeclineOrder, GetDesk, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result, Whole
from miaohui.wire.limits import LIST_ITEMS
from miaohui.wire.orders import CancelOrder, GetOrder, ListOrders, Order, OrderState, Pay, Quote
from miaohui.wire.orders import Orders as OrderList
from miaohui.wire.plans import ListPlanOrders, RegisterPlan
from miaohui.wire.sessions import Accepted, Extend, Send

log = logging.getLogger(__name__)
T = TypeVar("T")
QUOTE_SWEEP_S = 30.0
AT_ONCE = 64  # rows of a sweep in one commit
AT_START = 4_096
INSIST_S = 1.0  # between tries at a disk that refuses
S = OrderState


class Ordering:
    """The rooms of ordering put together."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        on_duty: OnDuty,
        cashier: Cashier,
        key: HeldKey,
        *,
        practice: bool,
        disk: Disk | None = None,
        randomness: Randomness = SYSTEM,
    ) -> None:
        self._disk = disk
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._on_duty = on_duty
        self._cashier = cashier
        self._practice = practice
        self.dispatch = Dispatch(on_duty)
        self.desks = Desks(store, push, clock, tasks, on_duty, self.dispatch)
        self.outlook = Outlook(store, clock, on_duty, self.dispatch)
        self._announcer = Announcer(
            store,
            push,
            clock,
            tasks,
            on_duty,
            self.dispatch,
            self.desks,
            self.outlook,
            practice=practice,
        )
        self._checkout = Checkout(
            store, clock, on_duty, cashier, self.outlook, practice=practice, randomness=randomness
        )
        self._extending = Extending(store, clock, tasks, cashier, on_duty.work, practice=practice)
        self._notes = QueuedNotes(store)
        self._plans = PlanRegister(store, clock, key, randomness)
        self._look = asyncio.Event()
        self._replaced: set[str] = set()  # payments that are being called off for another way
        cashier.changed = self.announce

    def bind(self, sessions: SessionRegistry) -> None:
        self.desks.bind(sessions)
        sessions.desk_moved = self._desk_moved
        self._on_duty.bind(sessions, self.dispatch.offered_count, self.dispatch.waiting_count)

    def _desk_moved(self, responder: str) -> None:
        """A colleague's session lies before this responder, or no more: their place with it."""
        self.desks.changed(responder)
        self._look.set()

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            Quote: self._on_quote,
            Pay: self._on_pay,
            CancelOrder: self._on_cancel,
            ListOrders: self._on_list,
            GetOrder: self._on_get,
            Extend: self._on_extend,
            GetDesk: self._on_desk,
            SetPresence: self._on_presence,
            AcceptOrder: self._on_accept,
            DeclineOrder: self._on_decline,
            RegisterPlan: self._plans.on_register,
            ListPlanOrders: self._plans.on_list,
        }

    # --- start -------------------------------------------------------------------------------
    async def start(self) -> None:
        """Takes every order up where it stood."""
        self._on_duty.load(await self._store.read(people.read_all))
        await self._extending.recover()
        # Nobody waits yet: in large pieces.
        while await self._checkout.drop_old_quotes(AT_START):
            pass

        def left_off(conn: sqlite3.Connection) -> tuple[list[OrderRow], list[Waiting]]:
            rows = orderbook.in_states(conn, [S.AWAITING_PAYMENT, S.PAID])
            queued = orderbook.in_states(conn, [S.QUEUED])
            return rows, [waiting_in(conn, row) for row in queued]

        rows, queued = await self._store.read(left_off)
        for waiting in queued:
            self.dispatch.add(waiting)
        pending = await self._store.read(_pending)
        for row in rows:
            if row.state is S.AWAITING_PAYMENT:
                self._collect(pending[row.order_id])
            else:
                await self._enqueue(row.order_id)
        await self._watch_void()
        self._tasks.start(self._run(), "dispatch")
        self._tasks.start(self._sweep(), "quotes")
        self._tasks.start(self.outlook.run(), "outlook")
        self._tasks.start(self._cashier.run(), "refunds")
        self._tasks.start(self._watch_late(), "late payments")

    async def _watch_void(self) -> None:
        """Payments left open by orders that were dropped meanwhile."""
        rows = await self._store.read(
            lambda conn: conn.execute(
                "SELECT p.number FROM payments p JOIN orders o USING (order_id)"
                " WHERE p.kind = 'payment' AND p.state = 'pending' AND o.state = 'void'"
            ).fetchall()
        )
        for (number,) in rows:
            self._tasks.start(self._insist_on_calling_off(number), f"call off {number}")

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(QUOTE_SWEEP_S)
            with contextlib.suppress(StoreFault):  # the next round finds the same ones
                # In pieces of a few milliseconds, so that no commit waits for a sweep.
                while dropped := await self._checkout.drop_old_quotes(AT_ONCE):
                    for order in dropped:
                        self.announce(order)
                while await self._checkout.forget_void(AT_ONCE):
                    pass

    # --- the queue ---------------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            self._look.clear()
            await self.tick()
            now = self._clock.mono()
            at = self.dispatch.next_look(now)
            # Not wait_for: before Python 3.12 it can swallow the cancellation that ends us.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if at is None else max(0.005, (at - now) / 1000)):
                    await self._look.wait()

    async def tick(self) -> None:
        """One look at all queues, with what follows from it."""
        await self._carry_out(self.dispatch.tick(self._clock.mono()))

    async def _insist(self, write: Callable[[], Awaitable[T]]) -> T:
        """Writes until it is on disk, however long that refuses: it was decided in memory."""
        while True:
            try:
                return await write()
            except StoreFault:
                await asyncio.sleep(INSIST_S)

    async def _carry_out(self, effects: QueueEffects) -> None:
        for missed in effects.missed:
            await self._insist(partial(self._checkout.note_missed, missed.order, missed.responder))
        for ending in effects.endings:
            await self._insist(partial(self._checkout.end_unserved, ending.order, ending.to))
            self._cashier.refund_soon()
        for order in effects.orders:
            self.announce(order)
        for responder in effects.desks:
            self.desks.changed(responder)

    async def _enqueue(self, order: str) -> None:
        waiting = await self._insist(lambda: self._checkout.enqueue(order))
        if waiting is not None:
            self.dispatch.add(waiting)
            self.announce(order)

    # --- money coming in ---------------------------------------------------------------------
    def _collect(self, number: str) -> None:
        self._tasks.start(self._collecting(number), f"payment {number}")

    async def _collecting(self, number: str) -> None:
        status = await self._cashier.collect(number)
        if number in self._replaced and status.outcome is PaymentOutcome.FAILED:
            return  # whoever called it off for another way goes on
        row = await self._insist(lambda: self._checkout.book_payment(number, status))
        await self._booked(row)

    async def _call_off(self, number: str) -> None:
        """At once where the provider answers, else for as long as it takes."""
        try:
            status = await self._cashier.stop_payment(number)
        except (ProviderDown, Refused):
            self._tasks.start(self._insist_on_calling_off(number), f"call off {number}")
            return
        await self._booked(await self._checkout.book_payment(number, status))

    async def _insist_on_calling_off(self, number: str) -> None:
        status = await self._cashier.insist_on_stopping(number)
        row = await self._insist(lambda: self._checkout.book_payment(number, status))
        await self._booked(row)

    async def _watch_late(self) -> None:
        """Money that comes after all for what was called off is booked, and goes back."""
        while True:
            await asyncio.sleep(WATCH_EVERY_MS / 1000)
            try:
                await self.look_for_late()
            except (StoreFault, sqlite3.Error):
                log.exception("late payments could not be followed")

    async def look_for_late(self) -> None:
        """One look at the payments that were called off and may have been made all the same."""
        for number, status in await self._cashier.late_ones():
            if await self._extending.late(number, status):
                continue
            await self._booked(await self._checkout.book_payment(number, status))

    async def _booked(self, row: OrderRow) -> None:
        self._cashier.refund_soon()
        self.announce(row.order_id)
        if row.state is S.PAID:
            await self._enqueue(row.order_id)

    # --- requests of customers ---------------------------------------------------------------
    async def _on_quote(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Quote)
        if self._disk is not None:
            self._disk.want(DiskState.NO_ORDERS, "orders")
        return await self._checkout.quote(caller, request)

    async def _on_pay(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Pay)
        if self._disk is not None:
            self._disk.want(DiskState.NO_ORDERS, "orders")
        instead = await self._checkout.open_payment(caller, request)
        if instead is None:
            order, number = await self._checkout.pay(caller, request)
            if number is not None:
                self._collect(number)
            return order
        return await self._pay_another_way(caller, request, instead)

    async def _pay_another_way(self, caller: Caller, request: Pay, instead: str) -> Order:
        """Calls the first way off, with a last question, before the second is opened."""
        if instead in self._replaced:
            raise Refused(Code.TOO_MANY, "payments", retry_ms=500)
        self._cashier.provider(request.provider)
        self._replaced.add(instead)
        try:
            try:
                status = await self._cashier.stop_payment(instead)
            except ProviderDown:
                raise Refused(Code.PAYMENT_FAILED, "unanswered", retry_ms=2000) from None
            if status.outcome is PaymentOutcome.FAILED:
                try:
                    order, number = await self._checkout.pay(caller, request, instead)
                except Refused:
                    await self._booked(await self._checkout.book_payment(instead, status))
                    raise
                if number is not None:
                    self._collect(number)
                self.announce(request.order)
                return order
            await self._booked(await self._checkout.book_payment(instead, status))
            return await self._own(caller, request.order)
        finally:
            self._replaced.discard(instead)

    async def _on_cancel(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, CancelOrder)
        order = await self._checkout.cancel(caller, request)
        self._cashier.refund_soon()
        waiting = self.dispatch.remove(request.order)
        if waiting is not None:
            self._announcer.queue_behind(waiting.shop)
            if waiting.offered_to is not None:
                self.desks.changed(waiting.offered_to)
            self._look.set()
        elif order.state is S.VOID and order.payment is not None:
            pending = await self._store.read(lambda conn: open_payment_in(conn, request.order))
            if pending is not None:
                await self._call_off(pending)
        self.announce(request.order)
        return order

    async def _on_get(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetOrder)
        return await self._own(caller, request.order)

    async def _own(self, caller: Caller, order: str) -> Order:
        def job(conn: sqlite3.Connection) -> Order:
            row = orderbook.get_own(conn, order, caller.account)
            return orderbook.view(conn, row, practice=self._practice)

        return self._announcer.decorated(await self._store.read(job))

    async def _on_list(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, ListOrders)
        limit = max(1, min(request.limit, LIST_ITEMS))
        before = None if request.cursor is None else cursors.read(request.cursor, tuple[Whole, str])

        def job(conn: sqlite3.Connection) -> tuple[list[Order], str | None]:
            rows = orderbook.newest_of(conn, caller.account, before, limit + 1)
            views = [orderbook.view(conn, row, practice=self._practice) for row in rows[:limit]]
            last = rows[limit - 1] if len(rows) > limit else None
            return views, cursors.cursor(last.created_ms, last.order_id) if last else None

        views, cursor = await self._store.read(job)
        return OrderList(orders=[self._announcer.decorated(view) for view in views], cursor=cursor)

    async def _on_extend(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Extend)
        # It outlives the connection: money is on its way.
        outcome = await asyncio.shield(
            self._tasks.start(self._extend(caller, request), "extension")
        )
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    async def _extend(self, caller: Caller, request: Extend) -> Result | Refused:
        try:
            answer, order = await self._extending.extend(self.desks.sessions, caller, request)
        except Refused as refused:
            return refused
        except StoreFault:
            return Refused(Code.RELAY_FAULT)
        self.announce(order)
        return answer

    async def queue_message(self, caller: Caller, send: Send) -> Accepted | str | None:
        """Keeps a message for the opening: it becomes an ask at t = 0."""
        return await self._notes.keep(caller, send)

    # --- requests of responders --------------------------------------------------------------
    async def _on_desk(self, caller: Caller, request: Request) -> Result:
        self._look.set()  # somebody came online
        return await self.desks.desk(caller.account)

    async def _on_presence(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, SetPresence)
        done = await self.desks.set_presence(caller, request)
        self._look.set()
        return done

    async def _on_accept(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, AcceptOrder)
        opened = await self.desks.accept(caller, request)
        self.announce(request.order)
        if caller.shop is not None:
            self._announcer.queue_behind(caller.shop)
        self._look.set()
        return opened

    async def _on_decline(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, DeclineOrder)
        done, effects = await self.desks.decline(caller, request)
        if effects is not None:
            await self._carry_out(effects)
        self._look.set()
        return done

    async def hear_of_payment(self, provider: str, trade: str) -> None:
        """A provider's notice: the next question comes at once, and nothing more is believed."""
        row = await self._store.read(
            lambda conn: conn.execute(
                "SELECT number, state FROM payments WHERE provider = ? AND trade = ?",
                (provider, trade),
            ).fetchone()
        )
        if row is not None:
            self._cashier.hint(row[0])
            if row[1] == "failed":
                await self.look_for_late()

    async def ask_again(self, number: str) -> None:
        """The host wants to know now: whatever is open of a payment is asked at once, and one that
        was called off once more."""

        def job(conn: sqlite3.Connection) -> int:
            conn.execute("UPDATE refunds SET next_ask_ms = 0 WHERE payment = ?", (number,))
            return conn.execute(
                "UPDATE payments SET watch_until_ms = ifnull(watch_until_ms, 0)"
                " WHERE number = ? AND state = 'failed'",
                (number,),
            ).rowcount

        failed = await self._store.write(job)
        self._cashier.hint(number)
        if failed:
            await self.look_for_late()

    def announce(self, order: str) -> None:
        self._cashier.refund_soon()
        self._announcer.order(order)
        self._look.set()


def _pending(conn: sqlite3.Connection) -> dict[str, str]:
    """Order → its payment that is not decided."""
    return dict(
        conn.execute(
            "SELECT order_id, number FROM payments WHERE kind = 'payment' AND state = 'pending'"
        ).fetchall()
    )
