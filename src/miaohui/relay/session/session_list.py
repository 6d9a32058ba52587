"""Sessions as cards: one, and pages of an account's."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Literal

from miaohui.relay.money.orderbook import card_of
from miaohui.relay.session.facts import COLUMNS, Facts
from miaohui.relay.session.feed import head_in
from miaohui.relay.storage import cursors
from miaohui.runtime.clock import rfc3339
from miaohui.wire.frame import Whole
from miaohui.wire.limits import LIST_ITEMS, MAX_INTEGER
from miaohui.wire.sessions import SessionCard, Sessions


def _card(
    conn: sqlite3.Connection, facts: Facts, side: str, to_pos: int | None, read_pos: int
) -> SessionCard:
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
        read_pos=read_pos,
    )


def _state(facts: Facts, to_pos: int | None) -> Literal["open", "closing", "closed"]:
    # For who handed it on it is over.
    if to_pos is not None or facts.state == "closed":
        return "closed"
    return "closing" if facts.state == "closing" else "open"


def card_in(conn: sqlite3.Connection, session: str, account: str) -> SessionCard | None:
    """A session as one of its people sees it; None for everybody else."""
    row = conn.execute(
        f"{_FOUND} AND session.id = ?",
        (account, session),
    ).fetchone()
    return None if row is None else _card_of(conn, row)


def list_in(conn: sqlite3.Connection, account: str, cursor: str | None, limit: int) -> Sessions:
    """A page, newest first; the first one bears every live session besides."""
    limit = max(1, min(limit, LIST_ITEMS))
    before = MAX_INTEGER if cursor is None else cursors.read(cursor, tuple[Whole])[0]
    live = "session.state != 'closed' AND seat.to_pos IS NULL"
    rows: list[tuple[object, ...]] = []
    if cursor is None:
        rows += conn.execute(
            f"{_FOUND} AND {live} ORDER BY session.num DESC", (account,)
        ).fetchall()
    past = conn.execute(
        f"{_FOUND} AND NOT ({live}) AND seat.session < ? ORDER BY seat.session DESC LIMIT ?",
        (account, before, limit + 1),
    ).fetchall()
    more = len(past) > limit
    rows += past[:limit]
    cards = [_card_of(conn, row) for row in rows]
    return Sessions(sessions=cards, cursor=cursors.cursor(past[limit - 1][0]) if more else None)


def _card_of(conn: sqlite3.Connection, row: Sequence[Any]) -> SessionCard:
    """``row``: of what ``_FOUND`` finds."""
    *facts, side, to_pos, read_pos = row
    return _card(conn, Facts(*facts), side, to_pos, read_pos)


_FOUND = (
    f"SELECT {', '.join(f'session.{name.strip()}' for name in COLUMNS.split(','))}, seat.side,"
    " seat.to_pos, seat.read_pos FROM seat JOIN session ON session.num = seat.session"
    " WHERE seat.account = ?"
)
