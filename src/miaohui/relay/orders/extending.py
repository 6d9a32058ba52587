"""Time bought on top: paid first, then written into the journal together with the money."""

import sqlite3

from miaohui.relay.directory.work import WorkBook
from miaohui.relay.money import orderbook, wallet
from miaohui.relay.money.cashier import Cashier
from miaohui.relay.money.payments import PaymentOutcome, RefundState, Status
from miaohui.relay.orders.checkout import (
    Checkout,
    check_offer_in,
    fail_payment_in,
    note_payment_in,
    succeed_payment_in,
)
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import Extend, Extended

LIVE = (OrderState.OPEN, OrderState.CLOSING)


class Extending:
    """Extensions under way. One cut off by a crash is given back at the next start."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        tasks: Tasks,
        cashier: Cashier,
        work: WorkBook,
        *,
        practice: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._cashier = cashier
        self._practice = practice
        self._work = work
        self._under_way: set[str] = set()

    async def extend(
        self, sessions: SessionRegistry, caller: Caller, request: Extend
    ) -> tuple[Extended, str]:
        """The extension and its order's id; Refused, with nothing charged, where the session
        closed first."""
        number = f"x-{caller.account}-{request.id}"
        if number in self._under_way:
            raise Refused(Code.TOO_MANY, "extend", retry_ms=500)
        self._under_way.add(number)
        try:
            return await self._extend(sessions, caller, request, number)
        finally:
            self._under_way.discard(number)

    async def _extend(
        self, sessions: SessionRegistry, caller: Caller, request: Extend, number: str
    ) -> tuple[Extended, str]:
        provider = self._cashier.provider(request.provider)
        now = self._clock.utc_ms()
        await sessions.get(request.session)
        room = self._room_ms(sessions, request.session)

        def note(conn: sqlite3.Connection) -> tuple[Extended | None, str, int]:
            known = idempotency.known_in(conn, caller, request)
            if isinstance(known, Extended):
                return known, known.order.order, 0
            row = orderbook.of_session(conn, request.session, caller.account)
            if row.state not in LIVE:
                raise Refused(Code.SESSION_CLOSED)
            minutes, _, price, trial = check_offer_in(conn, row.shop, request.offer)
            if trial:
                raise Refused(Code.TRIAL_USED)
            if room is not None and minutes * 60_000 > room:
                raise Refused(Code.NOBODY_FREE, "limits")
            if not provider.serves(row.shop):
                raise Refused(Code.PAYMENT_FAILED, "provider")
            if price != request.price_fen:
                raise Refused(Code.PRICE_CHANGED)
            earlier = conn.execute(
                "SELECT state, EXISTS (SELECT 1 FROM refunds WHERE payment = p.number)"
                " FROM payments p WHERE number = ?",
                (number,),
            ).fetchone()
            if earlier is None:
                wallet.check_in(conn, caller.account, price, minutes, now, practice=self._practice)
                Checkout.check_balance_in(conn, provider.name, caller.account, price)
                note_payment_in(conn, number, row, "extension", provider.name, price, now)
            elif earlier[0] == "failed" or earlier[1]:
                # Its money was refused, or went back already: a new try is a new command.
                raise Refused(Code.PAYMENT_FAILED)
            return None, row.order_id, minutes

        answer, order, minutes = await self._store.write(note)
        if answer is not None:
            return answer, order
        status = await self._cashier.collect(number)
        if status.outcome is not PaymentOutcome.SUCCEEDED or status.fen != request.price_fen:
            await self.call_off(number, status)
            raise Refused(Code.PAYMENT_FAILED)
        paid_ms = self._clock.utc_ms()
        await self._store.write(
            lambda conn: succeed_payment_in(conn, number, status, paid_ms, booked=False)
        )
        charge = orderbook.ExtensionCharge(
            caller, request, number, minutes, self._practice, self._clock.utc_ms()
        )
        try:
            await sessions.extend(request.session, minutes, request.price_fen, charge)
        except Refused:
            await self.call_off(number, status)
            raise
        booked = await self._store.read(lambda conn: idempotency.known_in(conn, caller, request))
        assert isinstance(booked, Extended)
        return booked, order

    def _room_ms(self, sessions: SessionRegistry, session: str) -> int | None:
        """The time that can be bought on top within the limits of whoever answers; None: any."""
        found = sessions.left_of(session)
        if found is None:
            return None
        shop, responder, left = found
        room = self._work.left_of(shop, responder).left_ms
        return None if room is None else room - left

    async def call_off(self, number: str, status: Status) -> None:
        """An extension that did not happen: what was really paid for it goes back."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> None:
            (booked,) = conn.execute(
                "SELECT booked FROM payments WHERE number = ?", (number,)
            ).fetchone()
            back = conn.execute("SELECT 1 FROM refunds WHERE payment = ?", (number,)).fetchone()
            if booked or back:
                return
            if status.outcome in (PaymentOutcome.SUCCEEDED, PaymentOutcome.REFUNDED):
                succeed_payment_in(conn, number, status, now, booked=False)
                if status.fen:
                    returned = status.outcome is PaymentOutcome.REFUNDED
                    state = RefundState.DONE if returned else RefundState.PENDING
                    orderbook.note_refund_in(conn, number, status.fen, now, state=state)
            else:
                fail_payment_in(conn, number, now, status.answer)

        await self._store.write(job)
        self._cashier.refund_soon()

    async def late(self, number: str, status: Status) -> bool:
        """Gives a late payment back that was for an extension; False where it was not."""
        kind = await self._store.read(
            lambda conn: conn.execute(
                "SELECT kind FROM payments WHERE number = ?", (number,)
            ).fetchone()[0]
        )
        if kind != "extension":
            return False
        await self.call_off(number, status)
        return True

    async def recover(self) -> None:
        """Extensions that a crash cut off between payment and journal."""
        rows = await self._store.read(
            lambda conn: conn.execute(
                "SELECT number FROM payments p WHERE kind = 'extension' AND booked = 0"
                " AND state NOT IN ('failed', 'refunded')"
                " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment = p.number)"
            ).fetchall()
        )
        for (number,) in rows:
            self._tasks.start(self._recover(number), f"call off {number}")

    async def _recover(self, number: str) -> None:
        await self.call_off(number, await self._cashier.insist_on_stopping(number))
