"""Talks with payment providers: creates what is to be paid, asks until it knows, pays back."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from weakref import WeakValueDictionary

from miaohui.relay.money.payments import (
    Intent,
    PaymentOutcome,
    PaymentProvider,
    ProviderDown,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.wire.errors import Code

log = logging.getLogger(__name__)
FIRST_ASK_S = 0.05
LONGEST_ASK_S = 5.0


class Cashier:
    """The providers by name. What it learns is written by its callers, with the order."""

    def __init__(self, store: Store, providers: Iterable[PaymentProvider]) -> None:
        self._store = store
        self._providers = {provider.name: provider for provider in providers}
        self._refunds = asyncio.Event()
        # By payment: it is not called off between the look at its order and its creation.
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def provider(self, name: str) -> PaymentProvider:
        """Refused(PAYMENT_FAILED) where this relay has no such provider."""
        found = self._providers.get(name)
        if found is None:
            raise Refused(Code.PAYMENT_FAILED, "provider")
        return found

    async def collect(self, number: str) -> Status:
        """Has a noted payment made, and waits for as long as the provider leaves it open. A
        provider that is down decides nothing: it is asked again."""
        provider_name, payer, fen, order = await self._store.read(
            lambda conn: conn.execute(
                "SELECT provider, customer, fen, order_id FROM payments WHERE number = ?",
                (number,),
            ).fetchone()
        )
        provider = self.provider(provider_name)
        pause = FIRST_ASK_S
        created = False
        while True:
            try:
                if not created:
                    async with self._lock(number):
                        if not await self._store.read(lambda conn: _wanted(conn, number)):
                            return await provider.cancel(number)
                        made = await provider.create(Intent(number, payer, fen, order))
                    created = True
                    if made.qr is not None:
                        await self._note_qr(number, made.qr)
                status = await provider.poll(number)
                if status.outcome is not PaymentOutcome.PENDING:
                    return status
            except ProviderDown:
                log.warning("payment provider %s is down", provider_name)
            except sqlite3.Error:
                log.exception("payment %s could not be followed", number)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_ASK_S)

    async def stop_payment(self, number: str) -> Status:
        """No money from now on; the answer says whether it was paid already."""
        name = await self._store.read(
            lambda conn: conn.execute(
                "SELECT provider FROM payments WHERE number = ?", (number,)
            ).fetchone()[0]
        )
        async with self._lock(number):
            return await self.provider(name).cancel(number)

    def _lock(self, number: str) -> asyncio.Lock:
        return self._making.setdefault(number, asyncio.Lock())

    async def _note_qr(self, number: str, qr: str) -> None:
        await self._store.write(
            lambda conn: (
                conn.execute("UPDATE payments SET qr = ? WHERE number = ?", (qr, number)).rowcount
            )
        )

    # --- paying back -------------------------------------------------------------------------
    def refund_soon(self) -> None:
        """There may be refunds noted: after every commit that noted one."""
        self._refunds.set()

    async def refund_all(self) -> bool:
        """Pays back what is noted; False where a provider did not answer."""
        rows = await self._store.read(_pending_refunds)
        whole = True
        for number, payment, fen, name in rows:
            try:
                await self.provider(name).refund(number, payment, fen)
            except ProviderDown:
                whole = False
                continue
            except Refused:
                # A wrong sum is a fault of ours: it stays noted, loudly, and blocks no other.
                log.error("refund %s was refused by %s", number, name)
                continue
            await self._store.write(_refund_done(number))
        return whole

    async def run(self) -> None:
        """Pays back whenever something is noted, and again while a provider is down."""
        while True:
            self._refunds.clear()
            try:
                whole = await self.refund_all()
            except sqlite3.Error:
                log.exception("refunds could not be read")
                whole = False
            if whole:
                await self._refunds.wait()
            else:
                await asyncio.sleep(LONGEST_ASK_S)


def _wanted(conn: sqlite3.Connection, number: str) -> bool:
    """True while a payment's order stands: who left it must not be asked for money."""
    found = conn.execute(
        "SELECT 1 FROM payments p JOIN orders o USING (order_id)"
        " WHERE p.number = ? AND p.state <> 'failed' AND o.state <> 'void'",
        (number,),
    ).fetchone()
    return found is not None


def _pending_refunds(conn: sqlite3.Connection) -> list[tuple[str, str, int, str]]:
    return conn.execute(
        "SELECT r.number, r.payment, r.fen, p.provider FROM refunds r"
        " JOIN payments p ON p.number = r.payment WHERE r.state = 'pending' ORDER BY r.number"
    ).fetchall()


def _refund_done(number: str) -> Callable[[sqlite3.Connection], int]:
    return lambda conn: (
        conn.execute("UPDATE refunds SET state = 'done' WHERE number = ?", (number,)).rowcount
    )
