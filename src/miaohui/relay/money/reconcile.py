"""Providers' daily bills against this relay's rows, both ways: what differs is told, never mended."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import cast

from miaohui.relay.money.accounts import BEIJING, beijing
from miaohui.relay.money.cashier import LATE_REFUND_MS, REPLACED_AT_MOST
from miaohui.relay.money.payments import (
    Billing,
    BillKind,
    BillRow,
    PaymentProvider,
    ProviderDown,
)
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock

log = logging.getLogger(__name__)
LOOK_S = 600.0
BILLS_AT_MINUTE = 10 * 60 + 30  # after ten in the morning in Beijing, says WeChat


@dataclass(frozen=True, slots=True)
class BookDifference:
    """``what``: "unknown here", "other sum", "not paid here", "missing in the bill"."""

    trade: str
    what: str
    ours_fen: int | None
    bill_fen: int | None


def day_bounds_ms(day: str) -> tuple[int, int]:
    """A day of Beijing's; ValueError where it is none."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), BEIJING)
    first = round(start.timestamp() * 1000)
    return first, first + 86_400_000


def compare_in(
    conn: sqlite3.Connection, provider: str, day: str, rows: Iterable[BillRow], now_ms: int
) -> list[BookDifference]:
    """Keeps and returns what a day's bill and our rows do not agree on."""
    billed = {(row.kind, row.trade): row.fen for row in rows}
    found = [*_unlike(conn, provider, billed), *_missing(conn, provider, day, billed)]
    conn.execute("DELETE FROM bill_differences WHERE provider = ? AND day = ?", (provider, day))
    conn.executemany(
        "INSERT OR REPLACE INTO bill_differences VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (provider, day, each.trade, each.what, each.ours_fen, each.bill_fen, now_ms)
            for each in found
        ],
    )
    conn.execute(
        "INSERT OR REPLACE INTO bills VALUES (?, ?, ?, ?)", (provider, day, len(billed), now_ms)
    )
    return found


def _unlike(
    conn: sqlite3.Connection, provider: str, billed: dict[tuple[BillKind, str], int]
) -> Iterable[BookDifference]:
    for (kind, trade), fen in billed.items():
        if kind is BillKind.PAYMENT:
            row = conn.execute(
                "SELECT fen, state IN ('succeeded', 'refunded') FROM payments"
                " WHERE provider = ? AND trade = ?",
                (provider, trade),
            ).fetchone()
        else:
            row = conn.execute(
                "SELECT r.fen, r.state <> 'pending' FROM refunds r JOIN payments p"
                " ON p.number = r.payment WHERE p.provider = ? AND r.trade = ?",
                (provider, trade),
            ).fetchone()
        if row is None:
            yield BookDifference(trade, "unknown here", None, fen)
        elif row[0] != fen:
            yield BookDifference(trade, "other sum", row[0], fen)
        elif not row[1]:
            yield BookDifference(trade, "not paid here", row[0], fen)


def _missing(
    conn: sqlite3.Connection, provider: str, day: str, billed: dict[tuple[BillKind, str], int]
) -> Iterable[BookDifference]:
    first, after = day_bounds_ms(day)
    paid = conn.execute(
        "SELECT trade, fen FROM payments WHERE provider = ? AND paid_ms >= ? AND paid_ms < ?"
        " AND state IN ('succeeded', 'refunded')",
        (provider, first, after),
    ).fetchall()
    back = conn.execute(
        "SELECT r.trade, r.fen FROM refunds r JOIN payments p ON p.number = r.payment"
        " WHERE p.provider = ? AND r.state = 'done' AND p.state = 'succeeded'"
        # What crossed midnight stands in either day's bill.
        " AND r.created_ms >= ? AND r.done_ms < ?",
        (provider, first, after),
    ).fetchall()
    for kind, rows in ((BillKind.PAYMENT, paid), (BillKind.REFUND, back)):
        for trade, fen in rows:
            if (kind, trade) not in billed:
                yield BookDifference(trade, "missing in the bill", fen, None)


def alarms_in(conn: sqlite3.Connection, now_ms: int) -> list[str]:
    """What a host has to look at, a sentence each."""
    found = []
    (late,) = conn.execute(
        "SELECT count(*) FROM refunds WHERE state NOT IN ('done', 'closed') AND created_ms < ?",
        (now_ms - LATE_REFUND_MS,),
    ).fetchone()
    if late:
        found.append(f"{late} refunds are older than an hour")
    (poor,) = conn.execute(
        "SELECT count(*) FROM refunds WHERE state = 'pending' AND answer <> '' AND asks > 0"
    ).fetchone()
    if poor:
        found.append(f"{poor} refunds wait: the shop's balance at its provider may be too small")
    (stuck,) = conn.execute("SELECT count(*) FROM refunds WHERE state = 'abnormal'").fetchone()
    if stuck:
        found.append(f"{stuck} refunds cannot reach their payers: the shop has to help")
    (shut,) = conn.execute(
        "SELECT count(*) FROM (SELECT payment FROM refunds GROUP BY payment"
        " HAVING sum(state = 'closed') > ? AND sum(state NOT IN ('done', 'closed')) > 0)",
        (REPLACED_AT_MOST,),
    ).fetchone()
    if shut:
        found.append(f"{shut} refunds were closed by their provider again and again")
    (unlike,) = conn.execute("SELECT count(*) FROM bill_differences").fetchone()
    if unlike:
        found.append(f"{unlike} differences between bills and this relay's rows")
    return found


class Reconciler:
    """Fetches each day's bills once, in the morning after, and says what is wrong."""

    def __init__(self, store: Store, providers: Sequence[PaymentProvider], clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._billing = {each.name: each for each in providers if hasattr(each, "bill")}

    async def reconcile(self, day: str) -> int:
        """How many differences all providers' bills of a day have; a provider that does not answer
        is asked again with the next look."""
        count = 0
        for name, provider in self._billing.items():
            try:
                rows = await cast(Billing, provider).bill(day)
            except (ProviderDown, Refused, ValueError, KeyError) as error:
                log.error("the bill of %s for %s: %s", name, day, type(error).__name__)
                continue
            now = self._clock.utc_ms()
            job = partial(compare_in, provider=name, day=day, rows=rows, now_ms=now)
            found = await self._store.write(job)
            for each in found:
                log.error("bill of %s for %s: %s %s", name, day, each.trade, each.what)
            count += len(found)
        return count

    async def look(self) -> None:
        """Yesterday's bills, where they are to be had and were not fetched."""
        here = beijing(self._clock.utc_ms())
        if not self._billing or here.hour * 60 + here.minute < BILLS_AT_MINUTE:
            return
        day = (here.date() - timedelta(days=1)).isoformat()
        known = await self._store.read(
            lambda conn: {
                name for (name,) in conn.execute("SELECT provider FROM bills WHERE day = ?", (day,))
            }
        )
        if set(self._billing) - known:
            await self.reconcile(day)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
                for sentence in await self._store.read(
                    lambda conn: alarms_in(conn, self._clock.utc_ms())
                ):
                    log.error("payments: %s", sentence)
            except (sqlite3.Error, StoreFault):
                log.exception("bills could not be compared")
            await asyncio.sleep(LOOK_S)
