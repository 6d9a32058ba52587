"""Who blocked whom: kept in memory and read anew at start; it is asked for every message."""

import sqlite3
from collections.abc import Iterable, Set

Pair = tuple[str, str]
"""(who blocked, whom)."""


class BlockList:
    """All blocks of a relay. Either way, the two do not meet: who did it matters to nobody else."""

    def __init__(self) -> None:
        self._pairs: set[Pair] = set()
        self._apart: dict[str, set[str]] = {}

    def load(self, pairs: Iterable[Pair]) -> None:
        self._pairs.clear()
        self._apart.clear()
        for blocker, blocked in pairs:
            self.put(blocker, blocked)

    def put(self, blocker: str, blocked: str) -> None:
        self._pairs.add((blocker, blocked))
        self._apart.setdefault(blocker, set()).add(blocked)
        self._apart.setdefault(blocked, set()).add(blocker)

    def drop(self, blocker: str, blocked: str) -> None:
        self._pairs.discard((blocker, blocked))
        if (blocked, blocker) in self._pairs:
            return
        for one, other in ((blocker, blocked), (blocked, blocker)):
            apart = self._apart.get(one)
            if apart is not None:
                apart.discard(other)
                if not apart:
                    del self._apart[one]

    def has(self, blocker: str, blocked: str) -> bool:
        return (blocker, blocked) in self._pairs

    def apart_from(self, account: str) -> Set[str]:
        """Everybody with whom this account has nothing more to do."""
        return self._apart.get(account, frozenset())


def put_in(conn: sqlite3.Connection, blocker: str, blocked: str, session: str, now_ms: int) -> None:
    conn.execute(
        "INSERT OR IGNORE INTO block VALUES (?, ?, ?, ?)", (blocker, blocked, session, now_ms)
    )


def drop_in(conn: sqlite3.Connection, blocker: str, blocked: str) -> None:
    conn.execute("DELETE FROM block WHERE blocker = ? AND blocked = ?", (blocker, blocked))


def pairs_in(conn: sqlite3.Connection) -> list[Pair]:
    return conn.execute("SELECT blocker, blocked FROM block").fetchall()


def of_in(conn: sqlite3.Connection, blocker: str) -> list[tuple[str, str, int]]:
    """(session, the other's name, UTC ms), newest first."""
    return conn.execute(
        "SELECT b.session, CASE s.customer WHEN b.blocker THEN s.responder_name"
        " ELSE s.customer_name END, b.utc_ms FROM block b JOIN session s ON s.id = b.session"
        " WHERE b.blocker = ? ORDER BY b.utc_ms DESC LIMIT 256",
        (blocker,),
    ).fetchall()
