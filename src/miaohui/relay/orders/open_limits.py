"""How much one customer may hold open, and how soon after taking orders back they may buy again.

A quote costs nothing and an order in the queue keeps others waiting: both are counted by account,
by indexes of their own, whatever else there is.
"""

import sqlite3

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

QUOTES = 5
WAITING = 3
# Taking an order back is everybody's right; doing it all day long shows others a queue that is none.
FREE_CANCELS = 3
CANCELS_MS = 3_600_000
FIRST_PAUSE_MS = 60_000
LONGEST_PAUSE_MS = 30 * 60_000


def check_quotes_in(conn: sqlite3.Connection, customer: str, now_ms: int, held_ms: int) -> None:
    """Refused(ORDERS_OPEN) for a quote too many; those that are over by now count no more."""
    rows = conn.execute(
        "SELECT created_ms FROM orders WHERE customer = ? AND state = 'quoted'"
        " AND created_ms >= ? ORDER BY created_ms LIMIT ?",
        (customer, now_ms - held_ms, QUOTES),
    ).fetchall()
    if len(rows) >= QUOTES:
        wait = rows[0][0] + held_ms - now_ms
        raise Refused(Code.ORDERS_OPEN, "quotes", retry_ms=max(1, wait))


def check_waiting_in(conn: sqlite3.Connection, customer: str) -> None:
    """Refused(ORDERS_OPEN) for one more order that nobody has answered yet."""
    count = conn.execute(
        "SELECT count(*) FROM (SELECT 1 FROM orders WHERE customer = ?"
        " AND state IN ('awaiting_payment', 'paid', 'queued') LIMIT ?)",
        (customer, WAITING),
    ).fetchone()[0]
    if count >= WAITING:
        raise Refused(Code.ORDERS_OPEN, "waiting")


def check_cancels_in(conn: sqlite3.Connection, customer: str, now_ms: int) -> None:
    """Refused(ORDERS_OPEN) for a while that doubles with every order paid and taken back within
    the hour."""
    rows = conn.execute(
        "SELECT closed_ms FROM orders WHERE customer = ? AND state = 'refunded'"
        " AND closed_ms > ? ORDER BY closed_ms DESC LIMIT 16",
        (customer, now_ms - CANCELS_MS),
    ).fetchall()
    over = len(rows) - FREE_CANCELS
    if over < 0:
        return
    pause = min(FIRST_PAUSE_MS << over, LONGEST_PAUSE_MS)
    wait = rows[0][0] + pause - now_ms
    if wait > 0:
        raise Refused(Code.ORDERS_OPEN, "cancels", retry_ms=wait)


def check_stranger_in(conn: sqlite3.Connection, customer: str, device: str, shop: str) -> None:
    """Refused(NOT_ALLOWED) where somebody of the shop is, or was, signed in on a device of the
    customer's: nobody buys their own kept turns."""
    row = conn.execute(
        "SELECT 1 FROM (SELECT ? AS device UNION SELECT device FROM tokens WHERE account = ?)"
        " JOIN tokens t USING (device) JOIN accounts a ON a.account = t.account"
        " WHERE a.shop = ? LIMIT 1",
        (device, customer, shop),
    ).fetchone()
    if row is not None:
        raise Refused(Code.NOT_ALLOWED, "own_shop")
