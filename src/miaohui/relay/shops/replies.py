"""Reviews and complaints before the owner, with what was measured; and the shop's right of reply."""

import sqlite3

from miaohui.relay.directory import names, statistics
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops import reviews
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage import audit, cursors, idempotency
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.accounts import Done
from miaohui.wire.catalogue import Measured
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result, Whole
from miaohui.wire.owner import (
    ComplaintView,
    GetShopReviews,
    OwnReview,
    ReplyToReview,
    ShopReviews,
)
from miaohui.wire.reports import ReportCategory

PAGE = 20
COMPLAINTS = 20
REPLY_CHARS = 500


class ReviewReplies:
    """Owners only, and only in their own shop. Of a report they see what whom it is about sees."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetShopReviews: self._list, ReplyToReview: self._reply}

    async def _list(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShopReviews)
        shop = shop_of(caller)

        def job(conn: sqlite3.Connection) -> ShopReviews:
            before = None
            if request.cursor is not None:
                before = cursors.read(request.cursor, tuple[Whole, str])
            rows = reviews.page_in(conn, shop, before, PAGE + 1)
            last = rows[PAGE - 1] if len(rows) > PAGE else None
            return ShopReviews(
                reviews=[
                    OwnReview(
                        session=row.session,
                        review=row.view,
                        measured=measured_in(conn, row.session),
                    )
                    for row in rows[:PAGE]
                ],
                complaints=complaints_in(conn, shop) if before is None else [],
                cursor=None if last is None else cursors.cursor(last.utc_ms, last.session),
            )

        return await self._store.read(job, ReadLane.BROWSING)

    async def _reply(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, ReplyToReview)
        shop = shop_of(caller)
        text = names.offered(request.text, REPLY_CHARS, "text")
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            found = conn.execute(
                "UPDATE reviews SET reply = ?, replied_ms = ? WHERE session = ? AND shop = ?",
                (text, now if text else None, request.session, shop),
            ).rowcount
            if not found:
                raise Refused(Code.NOT_FOUND, "session")
            audit.note_in(conn, caller.account, "ReplyToReview", request.session, now)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        return await self._store.write(job)


def measured_in(conn: sqlite3.Connection, session: str) -> Measured:
    """The figures of one session, whether or not it counts for the shop."""
    waits = statistics.raw_in(conn, "session = ? AND piece = 0", (session,))
    row = conn.execute(
        "SELECT m.late_ms, m.elapsed_ms FROM measured_sessions m JOIN orders o ON o.session = m.session"
        " WHERE o.session = ? AND m.subject = o.shop AND m.closed_ms = o.closed_ms",
        (session,),
    ).fetchone() or (0, 0)
    return statistics.with_time(statistics.measured_of(waits, 1), *row)


def complaints_in(conn: sqlite3.Connection, shop: str) -> list[ComplaintView]:
    """Decided ones of customers, newest first."""
    rows = conn.execute(
        "SELECT r.session, r.category, ifnull(r.appeal_verdict, r.verdict),"
        " iif(r.appeal_reason = '', r.reason, r.appeal_reason), ifnull(r.final_ms, r.decided_ms),"
        " r.state = 'appealed' OR r.appeal_verdict NOT NULL, ifnull(p.name, '')"
        " FROM report r JOIN orders o ON o.session = r.session"
        " LEFT JOIN people p ON p.responder = r.reported"
        " WHERE o.shop = ? AND r.side = 'customer' AND r.verdict NOT NULL"
        " ORDER BY r.n DESC LIMIT ?",
        (shop, COMPLAINTS),
    ).fetchall()
    return [
        ComplaintView(
            session=session,
            category=ReportCategory(category),
            verdict=verdict,
            reason=reason,
            decided_utc=rfc3339(decided),
            appealed=bool(appealed),
            responder_name=name,
            measured=measured_in(conn, session),
        )
        for session, category, verdict, reason, decided, appealed, name in rows
    ]
