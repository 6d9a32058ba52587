"""What a shop took: payments and refunds at its providers, and what of it is earned."""

import sqlite3
from datetime import date

from miaohui.relay.directory.statistics import DAY_MS
from miaohui.relay.money import ledger
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops import day
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage import cursors
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import rfc3339, within_years
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result, Whole
from miaohui.wire.owner import GetShopMoney, MoneyLine, ProviderSums, ShopMoney

LINES = 200  # on one page
MOST_DAYS = 366
_EPOCH = date(1970, 1, 1)
# Both kinds of line in one shape; a payment that failed moved nothing.
_LINES = """
SELECT p.paid_ms AS at, p.number AS own, o.order_id, p.kind, p.provider, p.trade,
    ifnull(p.transaction_id, '') AS transaction_id, p.fen AS fen, p.fee_fen, p.state, p.paid_ms AS done
  FROM orders o JOIN payments p USING (order_id)
  WHERE o.shop = :shop AND p.state IN ('succeeded', 'refunded') AND p.paid_ms NOT NULL
UNION ALL
SELECT r.created_ms, r.number, o.order_id, 'refund', p.provider, r.trade,
    ifnull(r.refund_id, ''), -r.fen, NULL, r.state, r.done_ms
  FROM orders o JOIN payments p USING (order_id) JOIN refunds r ON r.payment = p.number
  WHERE o.shop = :shop AND r.state <> 'closed'
"""


class ShopTakings:
    """Owners only, and only of their own shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetShopMoney: self._money}

    async def _money(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShopMoney)
        shop = shop_of(caller)
        return await self._store.read(
            lambda conn: takings_in(conn, shop, request.first, request.last, request.cursor),
            ReadLane.BROWSING,
        )


def takings_in(
    conn: sqlite3.Connection, shop: str, first: str, last: str, cursor: str | None = None
) -> ShopMoney:
    """One page; Refused where the days are none, or too many."""
    (offset,) = conn.execute("SELECT utc_offset_min FROM shops WHERE shop = ?", (shop,)).fetchone()
    begin, end = _bounds(first, last, offset)
    at, own = (end, "") if cursor is None else cursors.read(cursor, tuple[Whole, str])
    values = {"shop": shop, "begin": begin, "end": end, "at": at, "own": own, "most": LINES + 1}
    rows = conn.execute(
        f"SELECT * FROM ({_LINES}) WHERE at >= :begin AND at < :end"
        " AND (at < :at OR (at = :at AND own > :own)) ORDER BY at DESC, own LIMIT :most",
        values,
    ).fetchall()
    more = cursors.cursor(*rows[LINES - 1][:2]) if len(rows) > LINES else None
    lines = [_line(row) for row in rows[:LINES]]
    if cursor is not None:
        return ShopMoney(lines=lines, cursor=more)
    earned, sessions = conn.execute(
        "SELECT ifnull(sum(fen), 0), count(*) FROM movements"
        " WHERE what = 'earning' AND to_book = ? AND utc_ms >= ? AND utc_ms < ?",
        (ledger.shop_book(shop), begin, end),
    ).fetchone()
    return ShopMoney(
        providers=[_sums(row) for row in conn.execute(_SUMS, values)],
        earned_fen=earned,
        sessions=sessions,
        held_fen=day.sums_in(conn, shop, end)["held_fen"],
        lines=lines,
        cursor=more,
    )


_SUMS = f"""
SELECT provider, sum(kind <> 'refund'), ifnull(sum(fen) FILTER (WHERE kind <> 'refund'), 0),
    sum(kind = 'refund'), ifnull(-sum(fen) FILTER (WHERE kind = 'refund'), 0),
    ifnull(-sum(fen) FILTER (WHERE kind = 'refund' AND state IN ('pending', 'processing')), 0),
    ifnull(-sum(fen) FILTER (WHERE kind = 'refund' AND state = 'abnormal'), 0),
    ifnull(sum(fee_fen), 0)
  FROM ({_LINES}) WHERE at >= :begin AND at < :end GROUP BY provider ORDER BY provider
"""


def _sums(row: tuple[str, int, int, int, int, int, int, int]) -> ProviderSums:
    provider, payments, paid, refunds, refunded, refunding, stuck, fee = row
    return ProviderSums(
        provider=provider,
        payments=payments,
        paid_fen=paid,
        refunds=refunds,
        refunded_fen=refunded,
        refunding_fen=refunding,
        stuck_fen=stuck,
        fee_fen=fee,
    )


def _line(row: tuple[object, ...]) -> MoneyLine:
    at, _own, order, kind, provider, trade, transaction, fen, fee, state, done = row
    return MoneyLine(
        utc=rfc3339(within_years(int(str(at)))),
        order=str(order),
        kind=kind,  # type: ignore[arg-type]
        provider=str(provider),
        number=str(trade),
        transaction=str(transaction),
        fen=int(str(fen)),
        fee_fen=None if fee is None else int(str(fee)),
        state=str(state),
        done_utc=None if done is None else rfc3339(within_years(int(str(done)))),
    )


def _bounds(first: str, last: str, offset_min: int) -> tuple[int, int]:
    """From the first day's beginning to the last one's end, in UTC ms."""
    days = [(date.fromisoformat(each) - _EPOCH).days for each in (first, last)]
    if not 0 <= days[1] - days[0] < MOST_DAYS:
        raise Refused(Code.NOT_ALLOWED, "days")
    ahead = offset_min * 60_000
    return days[0] * DAY_MS - ahead, (days[1] + 1) * DAY_MS - ahead
