"""The practice provider: practice money, but asynchronous and durable like a real one."""

import sqlite3

from miaohui.relay.money import ledger
from miaohui.relay.money.payments import (
    Created,
    Intent,
    PaymentOutcome,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code

TAKES_MS = 150


class PracticeProvider:
    """Decides an intent some time after it was created, when it is asked; its rows survive a
    restart. It pays where the customer's practice balance suffices, less what is promised."""

    name = "practice"

    def __init__(self, store: Store, clock: Clock, *, takes_ms: int = TAKES_MS) -> None:
        self._store = store
        self._clock = clock
        self._takes_ms = takes_ms

    def serves(self, shop: str) -> bool:
        return True

    async def create(self, intent: Intent) -> Created:
        due = self._clock.utc_ms() + self._takes_ms

        def job(conn: sqlite3.Connection) -> Created:
            conn.execute(
                "INSERT OR IGNORE INTO practice_intents (number, payer, fen, state, due_ms)"
                " VALUES (?, ?, ?, 'pending', ?)",
                (intent.number, intent.payer, intent.fen, due),
            )
            fen, payer = conn.execute(
                "SELECT fen, payer FROM practice_intents WHERE number = ?", (intent.number,)
            ).fetchone()
            if (fen, payer) != (intent.fen, intent.payer):
                raise Refused(Code.PAYMENT_FAILED, "number")
            return Created()

        return await self._store.write(job)

    async def poll(self, intent: Intent) -> Status:
        number = intent.number
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Status:
            row = conn.execute(
                "SELECT payer, fen, state, due_ms FROM practice_intents WHERE number = ?",
                (number,),
            ).fetchone()
            if row is None:
                return Status(PaymentOutcome.FAILED, 0)
            payer, fen, state, due = row
            if state != "pending":
                return Status(PaymentOutcome(state), fen)
            # A wall clock set back must not make anybody wait for hours.
            if due - self._takes_ms <= now < due:
                return Status(PaymentOutcome.PENDING, fen)
            outcome = (
                PaymentOutcome.SUCCEEDED
                if fen <= self._left_in(conn, payer)
                else PaymentOutcome.FAILED
            )
            self._set_in(conn, number, outcome)
            return Status(outcome, fen)

        return await self._store.write(job)

    async def cancel(self, intent: Intent) -> Status:
        number = intent.number

        def job(conn: sqlite3.Connection) -> Status:
            row = conn.execute(
                "SELECT fen, state FROM practice_intents WHERE number = ?", (number,)
            ).fetchone()
            if row is None:
                return Status(PaymentOutcome.FAILED, 0)
            fen, state = row
            if state == "pending":
                state = "failed"
                self._set_in(conn, number, PaymentOutcome.FAILED)
            return Status(PaymentOutcome(state), fen)

        return await self._store.write(job)

    async def refund(self, repayment: Repayment) -> RefundStatus:
        number, intent, fen = repayment.number, repayment.intent.number, repayment.fen

        def job(conn: sqlite3.Connection) -> None:
            known = conn.execute(
                "SELECT intent, fen FROM practice_refunds WHERE number = ?", (number,)
            ).fetchone()
            if known is not None:
                if known != (intent, fen):
                    raise Refused(Code.PAYMENT_FAILED, "number")
                return
            paid = conn.execute(
                "SELECT fen FROM practice_intents WHERE number = ? AND state = 'succeeded'",
                (intent,),
            ).fetchone()
            back = conn.execute(
                "SELECT ifnull(sum(fen), 0) FROM practice_refunds WHERE intent = ?", (intent,)
            ).fetchone()
            if paid is None or back[0] + fen > paid[0]:
                raise Refused(Code.PAYMENT_FAILED, "refund")
            conn.execute(
                "INSERT INTO practice_refunds (number, intent, fen) VALUES (?, ?, ?)",
                (number, intent, fen),
            )

        await self._store.write(job)
        return RefundStatus(RefundState.DONE)

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        return await self.refund(repayment)

    @staticmethod
    def _set_in(conn: sqlite3.Connection, number: str, outcome: PaymentOutcome) -> None:
        conn.execute(
            "UPDATE practice_intents SET state = ? WHERE number = ?", (outcome.value, number)
        )

    @staticmethod
    def _left_in(conn: sqlite3.Connection, payer: str) -> int:
        """The balance, less what was promised to orders and is not in the books yet."""
        promised = conn.execute(
            "SELECT ifnull(sum(i.fen), 0) FROM practice_intents i"
            " JOIN payments p ON p.number = i.number"
            " WHERE i.payer = ? AND i.state = 'succeeded' AND p.booked = 0"
            " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment = p.number)",
            (payer,),
        ).fetchone()[0]
        return ledger.balance_in(conn, ledger.customer_book(payer)) - int(promised)
