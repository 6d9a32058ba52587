"""A shop's hours: the usual ones, and days that have others."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from miaohui.relay.directory import listing_index
from miaohui.relay.money.own_limits import zone_of
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import within_years
from miaohui.wire.catalogue import SpecialDay
from miaohui.wire.errors import Code

MOST_DAYS = 64


def offset_min(zone: str, now_ms: int) -> int:
    """East of UTC there and then, in minutes; Refused where there is no such zone."""
    place = zone_of(zone)
    if place is None:
        raise Refused(Code.NOT_ALLOWED, "zone")
    there = datetime.fromtimestamp(within_years(now_ms) / 1000, place).utcoffset()
    return 0 if there is None else round(there.total_seconds() / 60)


def follow_zones_in(conn: sqlite3.Connection, now_ms: int) -> int:
    """Summer time begins or ends: the offsets of shops with a zone follow; of how many."""
    changed = 0
    shops = conn.execute(
        "SELECT shop, zone, utc_offset_min FROM shops WHERE zone IS NOT NULL"
    ).fetchall()
    for shop, zone, known in shops:
        if zone_of(zone) is None:
            continue  # a zone that this machine's tables do not have any more
        now = offset_min(zone, now_ms)
        if now != known:
            conn.execute("UPDATE shops SET utc_offset_min = ? WHERE shop = ?", (now, shop))
            changed += 1
    return changed


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
