"""Whether a relay's database still holds what was written: every chain, and every receipt."""

import sqlite3
from collections.abc import Iterator

import msgspec

from miaohui.promise.chain import Chain
from miaohui.promise.errors import JournalBroken
from miaohui.promise.order import Order
from miaohui.relay.book import item_of
from miaohui.wire.sessions import EntryItem, ReceiptItem

__all__ = ["sessions_in", "unsound_in"]


def sessions_in(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM session").fetchone()[0])


def unsound_in(conn: sqlite3.Connection) -> Iterator[str | None]:
    """What is wrong with each session's journal in turn, in one sentence that names the entry;
    None for one that is sound."""
    for num, id in conn.execute("SELECT num, id FROM session ORDER BY num"):
        wrong = _wrong_with(conn, num)
        yield None if wrong is None else f"session {id}: {wrong}"


def _wrong_with(conn: sqlite3.Connection, num: int) -> str | None:
    chain, order = Chain(), Order()
    lines = conn.execute(
        "SELECT pos, seq, line, body FROM feed WHERE session = ? ORDER BY pos", (num,)
    )
    for at, (pos, seq, line, body) in enumerate(lines, 1):
        if pos != at:
            return f"position {at} of its feed is missing"
        try:
            item = item_of(seq, line, body)
            if isinstance(item, EntryItem):
                chain.accept(item.entry)
                order.accept(item.entry)
        except JournalBroken as broken:
            return str(broken)
        except (msgspec.MsgspecError, ValueError):
            return f"position {at} of its feed cannot be read"
        if isinstance(item, ReceiptItem):
            receipt = item.receipt
            if (receipt.get("head"), receipt.get("length")) != (chain.head, chain.length):
                return "its receipt speaks of another journal"
    return None
