"""Word from the host's command line to the running relay: rows that it reads within a second."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from miaohui.relay.storage.store import Store

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.4

Hear = Callable[[str, str], Awaitable[None]]
"""Told ``what`` ("ban", "unban", "people", "report", "minor", "refund", "payment", "bill",
"sign-out", "off") and about whom or which."""


def say_in(conn: sqlite3.Connection, what: str, subject: str, now_ms: int) -> None:
    conn.execute(
        "INSERT INTO control (utc_ms, what, subject) VALUES (?, ?, ?)", (now_ms, what, subject)
    )


class HostControl:
    """Reads what was said since the last look."""

    def __init__(self, store: Store, hear: Hear) -> None:
        self._store = store
        self._hear = hear
        self._last: int | None = None

    async def look(self) -> None:
        """The first look only learns where the rows end: start-up reads everything anyway."""
        if self._last is None:
            self._last = await self._store.read(
                lambda conn: int(
                    conn.execute("SELECT ifnull(max(n), 0) FROM control").fetchone()[0]
                )
            )
            return
        last = self._last
        rows = await self._store.read(
            lambda conn: conn.execute(
                "SELECT n, what, subject FROM control WHERE n > ? ORDER BY n", (last,)
            ).fetchall()
        )
        for n, what, subject in rows:
            await self._hear(what, subject)
            self._last = n

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except sqlite3.Error:
                log.exception("control rows could not be read")
            await asyncio.sleep(LOOK_EVERY_S)
