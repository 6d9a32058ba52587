"""The age at which words go: a host keeps them for so many days after a session's end."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from miaohui.relay.accounts.deletion import erase_words
from miaohui.relay.shops import reports
from miaohui.relay.storage import erasure
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock

log = logging.getLogger(__name__)

KEEP_WORDS_DAYS = 180
ERASE_LIST = "erased.jsonl"
DAY_MS = 24 * 3_600_000
LOOK_EVERY_S = 3600
UPGRADE_COPIES, OLDER_RULES = "relay.db.before-*", "relay.promise-1.db"
UPGRADE_DAYS = 7
AT_ONCE = 10  # sessions in one commit, so that nobody's message waits for it long


class WordRetention:
    """Erases what is old enough, and keeps the erase list beside the database, where restoring
    finds it. ``erased`` is told when pictures' files are to go."""

    def __init__(
        self, folder: Path, store: Store, clock: Clock, days: int, erased: Callable[[], None]
    ) -> None:
        self._path = folder / ERASE_LIST
        self._store, self._clock, self._days = store, clock, days
        self._erased = erased
        self._writing = asyncio.Lock()
        self._listed: int | None = None  # the newest line that the file has

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (StoreFault, sqlite3.Error, OSError):
                log.exception("old words could not be erased")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Erases what is due; how many sessions."""
        now, keep = self._clock.utc_ms(), self._days * DAY_MS
        before = now - keep
        await self._store.write(lambda conn: reports.settle_in(conn, now, keep))
        await self._store.write(erasure.forget_cards_in)
        count = 0
        last: erasure.Closed = (-1, -1)
        while due := await self._store.read(
            lambda conn, last=last: erasure.due_in(conn, before, AT_ONCE, last)  # type: ignore[misc]
        ):
            nums = [num for _, num in due]
            await self._store.write(lambda conn, nums=nums: erasure.erase_aged_in(conn, nums))  # type: ignore[misc]
            count, last = count + len(due), due[-1]
        for account in await self._store.read(erasure.half_gone_in):
            await erase_words(self._store, account)
            count += 1
        if count:
            self._erased()
        await self.write_list()
        await asyncio.to_thread(lambda: _drop_copies(self._path.parent, now, self._days))
        return count

    async def write_list(self) -> None:
        """Brings the file up to date with the database's list."""
        async with self._writing:
            after = self._listed
            listed = await self._store.read(lambda conn: erasure.listed_in(conn, after or 0))
            text = erasure.listed_lines(each for _, each in listed)
            if after is None or text:
                await asyncio.to_thread(lambda: _write(self._path, text, whole=after is None))
            self._listed = listed[-1][0] if listed else after or 0


def _drop_copies(folder: Path, now_ms: int, days: int) -> None:
    """Copies that were made before an upgrade hold words as well: nothing erases in them, so they go
    whole, once it is known that the upgrade was good."""
    for pattern, most in ((UPGRADE_COPIES, min(UPGRADE_DAYS, days)), (OLDER_RULES, days)):
        for copy in folder.glob(pattern):
            if now_ms - copy.stat().st_mtime * 1000 > most * DAY_MS:
                copy.unlink(missing_ok=True)


def _write(path: Path, text: str, *, whole: bool) -> None:
    """Durable when it returns; readable by its owner alone."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if whole else os.O_APPEND)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
