"""Minutes served: paid time that ran in a session while somebody held it, as rows."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServedSum:
    """One person's sum over a stretch of days."""

    responder: str
    sessions: int
    ms: int
    trial_ms: int


def add_in(
    conn: sqlite3.Connection, num: int, order: str, responder: str, elapsed_ms: int, utc_ms: int
) -> None:
    """``elapsed_ms``: all paid time that the session has used by now; what earlier holders served
    of it stands there already."""
    shop, trial = conn.execute(
        "SELECT shop, trial FROM orders WHERE order_id = ?", (order,)
    ).fetchone()
    parts, before = conn.execute(
        "SELECT count(*), ifnull(sum(ms), 0) FROM served WHERE session = ?", (num,)
    ).fetchone()
    conn.execute(
        "INSERT INTO served (session, part, shop, responder, utc_ms, ms, trial)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        # A fault that was written later can make less of it than was counted by then.
        (num, parts, shop, responder, utc_ms, max(0, elapsed_ms - before), trial),
    )


def sums_in(
    conn: sqlite3.Connection, shop: str, from_ms: int, to_ms: int, responder: str | None
) -> list[ServedSum]:
    """Of one person, or (None) of all who served then, the longest first."""
    rows = conn.execute(
        "SELECT responder, count(DISTINCT session), sum(ms), sum(ms * trial) FROM served"
        " WHERE shop = ?1 AND utc_ms >= ?2 AND utc_ms < ?3 AND (?4 IS NULL OR responder = ?4)"
        " GROUP BY responder ORDER BY sum(ms) DESC",
        (shop, from_ms, to_ms, responder),
    )
    return [ServedSum(*row) for row in rows]
