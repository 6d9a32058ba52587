"""Pages of a session's feed, as they are read from the database."""

import sqlite3
from dataclasses import dataclass

from miaohui.relay.session.state import item_of
from miaohui.wire.limits import PAGE_ITEMS
from miaohui.wire.sessions import Placed

PAGE_BYTES = 56 * 1024  # what wraps an item is counted in


@dataclass(frozen=True, slots=True)
class FeedRows:
    """Items after a position; ``head`` is the feed's newest position for this reader."""

    items: list[Placed]
    head: int


def head_in(conn: sqlite3.Connection, num: int, to_pos: int | None) -> tuple[int, int]:
    """(newest position, its utc in ms); (0, 0) for an empty feed."""
    row = conn.execute(
        "SELECT pos, utc_ms FROM feed WHERE session = ? AND pos <= ? ORDER BY pos DESC LIMIT 1",
        (num, to_pos if to_pos is not None else 2**62),
    ).fetchone()
    return (0, 0) if row is None else (row[0], row[1])


def page_in(conn: sqlite3.Connection, num: int, after: int, to_pos: int | None) -> FeedRows:
    """The next items after ``after``, cut by number and by bytes; at least one where there is one."""
    head, _ = head_in(conn, num, to_pos)
    items: list[Placed] = []
    size = 0
    rows = conn.execute(
        "SELECT pos, seq, line, body FROM feed WHERE session = ? AND pos > ? AND pos <= ?"
        " ORDER BY pos LIMIT ?",
        (num, after, head, PAGE_ITEMS),
    )
    for pos, seq, line, body in rows:
        size += len(line.encode()) + (len(body.encode()) if body else 0) + 80
        if items and size > PAGE_BYTES:
            break
        items.append(Placed(pos=pos, item=item_of(seq, line, body)))
    return FeedRows(items, head)
