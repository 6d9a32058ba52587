"""A customer's balance, spending and own limits; the limits are the relay's to enforce."""

import sqlite3
from datetime import UTC, datetime, timedelta

from miaohui.relay.money import ledger
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.wire.accounts import Done, GetWallet, SetLimits, Wallet
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

DEFAULT_OFFSET_MIN = 480
MOST_OFFSET_MIN = 14 * 60
Row = tuple[int | None, int | None, int | None, int]


def _limits(conn: sqlite3.Connection, account: str) -> Row:
    row = conn.execute(
        "SELECT month_fen, quiet_from, quiet_to, utc_offset_min FROM own_limits WHERE account = ?",
        (account,),
    ).fetchone()
    return row or (None, None, None, DEFAULT_OFFSET_MIN)


def _local(now_ms: int, offset_min: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC) + timedelta(minutes=offset_min)


def month_start_ms(now_ms: int, offset_min: int) -> int:
    """The beginning of the calendar month where the customer is, in ms."""
    first = _local(now_ms, offset_min).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return round((first - timedelta(minutes=offset_min)).timestamp() * 1000)


def is_quiet(hour: int, quiet_from: int | None, quiet_to: int | None) -> bool:
    """True in an hour in which nothing can be bought; "22 to 7" goes over midnight."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return False
    if quiet_from < quiet_to:
        return quiet_from <= hour < quiet_to
    return hour >= quiet_from or hour < quiet_to


def check_in(conn: sqlite3.Connection, customer: str, fen: int, now_ms: int) -> None:
    """Refused(LIMIT_REACHED) where the customer's own limits forbid spending ``fen`` now. What
    is being paid at this moment counts as spent."""
    month_fen, quiet_from, quiet_to, offset = _limits(conn, customer)
    if is_quiet(_local(now_ms, offset).hour, quiet_from, quiet_to):
        raise Refused(Code.LIMIT_REACHED, "quiet_hours")
    if month_fen is None:
        return
    spent = ledger.spent_since_in(conn, customer, month_start_ms(now_ms, offset))
    under_way = conn.execute(
        "SELECT ifnull(sum(fen), 0) FROM payments"
        " WHERE customer = ? AND booked = 0 AND state <> 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment = payments.number)",
        (customer,),
    ).fetchone()[0]
    if spent + int(under_way) + fen > month_fen:
        raise Refused(Code.LIMIT_REACHED, "month_fen")


class Wallets:
    """The requests of customers about money."""

    def __init__(self, store: Store, clock: Clock, *, practice: bool) -> None:
        self._store = store
        self._clock = clock
        self._practice = practice

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetWallet: self._get, SetLimits: self._set}

    async def _get(self, caller: Caller, request: Request) -> Result:
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Wallet:
            month_fen, quiet_from, quiet_to, offset = _limits(conn, caller.account)
            return Wallet(
                balance_fen=ledger.balance_in(conn, ledger.customer_book(caller.account)),
                spent_month_fen=ledger.spent_since_in(
                    conn, caller.account, month_start_ms(now, offset)
                ),
                month_fen=month_fen,
                quiet_from=quiet_from,
                quiet_to=quiet_to,
                practice=self._practice,
            )

        return await self._store.read(job)

    async def _set(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, SetLimits)
        hours = (request.quiet_from, request.quiet_to)
        if (
            (request.month_fen is not None and not 0 <= request.month_fen <= 10**12)
            or any(hour is not None and not 0 <= hour <= 23 for hour in hours)
            or (hours[0] is None) != (hours[1] is None)
            or abs(request.utc_offset_min) > MOST_OFFSET_MIN
        ):
            raise Refused(Code.NOT_ALLOWED, "limits")

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            conn.execute(
                "INSERT OR REPLACE INTO own_limits"
                " (account, month_fen, quiet_from, quiet_to, utc_offset_min)"
                " VALUES (?, ?, ?, ?, ?)",
                (caller.account, request.month_fen, *hours, request.utc_offset_min),
            )
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        return await self._store.write(job)
