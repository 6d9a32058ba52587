"""The stores of simulated machines: the real ones over real SQLite, without their threads.

The seam is ``_put``: what a thread would take from there, a timer of the machine's loop takes. A
kill between a commit and its answer, or before it, falls where the plan has it; a full disk and a
failing fsync come from a connection that passes everything else on.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from tests.torture.sim.clockwork import Host, HostLoop

from miaohui.client.store import store as client_store
from miaohui.relay.storage import store as relay_store

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class _NoThread:
    """A thread that never was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        return

    def start(self) -> None:
        return

    def join(self) -> None:
        return


def here() -> Host:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HostLoop)
    return loop.host


class Faulty:
    """A connection on a disk that may be full, or lose what it is told to keep."""

    def __init__(self, conn: Any, host: Host) -> None:
        self._conn = conn
        self._host = host

    def execute(self, sql: str, *values: Any) -> Any:
        host = self._host
        if host.fsync_fails and sql == "COMMIT":
            host.fsync_fails -= 1
            raise sqlite3.OperationalError("disk I/O error")
        if host.full and sql.startswith(WRITES):
            self._is_full()
        return self._conn.execute(sql, *values)

    def executemany(self, sql: str, rows: Any) -> Any:
        if self._host.full and sql.startswith(WRITES):
            self._is_full()
        return self._conn.executemany(sql, rows)

    def _is_full(self) -> None:
        # SQLite may give up the statement alone, or the whole transaction.
        if self._conn.in_transaction and self._host.world.random.random() < 0.5:
            self._conn.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


class Untold(relay_store.Work):
    """The same rows, of which nobody hears."""

    def __init__(self, work: relay_store.Work) -> None:
        super().__init__(None, work.feed, work.answers, work.lineage)

    def done(self) -> None:
        return


class RelayStore(relay_store.Store):
    """The relay's store on a machine of the world."""

    early = False  # planted: answers before the commit
    late_ms = 4.0

    def __init__(self, path: Path, *, readers: int = 2) -> None:
        super().__init__(path, readers=readers, thread=_NoThread)
        self.host = here()
        self.life = self.host.life
        self._raw = self._conn
        self._conn = Faulty(self._conn, self.host)  # type: ignore[assignment]
        self._armed = False
        self.unbalanced: list[str] = []

    @property
    def _dead(self) -> bool:
        return self.host.loop is not self._loop

    def put(self, work: Any) -> None:
        if self._dead:
            return
        if self._closing:
            super().put(work)
            return
        if self.early and work.job is None:
            self._loop.call_soon(work.done)
            work = Untold(work)
        self._queue.append(work)
        if not self._armed:
            self._armed = True
            delay = self.host.world.random.random() * self.late_ms / 1000
            self._loop.call_later(delay, self._flush)

    def _flush(self) -> None:
        self._armed = False
        if self._dead:
            return
        batch = list(self._queue)
        self._queue.clear()
        if not batch:
            return
        self._commit(batch)
        if any(work.job is not None for work in batch):
            total = self._raw.execute("SELECT sum(fen) FROM books").fetchone()[0]
            if total:
                self.unbalanced.append(f"{total} fen after a commit")
        if self._wal_pages > relay_store.WAL_QUIET_PAGES:
            self._checkpoint()
        self._loop.call_soon_threadsafe(self._deliver, batch)

    async def close(self) -> None:
        if not self._dead:
            self._closing = True
            batch = list(self._queue)
            self._queue.clear()
            self._commit(batch)
            if batch:
                self._deliver(batch)
        self.shut()

    def shut(self) -> None:
        """Lets go of the files, as the system does for a killed process."""
        for conn in (*self._reading, self._raw):
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            conn.close()
        self._reading.clear()


class AppStore(client_store.LocalStore):
    """The client's store on a machine of the world."""

    late_ms = 4.0

    def __init__(self) -> None:
        super().__init__()
        self.host = here()
        self._loop = asyncio.get_running_loop()
        self._armed = False
        self.host.stores.append(self)  # type: ignore[attr-defined]

    @property
    def _dead(self) -> bool:
        return self.host.loop is not self._loop

    def _put(self, job: Any) -> None:
        if self._dead:
            return
        if self._closed:
            raise client_store.StoreClosed("the store is closed")
        if job[0] is not None and not self._open:
            self._held.append(job)
            return
        self._queue.put(job)
        self._arm()

    def _arm(self) -> None:
        if not self._armed and not self._queue.empty():
            self._armed = True
            delay = self.host.world.random.random() * self.late_ms / 1000
            self._loop.call_later(delay, self._flush)

    def _flush(self) -> None:
        self._armed = False
        if self._dead:
            return
        jobs = []
        while not self._queue.empty() and len(jobs) < client_store.GROUP:
            job = self._queue.get()
            if job is not None:
                jobs.append(job)
        self._group(jobs)
        self._arm()

    async def open(self, path: Path | None, key: bytes | None, *, carry: bool = True) -> None:
        await super().open(path, key, carry=carry)
        self._arm()

    def _switch(self, path: Path | None, key: bytes | None, *, carry: bool) -> None:
        # A plain house's vault names a key all the same; its files have none.
        house = self.host.house  # type: ignore[attr-defined]
        super()._switch(path, key if house.key is not None else None, carry=carry)
        if self._conn is not None and not isinstance(self._conn, Faulty):
            self._conn = Faulty(self._conn, self.host)  # type: ignore[assignment]

    async def close(self) -> None:
        if not self._dead:
            while not self._queue.empty():
                self._flush()
            self._closed = True
        self.shut()

    def shut(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            conn.close()
