"""A customer's balance, spending and own limits; the limits are the relay's to enforce."""

import sqlite3
from collections.abc import Callable
from typing import Literal

from msgspec import structs

from miaohui.relay.money import ledger, own_limits
from miaohui.relay.money.own_limits import Caps, OwnLimits
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.accounts import (
    DeclareAge,
    Done,
    GetWallet,
    SetLimits,
    StopBuying,
    Wallet,
    WantedLimits,
)
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

MOST_OFFSET_MIN = 14 * 60
MOST_FEN = 10**12
MOST_MINUTES = 24 * 60

Age = Literal["adult", "minor"]


def age_in(conn: sqlite3.Connection, account: str) -> Age | None:
    row = conn.execute("SELECT age FROM accounts WHERE account = ?", (account,)).fetchone()
    return None if row is None else row[0]


def _check_age_in(conn: sqlite3.Connection, customer: str, *, practice: bool) -> None:
    """Nothing is sold to a minor; for real money, to nobody who has not said that they are none."""
    age = age_in(conn, customer)
    if age == "minor":
        raise Refused(Code.NOT_ALLOWED, "minor")
    if age is None and not practice:
        raise Refused(Code.NOT_ALLOWED, "age")


def _under_way_in(conn: sqlite3.Connection, customer: str) -> int:
    return int(
        conn.execute(
            "SELECT ifnull(sum(fen), 0) FROM payments"
            " WHERE customer = ? AND booked = 0 AND state <> 'failed'"
            " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment = payments.number)",
            (customer,),
        ).fetchone()[0]
    )


def bought_in(conn: sqlite3.Connection, customer: str, from_ms: int, to_ms: int) -> tuple[int, int]:
    """(sessions, minutes) of the orders made in this stretch that were served or still wait."""
    count, minutes = conn.execute(
        "SELECT count(*), ifnull(sum(minutes + extended_minutes), 0) FROM orders"
        " WHERE customer = ? AND created_ms >= ? AND created_ms < ?"
        " AND state IN ('awaiting_payment', 'paid', 'queued', 'open', 'closing', 'closed', 'settled')",
        (customer, from_ms, to_ms),
    ).fetchone()
    return int(count), int(minutes)


def check_in(
    conn: sqlite3.Connection,
    customer: str,
    fen: int,
    minutes: int,
    now_ms: int,
    *,
    practice: bool,
) -> None:
    """Refused(LIMIT_REACHED) where the customer's own limits forbid spending ``fen`` for so many
    minutes now. What is being paid at this moment counts as spent."""
    _check_age_in(conn, customer, practice=practice)
    limits = own_limits.of_in(conn, customer, now_ms)
    caps, place = limits.caps, limits.caps.place
    if limits.stopped_ms is not None:
        raise Refused(Code.LIMIT_REACHED, "stopped", retry_ms=limits.stopped_ms - now_ms)
    if own_limits.is_quiet(own_limits.local(now_ms, place).hour, caps.quiet_from, caps.quiet_to):
        raise Refused(Code.LIMIT_REACHED, "quiet_hours")
    if caps.purchase_fen is not None and fen > caps.purchase_fen:
        raise Refused(Code.LIMIT_REACHED, "purchase_fen")
    day = own_limits.day_start_ms(now_ms, place)
    if caps.day_minutes is not None:
        _, bought = bought_in(conn, customer, day, now_ms + 1)
        if bought + minutes > caps.day_minutes:
            raise Refused(Code.LIMIT_REACHED, "day_minutes")
    for name, most, since in (
        ("day_fen", caps.day_fen, day),
        ("month_fen", caps.month_fen, own_limits.month_start_ms(now_ms, place)),
    ):
        if most is None:
            continue
        spent = ledger.spent_since_in(conn, customer, since) + _under_way_in(conn, customer)
        if spent + fen > most:
            raise Refused(Code.LIMIT_REACHED, name)


