"""A shop's row in lists: every key that a list filters or sorts by, kept ready."""

import re
import sqlite3

from miaohui.relay.directory import search
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

ENOUGH_TURNS = 20
# Behind every real time: a median of a handful of turns says little, none says nothing.
FEW_TURNS_MS = 10**9
NO_TURNS_MS = 10**10
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_NIGHT_MINUTE = 2 * 60


def parse_hours(text: str) -> tuple[int, int]:
    """ "09:00-24:00" as minutes of the day; "22:00-06:00" goes over midnight."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise Refused(Code.NOT_ALLOWED, "open_hours")
    first_h, first_m, last_h, last_m = (int(each) for each in found.groups())
    last = last_h * 60 + last_m
    if last > 24 * 60:
        raise Refused(Code.NOT_ALLOWED, "open_hours")
    return first_h * 60 + first_m, last


def is_open(hours: str, minute: int) -> bool:
    """True for a minute of the day within the opening hours."""
    first, last = parse_hours(hours)
    if first < last:
        return first <= minute < last
    return minute >= first or minute < last


def refresh_in(conn: sqlite3.Connection, shop: str) -> None:
    """Writes a shop's card anew; a shop that sells nothing has none."""
    row = conn.execute(
        "SELECT n, freelancer, open_hours FROM shops WHERE shop = ?", (shop,)
    ).fetchone()
    if row is None:
        return
    n, freelancer, hours = row
    # The dearest rounding is the honest one: 30 minutes cost at least this much.
    price30 = conn.execute(
        "SELECT min((price_fen * 30 + minutes - 1) / minutes) FROM offers"
        " WHERE shop = ? AND dropped_ms IS NULL AND trial = 0",
        (shop,),
    ).fetchone()[0]
    if price30 is None:
        conn.execute("DELETE FROM cards WHERE n = ?", (n,))
        return
    trial = conn.execute(
        "SELECT 1 FROM offers WHERE shop = ? AND dropped_ms IS NULL AND trial = 1", (shop,)
    ).fetchone()
    low, kept, breached, p50 = conn.execute(
        "SELECT low, kept, breached, p50_ms FROM figures WHERE subject = ?", (shop,)
    ).fetchone() or (0.0, 0, 0, None)
    turns = kept + breached
    fast = NO_TURNS_MS
    if p50 is not None:
        fast = p50 if turns >= ENOUGH_TURNS else FEW_TURNS_MS + p50
    conn.execute(
        "INSERT OR REPLACE INTO cards (n, shop, low, turns, low_ppm, fast, price30, night,"
        " freelancer, trial) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            n,
            shop,
            low,
            turns,
            int(low * 1_000_000),
            fast,
            price30,
            is_open(hours, _NIGHT_MINUTE),
            freelancer,
            trial is not None,
        ),
    )


def refresh_all_in(conn: sqlite3.Connection, shop: str) -> None:
    """The card and the words to be found by."""
    refresh_in(conn, shop)
    search.index_in(conn, shop)
