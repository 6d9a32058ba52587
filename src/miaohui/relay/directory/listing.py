"""A page of shops: filters and sorts on the cards' indexes, a cursor instead of an offset."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from miaohui.relay.directory import search
from miaohui.relay.ports import Refused
from miaohui.relay.storage import cursors
from miaohui.wire.catalogue import Search, Sort
from miaohui.wire.errors import Code
from miaohui.wire.frame import Whole
from miaohui.wire.limits import LIST_ITEMS

Key = float | int
_KEYS: Mapping[Sort, tuple[str, str]] = {
    "measured": ("c.low", "DESC"),
    "price": ("c.price30", "ASC"),
    "fastest": ("c.fast", "ASC"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """The shops of a page in order, how many there are in all, and where to go on."""

    shops: list[str]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """After which key and shop; ``part`` 1: among those with nobody on duty (sort "wait")."""

    sort: str
    part: int
    key: Key
    n: int

    def text(self) -> str:
        return cursors.cursor(self.sort, self.part, self.key, self.n)


def _read_cursor(text: str | None, sort: Sort) -> _Cursor | None:
    if text is None:
        return None
    found = _Cursor(*cursors.read(text, tuple[str, Literal[0, 1], Whole | float, Whole]))
    if found.sort != sort:
        raise Refused(Code.NOT_FOUND, "cursor")
    return found


@dataclass(frozen=True, slots=True)
class _Filter:
    """``where`` holds for every shop wanted; ``drive``: where a count (and, for rare words, the
    page too) begins."""

    where: list[str]
    values: list[object]
    drive: search.TokenLookup | None = None
    few: bool = False

    def source(self, *, counting: bool) -> tuple[str, list[object]]:
        """FROM, with its values: from the words where they are rare or all are counted."""
        if self.drive is None or not (counting or self.few):
            return "cards c", []
        return f"({self.drive.shops}) k CROSS JOIN cards c ON c.n = k.n", list(self.drive.values)

    def conditions(self, *, counting: bool) -> tuple[list[str], list[object]]:
        where, values = list(self.where), list(self.values)
        if self.drive is not None and not (counting or self.few):
            where.append(self.drive.condition)
            values += self.drive.values
        return where, values


def _filters(conn: sqlite3.Connection, request: Search, free: list[int]) -> _Filter:
    where: list[str] = []
    values: list[object] = []
    if request.max_fen_per_30 is not None:
        where.append("c.price30 <= ?")
        values.append(request.max_fen_per_30)
    if request.kept_percent is not None:
        where.append("c.turns >= ? AND c.low_ppm >= ?")
        values += [max(1, request.min_turns), request.kept_percent * 10_000]
    if request.night:
        where.append("c.night = 1")
    if request.freelancer is not None:
        where.append("c.freelancer = ?")
        values.append(int(request.freelancer))
    if request.trial:
        where.append("c.trial = 1")
    if request.free_now:
        where.append("c.n IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(free))
    wanted = search.wanted(request.text)
    if not wanted.lookups:
        if request.text.strip():
            where.append("0")
        return _Filter(where, values)
    (hits, drive), *others = search.rarest_first(conn, wanted.lookups)
    for _, each in others:
        where.append(each.condition)
        values += each.values
    for run in wanted.runs:
        where.append("instr((SELECT text FROM shop_text x WHERE x.n = c.n), ?) > 0")
        values.append(run)
    return _Filter(where, values, drive, hits < search.FEW_HITS)


# A list of more is not read to its end; counting all of it cost more than the page.
MOST_COUNTED = 2_000


def find(
    conn: sqlite3.Connection, request: Search, queue_ms: Mapping[int, int], free: list[int]
) -> Found:
    """``queue_ms``: the wait for a person at every shop with somebody on duty, by shop's number;
    ``free``: the numbers of shops with somebody free."""
    limit = max(1, min(request.limit, LIST_ITEMS))
    cursor = _read_cursor(request.cursor, request.sort)
    wanted = _filters(conn, request, free)
    total = _total(conn, wanted)
    if request.sort == "wait":
        return _by_wait(conn, wanted, cursor, limit, total, queue_ms)
    key, way = _KEYS[request.sort]
    rows = _sorted(conn, wanted, key, way, cursor, limit)
    return _page(request.sort, 0, rows, limit, total)


def _total(conn: sqlite3.Connection, wanted: _Filter) -> int:
    source, values = wanted.source(counting=True)
    where, more = wanted.conditions(counting=True)
    clause = " AND ".join(where) or "1"
    row = conn.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {clause} LIMIT ?)",
        [*values, *more, MOST_COUNTED],
    ).fetchone()
    return int(row[0])


def _sorted(
    conn: sqlite3.Connection,
    wanted: _Filter,
    key: str,
    way: str,
    cursor: _Cursor | None,
    limit: int,
) -> list[tuple[str, Key, int]]:
    source, begin = wanted.source(counting=False)
    where, values = wanted.conditions(counting=False)
    if cursor is not None:
        beyond = "<" if way == "DESC" else ">"
        where.append(f"({key} {beyond} ? OR ({key} = ? AND c.n > ?))")
        values += [cursor.key, cursor.key, cursor.n]
        # The same said so that the index is entered at the right place.
        where.append(f"{key} {beyond}= ?")
        values.append(cursor.key)
    clause = " AND ".join(where) or "1"
    rows = conn.execute(
        f"SELECT c.shop, {key}, c.n FROM {source} WHERE {clause} ORDER BY {key} {way}, c.n LIMIT ?",
        [*begin, *values, limit + 1],
    ).fetchall()
    return [(shop, value, n) for shop, value, n in rows]


def _page(sort: str, part: int, rows: list[tuple[str, Key, int]], limit: int, total: int) -> Found:
    more = rows[limit - 1] if len(rows) > limit else None
    return Found(
        [row[0] for row in rows[:limit]],
        total,
        _Cursor(sort, part, more[1], more[2]).text() if more else None,
    )


def _by_wait(
    conn: sqlite3.Connection,
    wanted: _Filter,
    cursor: _Cursor | None,
    limit: int,
    total: int,
    queue_ms: Mapping[int, int],
) -> Found:
    """First those with somebody on duty, by how long until one is free; then all others."""
    on_duty = json.dumps(list(queue_ms))
    rows: list[tuple[str, Key, int]] = []
    if cursor is None or cursor.part == 0:
        source, begin = wanted.source(counting=True)
        where, values = wanted.conditions(counting=True)
        clause = " AND ".join([*where, "c.n IN (SELECT value FROM json_each(?))"])
        every = conn.execute(
            f"SELECT c.shop, c.n FROM {source} WHERE {clause}", [*begin, *values, on_duty]
        ).fetchall()
        ordered = sorted((queue_ms[n], n, shop) for shop, n in every)
        if cursor is not None:
            after = (cursor.key, cursor.n)
            ordered = [each for each in ordered if (each[0], each[1]) > after]
        rows = [(shop, wait, n) for wait, n, shop in ordered[: limit + 1]]
        if len(rows) > limit:
            return _page("wait", 0, rows, limit, total)
        cursor = None
    others = replace(
        wanted,
        where=[*wanted.where, "c.n NOT IN (SELECT value FROM json_each(?))"],
        values=[*wanted.values, on_duty],
    )
    want = limit - len(rows)
    rest = _sorted(conn, others, "c.low", "DESC", cursor, want)
    shops = [row[0] for row in [*rows, *rest[:want]]]
    if len(rest) <= want:
        return Found(shops, total, None)
    if want == 0:
        # The next page begins with the first of the others: above every bound there is.
        return Found(shops, total, _Cursor("wait", 1, 2, 0).text())
    last = rest[want - 1]
    return Found(shops, total, _Cursor("wait", 1, last[1], last[2]).text())
