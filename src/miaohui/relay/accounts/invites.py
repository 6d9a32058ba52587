"""Invitations: one-time secrets that make a new account a shop's owner or responder."""

import sqlite3
from dataclasses import dataclass

from miaohui.relay.directory import people, search
from miaohui.relay.ports import Refused
from miaohui.relay.storage import control
from miaohui.relay.storage.ids import new_secret, stored
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code

GOOD_FOR_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation's gift: a role at a shop."""

    digest: bytes
    role: Role
    shop: str


def make_in(conn: sqlite3.Connection, shop: str, role: Role, made_by: str, now_ms: int) -> str:
    """A new invitation; only its hash is kept."""
    if conn.execute("SELECT 1 FROM shops WHERE shop = ?", (shop,)).fetchone() is None:
        raise Refused(Code.NOT_FOUND, "shop")
    secret = new_secret()
    conn.execute(
        "INSERT INTO invites (hash, role, shop, made_by, created_ms, expires_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (stored(secret), role, shop, made_by, now_ms, now_ms + GOOD_FOR_MS),
    )
    return secret


def look_in(conn: sqlite3.Connection, secret: str, now_ms: int) -> Invited:
    """Refused(INVITE_INVALID) where it is unknown, used or too old."""
    digest = stored(secret.strip())
    row = conn.execute(
        "SELECT role, shop FROM invites WHERE hash = ? AND used_by IS NULL AND expires_ms > ?",
        (digest, now_ms),
    ).fetchone()
    if row is None:
        raise Refused(Code.INVITE_INVALID)
    return Invited(digest, Role(row[0]), row[1])


def use_in(
    conn: sqlite3.Connection, invited: Invited, account: str, display: str, now_ms: int
) -> None:
    """The invitation is spent; a responder appears among the shop's people."""
    conn.execute(
        "UPDATE invites SET used_by = ?, used_ms = ? WHERE hash = ?",
        (account, now_ms, invited.digest),
    )
    if invited.role is Role.RESPONDER:
        people.add_in(conn, account, invited.shop, display)
        search.index_in(conn, invited.shop)
        control.say_in(conn, "people", account, now_ms)
