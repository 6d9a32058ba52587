"""Shifts, swaps, limits and stretches of work as rows."""

import sqlite3
from dataclasses import dataclass

import msgspec

from miaohui.relay.directory.work import KEPT_MS, Shift, WorkStretch
from miaohui.relay.money.own_limits import DEFAULT_OFFSET_MIN
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import rfc3339
from miaohui.wire.errors import Code
from miaohui.wire.rota import ShiftState, ShiftView, SwapState, SwapView, WorkLimits

_limits: "msgspec.json.Decoder[WorkLimits]" = msgspec.json.Decoder(WorkLimits)
HOUR_MS = 3_600_000
WEEKS_LOOKED_AT = 4
# One person answers so many at once where nobody said: what an expected crowd is divided by.
USUAL_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift as it is kept."""

    shift: str
    shop: str
    responder: str
    from_ms: int
    to_ms: int
    state: ShiftState

    def view(self) -> ShiftView:
        return ShiftView(
            shift=self.shift,
            responder=self.responder,
            from_utc=rfc3339(self.from_ms),
            to_utc=rfc3339(self.to_ms),
            state=self.state,
        )


@dataclass(frozen=True, slots=True)
class SwapRow:
    """A swap as it is kept."""

    swap: str
    shop: str
    shift: str
    giver: str
    taker: str
    in_return: str | None
    state: SwapState

    def view(self) -> SwapView:
        return SwapView(
            swap=self.swap,
            shift=self.shift,
            giver=self.giver,
            taker=self.taker,
            in_return=self.in_return,
            state=self.state,
        )


_SHIFT = "SELECT shift, shop, responder, from_ms, to_ms, state FROM shifts"
_SWAP = "SELECT swap, shop, shift, giver, taker, in_return, state FROM swaps"


def offset_in(conn: sqlite3.Connection, shop: str) -> int:
    row = conn.execute("SELECT utc_offset_min FROM shops WHERE shop = ?", (shop,)).fetchone()
    return row[0] if row else DEFAULT_OFFSET_MIN


def shift_in(conn: sqlite3.Connection, shop: str, shift: str) -> ShiftRow:
    """A shift of this shop; Refused(NOT_FOUND) where there is none."""
    row = conn.execute(f"{_SHIFT} WHERE shift = ? AND shop = ?", (shift, shop)).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "shift")
    return ShiftRow(*row)


def shifts_in(conn: sqlite3.Connection, shop: str, from_ms: int, to_ms: int) -> list[ShiftRow]:
    """Those that touch the stretch, by their beginning."""
    rows = conn.execute(
        f"{_SHIFT} WHERE shop = ? AND to_ms > ? AND from_ms < ? ORDER BY from_ms, responder",
        (shop, from_ms, to_ms),
    )
    return [ShiftRow(*row) for row in rows]


def overlap_in(
    conn: sqlite3.Connection,
    responder: str,
    from_ms: int,
    to_ms: int,
    besides: tuple[str, ...] = (),
) -> bool:
    """True where somebody has another shift then."""
    rows = conn.execute(
        "SELECT shift FROM shifts WHERE responder = ? AND to_ms > ? AND from_ms < ?",
        (responder, from_ms, to_ms),
    )
    return any(shift not in besides for (shift,) in rows)


def put_in(conn: sqlite3.Connection, row: ShiftRow) -> None:
    conn.execute(
        "INSERT INTO shifts (shift, shop, responder, from_ms, to_ms, state)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (row.shift, row.shop, row.responder, row.from_ms, row.to_ms, row.state),
    )


def drop_in(conn: sqlite3.Connection, shift: str) -> None:
    """A shift that never comes; swaps about it are off."""
    conn.execute("DELETE FROM shifts WHERE shift = ?", (shift,))
    conn.execute(
        "UPDATE swaps SET state = 'withdrawn' WHERE state = 'asked'"
        " AND (shift = ?1 OR in_return = ?1)",
        (shift,),
    )


def swap_in(conn: sqlite3.Connection, shop: str, swap: str) -> SwapRow:
    row = conn.execute(f"{_SWAP} WHERE swap = ? AND shop = ?", (swap, shop)).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "swap")
    return SwapRow(*row)


def swaps_in(
    conn: sqlite3.Connection, shop: str, from_ms: int, to_ms: int, limit: int = 256
) -> list[SwapRow]:
    """Those about shifts of the stretch, the newest first."""
    rows = conn.execute(
        f"{_SWAP} WHERE shop = ? AND shift IN (SELECT shift FROM shifts"
        " WHERE shop = ? AND to_ms > ? AND from_ms < ?) ORDER BY asked_ms DESC LIMIT ?",
        (shop, shop, from_ms, to_ms, limit),
    )
    return [SwapRow(*row) for row in rows]


def limits_in(conn: sqlite3.Connection, shop: str) -> dict[str, WorkLimits]:
    """By person; "": of all others."""
    rows = conn.execute("SELECT responder, limits FROM work_limits WHERE shop = ?", (shop,))
    return {responder: _limits.decode(text) for responder, text in rows}


def put_limits_in(
    conn: sqlite3.Connection, shop: str, responder: str, limits: WorkLimits | None
) -> None:
    conn.execute("DELETE FROM work_limits WHERE shop = ? AND responder = ?", (shop, responder))
    if limits is not None:
        conn.execute(
            "INSERT INTO work_limits (shop, responder, limits) VALUES (?, ?, ?)",
            (shop, responder, msgspec.json.encode(limits).decode()),
        )


def keepers_in(conn: sqlite3.Connection, now_ms: int) -> list[str]:
    """The shops that have limits, or shifts of now or later."""
    rows = conn.execute(
        "SELECT shop FROM work_limits UNION SELECT shop FROM shifts"
        " WHERE state = 'published' AND to_ms > ?",
        (now_ms - KEPT_MS,),
    )
    return [shop for (shop,) in rows]


@dataclass(frozen=True, slots=True)
class ShopWork:
    """All that the book of work knows of a shop."""

    shop: str
    offset_min: int
    open_hours: str
    limits: dict[str, WorkLimits]
    shifts: list[Shift]
    kept: bool


def work_in(conn: sqlite3.Connection, shop: str, now_ms: int) -> ShopWork:
    rows = conn.execute(f"{_SHIFT} WHERE shop = ? AND state = 'published'", (shop,)).fetchall()
    shifts = [Shift(row[0], row[2], row[3], row[4]) for row in rows]
    recent = conn.execute(
        "SELECT 1 FROM shifts WHERE shop = ? AND state <> 'draft' AND to_ms > ?",
        (shop, now_ms - KEPT_MS),
    ).fetchone()
    limits = limits_in(conn, shop)
    hours = conn.execute("SELECT open_hours FROM shops WHERE shop = ?", (shop,)).fetchone()
    return ShopWork(
        shop,
        offset_in(conn, shop),
        hours[0] if hours else "",
        limits,
        shifts,
        kept=bool(limits) or recent is not None,
    )


def stretches_in(conn: sqlite3.Connection, now_ms: int) -> dict[str, list[WorkStretch]]:
    rows = conn.execute(
        "SELECT responder, from_ms, to_ms FROM stretches WHERE to_ms > ?", (now_ms - KEPT_MS,)
    )
    found: dict[str, list[WorkStretch]] = {}
    for responder, from_ms, to_ms in rows:
        found.setdefault(responder, []).append(WorkStretch(from_ms, to_ms))
    return found


def put_stretch_in(conn: sqlite3.Connection, responder: str, stretch: WorkStretch) -> None:
    conn.execute(
        "INSERT INTO stretches (responder, from_ms, to_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (responder, from_ms) DO UPDATE SET to_ms = excluded.to_ms",
        (responder, stretch.from_ms, stretch.to_ms),
    )


def forget_stretches_in(conn: sqlite3.Connection, now_ms: int) -> None:
    conn.execute("DELETE FROM stretches WHERE to_ms < ?", (now_ms - KEPT_MS,))


def needed_in(
    conn: sqlite3.Connection, shop: str, monday_ms: int, now_ms: int, at_once: int | None
) -> list[int]:
    """Tenths of a person that each hour of a week takes: the paid minutes of the same hours of the
    last four weeks, by how many one person answers at once."""
    week = 7 * 24 * HOUR_MS
    busy = [0] * (7 * 24)
    rows = conn.execute(
        "SELECT opened_ms, minutes + extended_minutes FROM orders"
        " WHERE shop = ? AND opened_ms > ? AND opened_ms <= ?",
        (shop, now_ms - WEEKS_LOOKED_AT * week, now_ms),
    )
    for opened_ms, minutes in rows:
        at, left = (opened_ms - monday_ms) % week, minutes * 60_000
        while left > 0:
            hour = at // HOUR_MS % len(busy)
            within = min(left, HOUR_MS - at % HOUR_MS)
            busy[hour] += within
            at, left = at + within, left - within
    divisor = HOUR_MS * WEEKS_LOOKED_AT * (at_once or USUAL_AT_ONCE)
    return [-(-10 * each // divisor) for each in busy]


def there(shifts: list[ShiftRow], monday_ms: int) -> list[int]:
    """How many people have a published shift over the whole of each hour of the week."""
    counts = []
    for hour in range(7 * 24):
        start = monday_ms + hour * HOUR_MS
        people = {
            each.responder
            for each in shifts
            if each.state != "draft" and each.from_ms <= start and each.to_ms >= start + HOUR_MS
        }
        counts.append(len(people))
    return counts
