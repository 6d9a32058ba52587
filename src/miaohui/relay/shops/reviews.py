"""Reviews: one a session, after a pause, shown beside what was measured; they sort nothing."""

import json
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from miaohui.relay.directory import names
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops import reports
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.accounts import Done
from miaohui.wire.catalogue import ReviewView
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.sessions import WriteReview

TEXT_CHARS = 1000
SHOWN = 20
# A shop's page has to fit into one frame.
SHOWN_BYTES = 16_000
# Codes; the words are the window's.
TAGS = frozenset(
    {
        "prompt",
        "slow",
        "listened",
        "hollow",
        "recycled",
        "silent",
        "took_initiative",
        "warm",
        "rude",
        "begged_stars",
        "off_platform",
        "handed_over_well",
        "vanished",
    }
)


class Reviews:
    """Writing one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        announce: Callable[[str], None],
        *,
        after_ms: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._announce = announce
        self._after_ms = after_ms

    def handlers(self) -> dict[type[Request], Handler]:
        return {WriteReview: self._write}

    async def _write(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, WriteReview)
        if not 1 <= request.stars <= 5:
            raise Refused(Code.NOT_ALLOWED, "stars")
        if not TAGS.issuperset(request.tags):
            raise Refused(Code.NOT_ALLOWED, "tags")
        text = names.prose(request.text, TEXT_CHARS, "text")
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            row = conn.execute(
                "SELECT shop, responder, closed_ms, order_id FROM orders"
                " WHERE session = ? AND customer = ?",
                (request.session, caller.account),
            ).fetchone()
            if row is None:
                raise Refused(Code.NOT_FOUND, "session")
            shop, responder, closed, order = row
            if closed is None:
                raise Refused(Code.WRONG_STATE, "open")
            if reports.shields_in(conn, request.session, caller.account):
                raise Refused(Code.NOT_ALLOWED, "reported")
            if now < closed + self._after_ms:
                raise Refused(Code.TOO_EARLY, "review", retry_ms=closed + self._after_ms - now)
            try:
                conn.execute(
                    "INSERT INTO reviews (session, shop, customer, responder, stars, text, tags,"
                    " answered, utc_ms, card_kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        request.session,
                        shop,
                        caller.account,
                        responder,
                        request.stars,
                        text,
                        json.dumps(sorted(set(request.tags))),
                        request.answered,
                        now,
                        request.card_kept,
                    ),
                )
            except sqlite3.IntegrityError:
                raise Refused(Code.ALREADY_DONE, "review") from None
            conn.execute("UPDATE orders SET version = version + 1 WHERE order_id = ?", (order,))
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        answer = await self._store.write(job)
        order = await self._store.read(
            lambda conn: conn.execute(
                "SELECT order_id FROM orders WHERE session = ?", (request.session,)
            ).fetchone()
        )
        self._announce(order[0])
        return answer


class ReviewRow(NamedTuple):
    """A review, and where it stands in the list."""

    session: str
    utc_ms: int
    view: ReviewView


def page_in(
    conn: sqlite3.Connection, shop: str, before: tuple[int, str] | None, limit: int
) -> list[ReviewRow]:
    """Reviews of a shop, newest first, from behind ``before`` on (its moment and session)."""
    at, session = before or (2**62, "")
    rows = conn.execute(
        "SELECT r.session, r.utc_ms, r.stars, r.text, r.tags, a.display, ifnull(p.name, ''),"
        " (SELECT count(*) FROM waits w WHERE w.session = r.session AND w.piece = 0"
        "   AND w.state = 'kept'),"
        " (SELECT count(*) FROM waits w WHERE w.session = r.session AND w.piece = 0"
        "   AND w.state = 'breached'), r.reply, r.replied_ms"
        " FROM reviews r JOIN accounts a ON a.account = r.customer"
        " LEFT JOIN people p ON p.responder = r.responder"
        " WHERE r.shop = ? AND (r.utc_ms < ? OR (r.utc_ms = ? AND r.session > ?))"
        " ORDER BY r.utc_ms DESC, r.session LIMIT ?",
        (shop, at, at, session, limit),
    ).fetchall()
    return [
        ReviewRow(
            own,
            utc,
            ReviewView(
                stars=stars,
                text=text,
                tags=json.loads(tags),
                utc=rfc3339(utc),
                customer=veiled(customer),
                responder_name=responder,
                kept=kept,
                breached=breached,
                reply=reply,
                replied_utc=None if replied is None else rfc3339(replied),
            ),
        )
        for own, utc, stars, text, tags, customer, responder, kept, breached, reply, replied in rows
    ]


def newest(conn: sqlite3.Connection, shop: str) -> list[ReviewView]:
    """The latest reviews of a shop, newest first."""
    views = [row.view for row in page_in(conn, shop, None, SHOWN)]
    fitting, size = [], 0
    for view in views:
        size += (
            len(view.text.encode()) + len(view.reply.encode()) + len(view.responder_name.encode())
        )
        size += 300
        if size > SHOWN_BYTES:
            break
        fitting.append(view)
    return fitting


def veiled(name: str) -> str:
    """A customer's name as strangers see it."""
    return f"{name[0]}***" if name else "***"
