"""Talks with payment providers: creates what is to be paid, asks until it knows, pays back."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from weakref import WeakValueDictionary

from miaohui.relay.money import orderbook
from miaohui.relay.money.payments import (
    Intent,
    PaymentOutcome,
    PaymentProvider,
    ProviderDown,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.wire.errors import Code

log = logging.getLogger(__name__)
FIRST_ASK_S = 0.05
LONGEST_ASK_S = 5.0
OFTEN_MS = 2 * 60_000  # so long somebody is likely to stand before the code
SELDOM_ASK_S = 20.0  # afterwards; a notice asks at once
UNANSWERED_AFTER = 2  # misses in a row, then the customer is told
WATCH_MS = 10 * 60_000  # past its end, a payment that was called off is still asked after
WATCH_EVERY_MS = 60_000
# From one question about a refund to the next: what the providers ask for.
REFUND_ASKS_MS = (20_000, *(60_000,) * 5, 300_000, 600_000, 1_200_000, 1_800_000)
WAITING_MS = 600_000  # until a refund is tried again that the shop's balance does not cover
ABNORMAL_MS = 3_600_000
REPLACED_AT_MOST = 3  # so often a refund that its provider closed is asked for anew at once
LATE_REFUND_MS = 3_600_000


class Cashier:
    """The providers by name. What it learns of payments is written by its callers, with the
    order; what it learns of refunds it writes itself. ``changed`` hears of an order of which there
    is something new to show."""

    def __init__(
        self, store: Store, providers: Iterable[PaymentProvider], clock: Clock | None = None
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._providers = {provider.name: provider for provider in providers}
        self._refunds = asyncio.Event()
        # By payment: it is not called off between the look at its order and its creation.
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._hints: dict[str, asyncio.Event] = {}
        self.changed: Callable[[str], None] = lambda order: None

    def provider(self, name: str) -> PaymentProvider:
        """Refused(PAYMENT_FAILED) where this relay has no such provider."""
        found = self._providers.get(name)
        if found is None:
            raise Refused(Code.PAYMENT_FAILED, "provider")
        return found

    def ways(self, shop: str) -> list[str]:
        """The providers by which a shop can be paid, in the host's order."""
        return [name for name, each in self._providers.items() if each.serves(shop)]

    # --- paying ------------------------------------------------------------------------------
    async def collect(self, number: str) -> Status:
        """Has a noted payment made, and waits for as long as the provider leaves it open. A
        provider that is down decides nothing: it is asked again."""
        provider, intent, order = await self._intent(number)
        hint = self._hints.setdefault(number, asyncio.Event())
        pause, misses, began = FIRST_ASK_S, 0, self._clock.utc_ms()
        created = False
        try:
            while True:
                hint.clear()
                try:
                    if not created:
                        async with self._lock(number):
                            if not await self._store.read(lambda conn: _wanted(conn, number)):
                                return await provider.cancel(intent)
                            made = await provider.create(intent)
                            # Before anybody can call it off: what was shown is asked after.
                            if made.qr is not None:
                                await self._note(number, order, "qr", made.qr)
                        created = True
                    decided = await self._store.read(lambda conn: _decided(conn, number))
                    if decided is not None:
                        return decided  # by who called it off: nothing is asked any more
                    status = await provider.poll(intent)
                    if misses >= UNANSWERED_AFTER:
                        await self._note(number, order, "unanswered", 0)
                    misses = 0
                    if status.outcome is PaymentOutcome.ABSENT:
                        created = False  # the creation was lost on its way
                    elif status.outcome is not PaymentOutcome.PENDING:
                        return status
                    if self._clock.utc_ms() >= intent.expires_ms or not await self._store.read(
                        lambda conn: _wanted(conn, number)
                    ):
                        return await self.stop_payment(number)
                except ProviderDown:
                    log.warning("payment provider %s is down", provider.name)
                    misses += 1
                    if misses == UNANSWERED_AFTER:
                        await self._note(number, order, "unanswered", 1)
                except Refused as refused:
                    # A fault of ours, or of the settings: nobody can pay this.
                    log.error("%s refused payment %s: %s", provider.name, number, refused.detail)
                    created = True
                    intent = _over(intent)
                except sqlite3.Error:
                    log.exception("payment %s could not be followed", number)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await hint.wait()
                pause = min(pause * 1.5, LONGEST_ASK_S)
                if self._clock.utc_ms() - began > OFTEN_MS:
                    pause = SELDOM_ASK_S
        finally:
            self._hints.pop(number, None)

    async def stop_payment(self, number: str) -> Status:
        """No money from now on; the answer says whether it was paid already. ProviderDown where
        that is not known."""
        provider, intent, _ = await self._intent(number)
        async with self._lock(number):
            status = await provider.cancel(intent)
        if status.outcome is PaymentOutcome.PENDING:
            raise ProviderDown
        if status.outcome is PaymentOutcome.ABSENT:
            return Status(PaymentOutcome.FAILED, 0, answer=status.answer)
        return status

    async def insist_on_stopping(self, number: str) -> Status:
        """``stop_payment``, for as long as the provider does not answer."""
        pause = FIRST_ASK_S
        while True:
            try:
                return await self.stop_payment(number)
            except ProviderDown:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_ASK_S)

    async def look(self, number: str) -> Status:
        """The provider's word just now; ProviderDown."""
        provider, intent, _ = await self._intent(number)
        return await provider.poll(intent)

    def hint(self, number: str) -> None:
        """Something may have happened: the next question comes at once."""
        waiting = self._hints.get(number)
        if waiting is not None:
            waiting.set()
        self._refunds.set()

    async def late_ones(self) -> list[tuple[str, Status]]:
        """Payments that were called off and succeeded all the same; each is asked after until
        some time past its end."""
        now = self._clock.utc_ms()
        rows = await self._store.read(
            lambda conn: conn.execute(
                "SELECT number FROM payments WHERE state = 'failed' AND watch_until_ms IS NOT NULL"
            ).fetchall()
        )
        found = []
        for (number,) in rows:
            try:
                status = await self.look(number)
            except (ProviderDown, Refused):
                continue
            if status.outcome in (PaymentOutcome.SUCCEEDED, PaymentOutcome.REFUNDED):
                found.append((number, status))
                continue
            await self._store.write(partial(_unwatch_in, number=number, now_ms=now))
        return found

    async def _intent(self, number: str) -> tuple[PaymentProvider, Intent, str]:
        return await self._store.read(lambda conn: self._intent_in(conn, number))

    def _intent_in(
        self, conn: sqlite3.Connection, number: str
    ) -> tuple[PaymentProvider, Intent, str]:
        provider, payer, fen, order, expires, shop, name = conn.execute(
            "SELECT p.provider, p.customer, p.fen, p.order_id, p.expires_ms, o.shop, s.name"
            " FROM payments p JOIN orders o USING (order_id) LEFT JOIN shops s ON s.shop = o.shop"
            " WHERE p.number = ?",
            (number,),
        ).fetchone()
        intent = Intent(number, payer, fen, name or shop, shop, expires)
        return self.provider(provider), intent, order

    def _lock(self, number: str) -> asyncio.Lock:
        return self._making.setdefault(number, asyncio.Lock())

    async def _note(self, number: str, order: str, column: str, value: object) -> None:
        """Something new to show: a version of its own."""

        def job(conn: sqlite3.Connection) -> int:
            changed = conn.execute(
                f"UPDATE payments SET {column} = ? WHERE number = ? AND {column} IS NOT ?",
                (value, number, value),
            ).rowcount
            if changed:
                orderbook.change_in(conn, orderbook.get(conn, order))
            return changed

        if await self._store.write(job):
            self.changed(order)

    # --- paying back -------------------------------------------------------------------------
    def refund_soon(self) -> None:
        """There may be refunds noted: after every commit that noted one."""
        self._refunds.set()

    async def refund_all(self) -> bool:
        """Pays back what is noted and asks after what is on its way; False where a provider did
        not answer."""
        now = self._clock.utc_ms()
        rows = await self._store.read(
            lambda conn: [(row, self._intent_in(conn, row[1])) for row in _open_refunds(conn, now)]
        )
        whole = True
        for (number, _, fen, state, asks), (provider, intent, order) in rows:
            repayment = Repayment(number, intent, fen)
            try:
                if state == RefundState.PENDING:
                    status = await provider.refund(repayment)
                else:
                    status = await provider.poll_refund(repayment)
            except ProviderDown:
                whole = False
                continue
            except Refused:
                # A wrong sum is a fault of ours: it stays noted, loudly, and blocks no other.
                log.error("refund %s was refused by %s", number, provider.name)
                continue
            at = self._clock.utc_ms()
            if await self._store.write(
                partial(
                    _book_refund_in,
                    number=number,
                    status=status,
                    asks=asks,
                    now_ms=at,
                    order=order,
                )
            ):
                self.changed(order)
        return whole

    async def run(self) -> None:
        """Pays back whenever something is noted, and again while a provider is down."""
        while True:
            self._refunds.clear()
            try:
                whole = await self.refund_all()
                due = await self._store.read(_next_refund)
            except sqlite3.Error:
                log.exception("refunds could not be read")
                whole, due = False, None
            if not whole:
                await asyncio.sleep(LONGEST_ASK_S)
                continue
            wait = None if due is None else max(1.0, (due - self._clock.utc_ms()) / 1000)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._refunds.wait()


