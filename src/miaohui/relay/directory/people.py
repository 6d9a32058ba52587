"""Responders as rows: which shop, how many conversations at once, on duty or not."""

import sqlite3
from dataclasses import dataclass

from miaohui.wire.accounts import Presence

CAPACITY = 3
MOST_CAPACITY = 20


@dataclass(frozen=True, slots=True)
class ResponderRow:
    """One responder of a shop."""

    responder: str
    shop: str
    name: str
    about: str
    capacity: int
    presence: Presence
    on_since_ms: int | None


_COLUMNS = "p.responder, p.shop, p.name, p.about, p.capacity, p.presence, p.on_since_ms"


def add_in(
    conn: sqlite3.Connection,
    responder: str,
    shop: str,
    name: str,
    about: str = "",
    capacity: int = CAPACITY,
) -> None:
    conn.execute(
        "INSERT INTO people (responder, shop, name, about, capacity, presence)"
        " VALUES (?, ?, ?, ?, ?, 'off')",
        (responder, shop, name, about, capacity),
    )


def read_all(conn: sqlite3.Connection) -> list[ResponderRow]:
    """Everybody who is not banned."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM people p JOIN accounts a ON a.account = p.responder"
        " WHERE a.banned_ms IS NULL"
    ).fetchall()
    return [ResponderRow(*row) for row in rows]


def read_one(conn: sqlite3.Connection, responder: str) -> ResponderRow | None:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM people p JOIN accounts a ON a.account = p.responder"
        " WHERE a.banned_ms IS NULL AND p.responder = ?",
        (responder,),
    ).fetchone()
    return ResponderRow(*row) if row else None


def set_presence_in(
    conn: sqlite3.Connection, responder: str, presence: Presence, on_since_ms: int | None
) -> None:
    conn.execute(
        "UPDATE people SET presence = ?, on_since_ms = ? WHERE responder = ?",
        (presence, on_since_ms, responder),
    )


def rename_in(conn: sqlite3.Connection, responder: str, name: str) -> None:
    conn.execute("UPDATE people SET name = ? WHERE responder = ?", (name, responder))
