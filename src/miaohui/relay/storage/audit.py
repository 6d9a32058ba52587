"""The audit of hosts' and owners' deeds, append-only: the database itself refuses to change a row."""

import sqlite3


def note_in(
    conn: sqlite3.Connection, actor: str, action: str, subject: str, now_ms: int, detail: str = ""
) -> None:
    conn.execute(
        "INSERT INTO audit (utc_ms, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (now_ms, actor, action, subject, detail),
    )


def newest(conn: sqlite3.Connection, limit: int) -> list[tuple[int, str, str, str, str]]:
    """(UTC ms, actor, action, subject, detail), newest first."""
    return conn.execute(
        "SELECT utc_ms, actor, action, subject, detail FROM audit ORDER BY n DESC LIMIT ?",
        (limit,),
    ).fetchall()
