"""A shop's hours: the usual ones, and days that have others."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from miaohui.relay.directory import listing_index
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import within_years
from miaohui.wire.catalogue import SpecialDay
from miaohui.wire.errors import Code

MOST_DAYS = 64


def local_day(now_ms: int, offset_min: int) -> str:
    """``2026-08-19`` by the shop's own clock."""
    there = datetime.fromtimestamp(within_years(now_ms) / 1000, UTC)
    return (there + timedelta(minutes=offset_min)).date().isoformat()


def put_special_in(conn: sqlite3.Connection, shop: str, days: Sequence[SpecialDay]) -> None:
    """Replaces every such day; Refused where one is named twice or has hours that are none."""
    if len(days) > MOST_DAYS or len({each.day for each in days}) < len(days):
        raise Refused(Code.NOT_ALLOWED, "special_days")
    for each in days:
        if each.hours:
            listing_index.parse_hours(each.hours)
    conn.execute("DELETE FROM shop_days WHERE shop = ?", (shop,))
    conn.executemany(
        "INSERT INTO shop_days (shop, day, hours) VALUES (?, ?, ?)",
        [(shop, each.day, each.hours) for each in days],
    )


def special_days(conn: sqlite3.Connection, shop: str, today: str) -> list[SpecialDay]:
    """From today on, in order."""
    rows = conn.execute(
        "SELECT day, hours FROM shop_days WHERE shop = ? AND day >= ? ORDER BY day LIMIT ?",
        (shop, today, MOST_DAYS),
    )
    return [SpecialDay(day=day, hours=hours) for day, hours in rows]


def hours_today(conn: sqlite3.Connection, shop: str, now_ms: int) -> str:
    """The hours of this very day; empty where the shop is closed all day."""
    usual, offset = conn.execute(
        "SELECT open_hours, utc_offset_min FROM shops WHERE shop = ?", (shop,)
    ).fetchone()
    row = conn.execute(
        "SELECT hours FROM shop_days WHERE shop = ? AND day = ?", (shop, local_day(now_ms, offset))
    ).fetchone()
    return str(usual if row is None else row[0])