def _decided(conn: sqlite3.Connection, number: str) -> Status | None:
    """What was booked of a payment; None while nothing was."""
    state, fen = conn.execute(
        "SELECT state, fen FROM payments WHERE number = ?", (number,)
    ).fetchone()
    return None if state == "pending" else Status(PaymentOutcome(state), fen)


def _unwatch_in(conn: sqlite3.Connection, *, number: str, now_ms: int) -> int:
    """Only an answer from after a payment's end ends the watch over it."""
    return conn.execute(
        "UPDATE payments SET watch_until_ms = NULL WHERE number = ? AND watch_until_ms <= ?",
        (number, now_ms),
    ).rowcount


def _over(intent: Intent) -> Intent:
    return Intent(intent.number, intent.payer, intent.fen, intent.subject, intent.shop, 0)


def _wanted(conn: sqlite3.Connection, number: str) -> bool:
    """True while a payment's order stands: who left it must not be asked for money."""
    found = conn.execute(
        "SELECT 1 FROM payments p JOIN orders o USING (order_id)"
        " WHERE p.number = ? AND p.state <> 'failed' AND o.state <> 'void'",
        (number,),
    ).fetchone()
    return found is not None


def _open_refunds(conn: sqlite3.Connection, now_ms: int) -> list[tuple[str, str, int, str, int]]:
    return conn.execute(
        "SELECT number, payment, fen, state, asks FROM refunds"
        " WHERE state NOT IN ('done', 'closed') AND next_ask_ms <= ? ORDER BY number",
        (now_ms,),
    ).fetchall()


