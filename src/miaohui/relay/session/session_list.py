"""Sessions as cards: one, and pages of an account's."""

import sqlite3
from typing import Literal

from miaohui.relay.money.orderbook import card_of
from miaohui.relay.session.facts import COLUMNS, Facts
from miaohui.relay.session.feed import head_in
from miaohui.relay.storage import cursors
from miaohui.runtime.clock import rfc3339
from miaohui.wire.frame import Whole
from miaohui.wire.limits import LIST_ITEMS, MAX_INTEGER
from miaohui.wire.sessions import SessionCard, Sessions


def _card(conn: sqlite3.Connection, facts: Facts, side: str, to_pos: int | None) -> SessionCard:
    head, last_utc = head_in(conn, facts.num, to_pos)
    closed = facts.closed_utc_ms
    reviewed = conn.execute("SELECT 1 FROM reviews WHERE session = ?", (facts.id,)).fetchone()
    order = conn.execute("SELECT card FROM orders WHERE order_id = ?", (facts.order,)).fetchone()
    return SessionCard(
        session=facts.id,
        order=facts.order,
        shop=facts.shop,
        shop_name=facts.shop_name,
        peer_name=facts.responder_name if side == "customer" else facts.customer_name,
        minutes=facts.minutes,
        state=_state(facts, to_pos),
        opened_utc=rfc3339(facts.opened_utc_ms),
        head=head,
        last_utc=rfc3339(last_utc or facts.opened_utc_ms),
        closed_utc=None if closed is None else rfc3339(closed),
        refund_fen=facts.refund_fen,
        reviewed=reviewed is not None,
        card=None if order is None else card_of(order[0]),
    )


def _state(facts: Facts, to_pos: int | None) -> Literal["open", "closing", "closed"]:
    # For who handed it on it is over.
    if to_pos is not None or facts.state == "closed":
        return "closed"
    return "closing" if facts.state == "closing" else "open"


def card_in(conn: sqlite3.Connection, session: str, account: str) -> SessionCard | None:
    """A session as one of its people sees it; None for everybody else."""
    row = conn.execute(
        f"SELECT {_PREFIXED}, seat.side, seat.to_pos FROM seat JOIN session"
        " ON session.num = seat.session WHERE seat.account = ? AND session.id = ?",
        (account, session),
    ).fetchone()
    return None if row is None else _card(conn, Facts(*row[:-2]), row[-2], row[-1])


def list_in(conn: sqlite3.Connection, account: str, cursor: str | None, limit: int) -> Sessions:
    """A page, newest first; the first one bears every live session besides."""
    limit = max(1, min(limit, LIST_ITEMS))
    before = MAX_INTEGER if cursor is None else cursors.read(cursor, tuple[Whole])[0]
    found = (
        f"SELECT {_PREFIXED}, seat.side, seat.to_pos FROM seat JOIN session"
        " ON session.num = seat.session WHERE seat.account = ?"
    )
    live = "session.state != 'closed' AND seat.to_pos IS NULL"
    rows: list[tuple[object, ...]] = []
    if cursor is None:
        rows += conn.execute(f"{found} AND {live} ORDER BY session.num DESC", (account,)).fetchall()
    past = conn.execute(
        f"{found} AND NOT ({live}) AND seat.session < ? ORDER BY seat.session DESC LIMIT ?",
        (account, before, limit + 1),
    ).fetchall()
    more = len(past) > limit
    rows += past[:limit]
    cards = [_card(conn, Facts(*row[:-2]), str(row[-2]), _pos(row[-1])) for row in rows]  # type: ignore[arg-type]
    return Sessions(sessions=cards, cursor=cursors.cursor(past[limit - 1][0]) if more else None)


def _pos(value: object) -> int | None:
    return value if isinstance(value, int) else None


_PREFIXED = ", ".join(f"session.{name.strip()}" for name in COLUMNS.split(","))
