"""A shop's closing, by its owner, by the host, or with its last owner's account."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from miaohui.relay.directory import listing_index
from miaohui.relay.storage import control

__all__ = ["ClosedShop", "close_in", "close_left_in", "left_without_in", "owes_in"]

_OTHER_OWNER: Final = "SELECT 1 FROM accounts WHERE shop = ? AND role = 'owner' AND account <> ? AND banned_ms IS NULL"
_UNDER_WAY: Final = (
    "SELECT 1 FROM orders WHERE shop = ?"
    " AND state IN ('awaiting_payment', 'paid', 'queued', 'open', 'closing')"
)


@dataclass(frozen=True, slots=True)
class ClosedShop:
    """How many offers and invitations a closing withdrew, quotes it voided, people it sent home."""

    offers: int
    invites: int
    quotes: int
    people: int


def close_in(conn: sqlite3.Connection, shop: str, now_ms: int) -> ClosedShop:
    """Nothing is on sale any more, no list has the shop, and nobody of it is on duty. Sessions that
    run go on to their end; what is paid and nobody takes goes back by the queue's own rule. A new
    offer opens it again."""
    offers = conn.execute(
        "UPDATE offers SET dropped_ms = ? WHERE shop = ? AND dropped_ms IS NULL", (now_ms, shop)
    ).rowcount
    invites = conn.execute(
        "DELETE FROM invites WHERE shop = ? AND used_by IS NULL", (shop,)
    ).rowcount
    quotes = conn.execute(
        "UPDATE orders SET version = version + 1, state = 'void', closed_ms = ?"
        " WHERE shop = ? AND state = 'quoted' RETURNING order_id",
        (now_ms, shop),
    ).fetchall()
    people = conn.execute(
        "UPDATE people SET presence = 'off', on_since_ms = NULL WHERE shop = ? RETURNING responder",
        (shop,),
    ).fetchall()
    listing_index.refresh_in(conn, shop)
    for (order,) in quotes:
        control.say_in(conn, "refund", order, now_ms)  # by it the relay tells its customer
    for (responder,) in people:
        control.say_in(conn, "off", responder, now_ms)
    return ClosedShop(offers, invites, len(quotes), len(people))


def left_without_in(conn: sqlite3.Connection, account: str) -> str | None:
    """The shop that has no other owner; None where it has, or where the account owns none."""
    row = conn.execute(
        "SELECT shop FROM accounts WHERE account = ? AND role = 'owner'", (account,)
    ).fetchone()
    if row is None or row[0] is None:
        return None
    other = conn.execute(_OTHER_OWNER, (row[0], account)).fetchone()
    return None if other is not None else str(row[0])


def owes_in(conn: sqlite3.Connection, shop: str) -> bool:
    """True while an order of the shop's is under way: somebody paid, or is about to."""
    return conn.execute(_UNDER_WAY, (shop,)).fetchone() is not None


def close_left_in(conn: sqlite3.Connection, shop: str, now_ms: int) -> None:
    """Closes a shop whose last owner's account ends, and takes out what the owner wrote of it. Its
    name stays, since receipts and orders bear it."""
    close_in(conn, shop, now_ms)
    conn.execute("UPDATE shops SET about = '', tags = '[]' WHERE shop = ?", (shop,))
    listing_index.refresh_all_in(conn, shop)