def _next_refund(conn: sqlite3.Connection) -> int | None:
    """When the next question is due; one that was refused waits for a reason to try again."""
    (due,) = conn.execute(
        "SELECT min(next_ask_ms) FROM refunds WHERE state NOT IN ('done', 'closed')"
        " AND next_ask_ms > 0"
    ).fetchone()
    return None if due is None else int(due)


def _book_refund_in(
    conn: sqlite3.Connection,
    *,
    number: str,
    status: RefundStatus,
    asks: int,
    now_ms: int,
    order: str,
) -> bool:
    """Writes how a refund stands; True where there is something new to show. One that was closed
    is asked for anew under the next number, in the same transaction."""
    before, payment, fen = conn.execute(
        "SELECT state, payment, fen FROM refunds WHERE number = ?", (number,)
    ).fetchone()
    if before in (RefundState.DONE, RefundState.CLOSED):
        return False
    wait = REFUND_ASKS_MS[min(asks, len(REFUND_ASKS_MS) - 1)]
    if status.state is RefundState.PENDING:
        wait = WAITING_MS
    elif status.state is RefundState.ABNORMAL:
        wait = ABNORMAL_MS
    done = now_ms if status.state is RefundState.DONE else None
    conn.execute(
        "UPDATE refunds SET state = ?, refund_id = ifnull(?, refund_id), answer = ?, asks = ?,"
        " next_ask_ms = ?, done_ms = ? WHERE number = ?",
        (status.state, status.refund_id, status.answer, asks + 1, now_ms + wait, done, number),
    )
    if status.state is RefundState.CLOSED:
        (replaced,) = conn.execute(
            "SELECT count(*) FROM refunds WHERE payment = ? AND state = 'closed'", (payment,)
        ).fetchone()
        orderbook.note_refund_in(conn, payment, fen, now_ms)
        if replaced > REPLACED_AT_MOST:
            # Never given up, but not hammered: the host is told, too.
            log.error("refund %s was closed by its provider: the host has to look", number)
            conn.execute(
                "UPDATE refunds SET next_ask_ms = ? WHERE payment = ? AND state = 'pending'",
                (now_ms + ABNORMAL_MS, payment),
            )
    if status.state == before:
        return False
    if status.state is RefundState.ABNORMAL:
        log.error("refund %s cannot reach its payer: the shop has to help", number)
    orderbook.change_in(conn, orderbook.get(conn, order))
    return True
