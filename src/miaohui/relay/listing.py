"""A page of shops: filters and sorts on the cards' indexes, a cursor instead of an offset."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from miaohui.relay import search
from miaohui.relay.ports import Refused
from miaohui.wire.catalogue import Search, Sort
from miaohui.wire.errors import Code
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
        raw = json.dumps([self.sort, self.part, self.key, self.n], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode()


def _read_cursor(text: str | None, sort: Sort) -> _Cursor | None:
    if text is None:
        return None
    try:
        kind, part, key, n = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error, TypeError):
        raise Refused(Code.BAD_FRAME, "cursor") from None
    if (
        kind != sort
        or part not in (0, 1)
        or not isinstance(key, int | float)
        or not isinstance(n, int)
    ):
        raise Refused(Code.BAD_FRAME, "cursor")
    return _Cursor(kind, part, key, n)


def _filters(request: Search, free: list[int]) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    expression = search.match(request.text)
    if request.text.strip() and expression is None:
        where.append("0")
    if expression is not None:
        where.append("c.n IN (SELECT rowid FROM shop_words WHERE shop_words MATCH ?)")
        values.append(expression)
    if request.max_fen_per_30 is not None:
        where.append("c.price30 <= ?")
        values.append(request.max_fen_per_30)
    if request.kept_percent is not None:
        where.append("c.turns >= ? AND c.kept_ppm >= ?")
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
    return where, values


def find(
    conn: sqlite3.Connection, request: Search, queue_ms: Mapping[int, int], free: list[int]
) -> Found:
    """``queue_ms``: the wait for a person at every shop with somebody on duty, by shop's number;
    ``free``: the numbers of shops with somebody free."""
    limit = max(1, min(request.limit, LIST_ITEMS))
    cursor = _read_cursor(request.cursor, request.sort)
    where, values = _filters(request, free)
    total = _total(conn, where, values)
    if request.sort == "wait":
        return _by_wait(conn, where, values, cursor, limit, total, queue_ms)
    key, way = _KEYS[request.sort]
    rows = _sorted(conn, where, values, key, way, cursor, limit)
    return _page(request.sort, 0, rows, limit, total)


def _total(conn: sqlite3.Connection, where: list[str], values: list[object]) -> int:
    clause = " AND ".join(where) or "1"
    return int(conn.execute(f"SELECT count(*) FROM cards c WHERE {clause}", values).fetchone()[0])


def _sorted(
    conn: sqlite3.Connection,
    where: list[str],
    values: list[object],
    key: str,
    way: str,
    cursor: _Cursor | None,
    limit: int,
) -> list[tuple[str, Key, int]]:
    where, values = list(where), list(values)
    if cursor is not None:
        beyond = "<" if way == "DESC" else ">"
        where.append(f"({key} {beyond} ? OR ({key} = ? AND c.n > ?))")
        values += [cursor.key, cursor.key, cursor.n]
        # The same said so that the index is entered at the right place.
        where.append(f"{key} {beyond}= ?")
        values.append(cursor.key)
    clause = " AND ".join(where) or "1"
    rows = conn.execute(
        f"SELECT c.shop, {key}, c.n FROM cards c WHERE {clause} ORDER BY {key} {way}, c.n LIMIT ?",
        [*values, limit + 1],
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
    where: list[str],
    values: list[object],
    cursor: _Cursor | None,
    limit: int,
    total: int,
    queue_ms: Mapping[int, int],
) -> Found:
    """First those with somebody on duty, by how long until one is free; then all others."""
    on_duty = json.dumps(list(queue_ms))
    rows: list[tuple[str, Key, int]] = []
    if cursor is None or cursor.part == 0:
        clause = " AND ".join([*where, "c.n IN (SELECT value FROM json_each(?))"])
        every = conn.execute(
            f"SELECT c.shop, c.n FROM cards c WHERE {clause}", [*values, on_duty]
        ).fetchall()
        ordered = sorted((queue_ms[n], n, shop) for shop, n in every)
        if cursor is not None:
            after = (cursor.key, cursor.n)
            ordered = [each for each in ordered if (each[0], each[1]) > after]
        rows = [(shop, wait, n) for wait, n, shop in ordered[: limit + 1]]
        if len(rows) > limit:
            return _page("wait", 0, rows, limit, total)
        cursor = None
    others = [*where, "c.n NOT IN (SELECT value FROM json_each(?))"]
    want = limit - len(rows)
    rest = _sorted(conn, others, [*values, on_duty], "c.low", "DESC", cursor, want)
    shops = [row[0] for row in [*rows, *rest[:want]]]
    if len(rest) <= want:
        return Found(shops, total, None)
    if want == 0:
        # The next page begins with the first of the others: above every bound there is.
        return Found(shops, total, _Cursor("wait", 1, 2, 0).text())
    last = rest[want - 1]
    return Found(shops, total, _Cursor("wait", 1, last[1], last[2]).text())
