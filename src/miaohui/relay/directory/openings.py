"""Openings as rows: what a session looked like when it began, and what became of it."""

import sqlite3

from miaohui.relay.directory.odds import MOST_SESSIONS, OddsSession
from miaohui.relay.directory.queueing import ServiceRecord

WINDOW_MS = 30 * 24 * 3_600_000
MOST_RECORDS = 500
HOUR_MS = 3_600_000


def open_in(
    conn: sqlite3.Connection,
    session: str,
    shop: str,
    responder: str,
    opened_ms: int,
    *,
    load: int,
    took_ms: int,
    minutes: int,
) -> None:
    offset = conn.execute("SELECT utc_offset_min FROM shops WHERE shop = ?", (shop,)).fetchone()
    local = opened_ms + (offset[0] if offset else 0) * 60_000
    conn.execute(
        "INSERT INTO openings (session, shop, responder, opened_ms, hour, load, took_ms, paid_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session,
            shop,
            responder,
            opened_ms,
            local // HOUR_MS % 24,
            load,
            max(0, took_ms),
            minutes * 60_000,
        ),
    )


def close_in(
    conn: sqlite3.Connection, session: str, closed_ms: int, paid_ms: int, *, kept: bool | None
) -> None:
    """``kept``: every turn in time; None where there was none."""
    conn.execute(
        "UPDATE openings SET served_ms = max(0, ? - opened_ms), paid_ms = ?, kept = ?"
        " WHERE session = ?",
        (closed_ms, paid_ms, kept, session),
    )


def record_in(conn: sqlite3.Connection, shop: str, now_ms: int) -> ServiceRecord:
    """The newest sessions of the last thirty days."""
    rows = conn.execute(
        "SELECT served_ms, paid_ms, took_ms FROM openings WHERE shop = ? AND opened_ms > ?"
        " AND served_ms IS NOT NULL ORDER BY opened_ms DESC LIMIT ?",
        (shop, now_ms - WINDOW_MS, MOST_RECORDS),
    ).fetchall()
    return ServiceRecord.of(
        [served / paid for served, paid, _ in rows if paid > 0], [took for _, _, took in rows]
    )


def past_in(conn: sqlite3.Connection, shop: str, now_ms: int) -> list[OddsSession]:
    """The newest sessions in which something was asked, the oldest first."""
    rows = conn.execute(
        "SELECT hour, load, responder, kept FROM openings WHERE shop = ? AND opened_ms > ?"
        " AND kept IS NOT NULL ORDER BY opened_ms DESC LIMIT ?",
        (shop, now_ms - WINDOW_MS, MOST_SESSIONS),
    ).fetchall()
    return [OddsSession(hour, load, who, bool(kept)) for hour, load, who, kept in reversed(rows)]