def _caps_of(request: SetLimits) -> Caps:
    """Refused where a value is out of bounds."""
    caps = Caps(**{name: getattr(request, name) for name in Caps.__struct_fields__})
    hours = (caps.quiet_from, caps.quiet_to)
    sums = (caps.purchase_fen, caps.day_fen, caps.month_fen)
    if (
        any(each is not None and not 0 <= each <= MOST_FEN for each in sums)
        or (caps.day_minutes is not None and not 0 <= caps.day_minutes <= MOST_MINUTES)
        or any(hour is not None and not 0 <= hour <= 23 for hour in hours)
        or (hours[0] is None) != (hours[1] is None)
        or abs(caps.utc_offset_min) > MOST_OFFSET_MIN
    ):
        raise Refused(Code.NOT_ALLOWED, "limits")
    if caps.zone is not None and own_limits.zone_of(caps.zone) is None:
        raise Refused(Code.NOT_ALLOWED, "zone")
    return caps


def _wanted_view(limits: OwnLimits) -> WantedLimits | None:
    if limits.wanted is None or limits.wanted_ms is None:
        return None
    values = structs.asdict(limits.wanted)
    values.pop("utc_offset_min")
    return WantedLimits(from_utc=rfc3339(limits.wanted_ms), **values)


class Wallets:
    """The requests of customers about money."""

    def __init__(self, store: Store, clock: Clock, *, practice: bool) -> None:
        self._store = store
        self._clock = clock
        self._practice = practice

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            GetWallet: self._get,
            SetLimits: self._set,
            StopBuying: self._stop,
            DeclareAge: self._declare,
        }

    async def _get(self, caller: Caller, request: Request) -> Result:
        now, account = self._clock.utc_ms(), caller.account

        def job(conn: sqlite3.Connection) -> Wallet:
            limits = own_limits.of_in(conn, account, now)
            caps, place = limits.caps, limits.caps.place
            day = own_limits.day_start_ms(now, place)
            month = own_limits.month_start_ms(now, place)
            before = own_limits.month_start_ms(month - 1, place)
            sessions, minutes = bought_in(conn, account, before, month)
            return Wallet(
                balance_fen=ledger.balance_in(conn, ledger.customer_book(account)),
                spent_month_fen=ledger.spent_since_in(conn, account, month),
                spent_day_fen=ledger.spent_since_in(conn, account, day),
                minutes_day=bought_in(conn, account, day, now + 1)[1],
                last_month_fen=ledger.spent_since_in(conn, account, before, month),
                last_month_sessions=sessions,
                last_month_minutes=minutes,
                purchase_fen=caps.purchase_fen,
                day_fen=caps.day_fen,
                month_fen=caps.month_fen,
                day_minutes=caps.day_minutes,
                quiet_from=caps.quiet_from,
                quiet_to=caps.quiet_to,
                zone=caps.zone,
                wanted=_wanted_view(limits),
                stopped_until_utc=None if limits.stopped_ms is None else rfc3339(limits.stopped_ms),
                age=age_in(conn, account),
                practice=self._practice,
            )

        return await self._store.read(job)

    async def _set(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, SetLimits)
        caps, now = _caps_of(request), self._clock.utc_ms()

        def change(conn: sqlite3.Connection) -> None:
            own_limits.set_in(conn, caller.account, caps, now)

        return await self._once(caller, request, change)

    async def _stop(self, caller: Caller, request: Request) -> Result:
        now = self._clock.utc_ms()

        def change(conn: sqlite3.Connection) -> None:
            own_limits.stop_in(conn, caller.account, now)

        return await self._once(caller, request, change)

    async def _declare(self, caller: Caller, request: Request) -> Result:
        """Who is known to be a minor stays one, whatever they say."""
        assert isinstance(request, DeclareAge)
        age, now = "adult" if request.adult else "minor", self._clock.utc_ms()

        def change(conn: sqlite3.Connection) -> None:
            if age_in(conn, caller.account) == "minor":
                raise Refused(Code.NOT_ALLOWED, "minor")
            conn.execute(
                "UPDATE accounts SET age = ?, age_ms = ? WHERE account = ?",
                (age, now, caller.account),
            )

        return await self._once(caller, request, change)

    async def _once(
        self, caller: Caller, request: Request, change: Callable[[sqlite3.Connection], None]
    ) -> Result:
        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            change(conn)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        return await self._store.write(job)
