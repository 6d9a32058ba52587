"""A session as the database knows it besides its feed."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of ``session``. ``ending``: who made a closing session close."""

    num: int
    id: str
    order: str
    customer: str
    customer_name: str
    shop: str
    shop_name: str
    responder: str
    responder_name: str
    minutes: int
    utc_offset_min: int
    opened_utc_ms: int
    run: str
    base: int
    state: str
    ending: str | None
    closed_utc_ms: int | None
    refund_fen: int


COLUMNS = (
    "num, id, order_id, customer, customer_name, shop, shop_name, responder, responder_name,"
    " minutes, utc_offset_min, opened_utc_ms, run, base, state, ending, closed_utc_ms, refund_fen"
)


def facts_in(conn: sqlite3.Connection, session: str) -> Facts | None:
    row = conn.execute(f"SELECT {COLUMNS} FROM session WHERE id = ?", (session,)).fetchone()
    return None if row is None else Facts(*row)


def live_in(conn: sqlite3.Connection) -> list[str]:
    """The sessions that are not closed."""
    rows = conn.execute("SELECT id FROM session WHERE state != 'closed' ORDER BY num")
    return [id for (id,) in rows]


@dataclass(frozen=True, slots=True)
class SessionSeat:
    """Someone's place in a session; ``to_pos`` is set where it was handed on."""

    side: str
    to_pos: int | None


def seat_in(conn: sqlite3.Connection, num: int, account: str) -> SessionSeat | None:
    row = conn.execute(
        "SELECT side, to_pos FROM seat WHERE account = ? AND session = ?", (account, num)
    ).fetchone()
    return None if row is None else SessionSeat(*row)


def read_in(conn: sqlite3.Connection, num: int, account: str, pos: int) -> None:
    """How far a person has read; never less than before."""
    conn.execute(
        "UPDATE seat SET read_pos = ?3 WHERE account = ?1 AND session = ?2 AND read_pos < ?3",
        (account, num, pos),
    )
