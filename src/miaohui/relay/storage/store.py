"""The database: one thread that writes with group commit, a few that read.

Whatever gathered while the last commit ran goes into the next one; no timer, since a timer only
adds its own delay. ``append`` is the fast way for the journals' rows: those of a commit go in by
hundreds a statement, so SQLite works on them without Python's lock.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TypeVar

from miaohui.relay.storage.schema import connect, prepare

T = TypeVar("T")
log = logging.getLogger(__name__)

WAL_QUIET_PAGES = 256  # a checkpoint in a quiet moment is worth its while from here on
WAL_LIMIT_PAGES = 16_384  # 64 MiB: from here on it does not wait for a quiet moment
WAL_REST_PAGES = 1024  # so few may be left to the writing thread itself
QUIET_S = 0.05

# Statements are kept ready for these numbers of rows; any number is the sum of a few of them.
ROWS_AT_ONCE = (512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)


def _for_rows(head: str, columns: int) -> dict[int, str]:
    """The statement by the number of its rows."""
    row = f"({','.join('?' * columns)})"
    return {number: f"{head} VALUES {','.join([row] * number)}" for number in ROWS_AT_ONCE}


FEED_IN = _for_rows("INSERT INTO feed (session, pos, seq, utc_ms, line, body)", 6)
ANSWER_IN = _for_rows("INSERT INTO answer (account, id, digest, result)", 4)

FeedRow = tuple[int, int, int | None, int, str, str | None]
"""session's number, pos, seq, utc in ms, line, body."""
AnswerRow = tuple[str, str, str, str]
"""account, id, digest, result."""


class StoreFault(sqlite3.Error):
    """The database could not write it down; nothing of it happened."""


class Lineage:
    """One unbroken line of writes, each of which stands on the one before; when one fails, those
    behind it fail too, unwritten."""

    __slots__ = ("dead",)

    def __init__(self) -> None:
        self.dead = False


class _Work:
    """Something to be written, and who hears of it. ``done`` runs on the loop."""

    __slots__ = ("answers", "done", "error", "feed", "job", "lineage", "result")

    def __init__(
        self,
        done: Callable[[object, BaseException | None], None],
        job: Callable[[sqlite3.Connection], object] | None = None,
        feed: Sequence[FeedRow] = (),
        answers: Sequence[AnswerRow] = (),
        lineage: Lineage | None = None,
    ) -> None:
        self.done = done
        self.job = job
        self.feed = feed
        self.answers = answers
        self.lineage = lineage
        self.result: object = None
        self.error: BaseException | None = None


class Store:
    """StorePort over SQLite (WAL, synchronous=FULL). ``open`` it inside the running loop."""

    def __init__(self, path: Path, *, readers: int = 2, wal_limit: int = WAL_LIMIT_PAGES) -> None:
        prepare(path)
        self._wal_limit = wal_limit
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._fresh: list[_Work] = []  # of this turn of the loop, handed over at its end
        self._queue: list[_Work] = []
        self._closing = False
        self._conn = connect(path)
        self._conn.execute("PRAGMA journal_mode=WAL")
        self._conn.execute("PRAGMA wal_autocheckpoint=0")
        self._conn.execute("PRAGMA cache_size=-32000")
        self._wal_pages = WAL_QUIET_PAGES
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="store-checkpoint")
        self._copying: Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    # -- asked from the loop -------------------------------------------------------------------

    async def write(
        self, job: Callable[[sqlite3.Connection], T], lineage: Lineage | None = None
    ) -> T:
        """Runs ``job`` in a savepoint of the next commit; returns once that is durable."""
        future: asyncio.Future[T] = self._loop.create_future()

        def done(result: object, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        self._put(_Work(done, job=job, lineage=lineage))
        return await future

    def post(
        self,
        job: Callable[[sqlite3.Connection], object],
        done: Callable[[object, BaseException | None], None],
        lineage: Lineage | None = None,
    ) -> None:
        """As ``write``; ``done`` is called on the loop."""
        self._put(_Work(done, job=job, lineage=lineage))

    def append(
        self,
        feed: Sequence[FeedRow],
        answers: Sequence[AnswerRow],
        done: Callable[[object, BaseException | None], None],
        lineage: Lineage,
    ) -> None:
        """Adds rows to feeds and answers; ``done`` is called on the loop after the commit."""
        self._put(_Work(done, None, feed, answers, lineage))

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs ``job`` on a reading connection, on a snapshot."""
        return await self._loop.run_in_executor(self._readers, self._read, job)

    async def close(self) -> None:
        """Writes what waits, then closes."""
        self._hand_over()
        with self._wake:
            self._closing = True
            self._wake.notify()
        await self._loop.run_in_executor(None, self._thread.join)
        self._readers.shutdown(wait=True)
        self._beside.shutdown(wait=True)
        for conn in self._reading:
            conn.close()
        self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._conn.close()

    def _put(self, work: _Work) -> None:
        if self._closing:
            self._loop.call_soon(work.done, None, StoreFault("the store is closed"))
            return
        if not self._fresh:
            self._loop.call_soon(self._hand_over)
        self._fresh.append(work)

    def _hand_over(self) -> None:
        if not self._fresh:
            return
        fresh, self._fresh = self._fresh, []
        with self._wake:
            self._queue += fresh
            self._wake.notify()

    def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = connect(self._path)
            conn.execute("PRAGMA query_only=ON")
            self._local.conn = conn
            self._reading.append(conn)
        conn.execute("BEGIN")
        try:
            return job(conn)
        finally:
            conn.execute("ROLLBACK")

    # -- the writing thread --------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    quiet = not self._wake.wait(
                        QUIET_S if self._wal_pages >= WAL_QUIET_PAGES else None
                    )
                    if quiet:
                        break
                batch, self._queue = self._queue, []
                stop = self._closing and not batch
            if stop:
                return
            if batch:
                self._commit(batch)
                self._loop.call_soon_threadsafe(self._deliver, batch)
                if self._wal_pages > self._wal_limit:
                    self._relieve()
            elif self._wal_pages >= WAL_QUIET_PAGES:
                self._checkpoint()

    @staticmethod
    def _deliver(batch: list[_Work]) -> None:
        for work in batch:
            try:
                work.done(work.result, work.error)
            except Exception:
                log.exception("after a commit")

    def _relieve(self) -> None:
        """Takes a long log over into the database without a quiet moment: most of it beside the
        commits, the rest between two of them, so that the log begins anew."""
        if self._copying is None:
            self._copying = self._beside.submit(self._copy)
        elif self._copying.done():
            self._copying = None
            self._checkpoint()

    def _copy(self) -> None:
        conn = connect(self._path)
        try:
            for _ in range(4):
                _, pages, copied = conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if pages - copied < WAL_REST_PAGES:
                    break
        except sqlite3.Error:
            log.exception("checkpoint")
        finally:
            conn.close()

    def _checkpoint(self) -> None:
        try:
            self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error:
            log.exception("checkpoint")
        self._wal_pages = 0

    def _commit(self, batch: list[_Work]) -> None:
        conn = self._conn
        try:
            if self._commit_rows(batch):
                return
            conn.execute("BEGIN IMMEDIATE")
            at = 0
            while at < len(batch):
                if batch[at].job is not None:
                    self._do_job(batch[at])
                    at += 1
                    continue
                end = at
                while end < len(batch) and batch[end].job is None:
                    end += 1
                self._do_rows([work for work in batch[at:end] if self._alive(work)])
                at = end
            conn.execute("COMMIT")
            self._wal_pages += 2 * len(batch) + 1
        except BaseException as error:
            log.error("commit failed: %s", error)
            if conn.in_transaction:
                try:
                    conn.execute("ROLLBACK")
                except sqlite3.Error:
                    log.exception("rollback")
            for work in batch:
                self._fail(work, StoreFault(str(error)))

    def _commit_rows(self, batch: list[_Work]) -> bool:
        """The usual commit, rows and nothing else, in as few calls as can be: between any two of
        them the loop may hold Python's lock. False where it takes the long way round."""
        if any(work.job is not None for work in batch):
            return False
        batch = [work for work in batch if self._alive(work)]
        conn = self._conn
        conn.execute("BEGIN IMMEDIATE")
        try:
            self._insert(batch)
        except sqlite3.IntegrityError:
            conn.execute("ROLLBACK")
            return False
        conn.execute("COMMIT")
        self._wal_pages += 2 * len(batch) + 1
        return True

    @staticmethod
    def _fail(work: _Work, error: BaseException) -> None:
        work.result = None  # what was read in a transaction that failed is worth nothing
        if work.error is None:
            work.error = error
        if work.lineage is not None:
            work.lineage.dead = True

    def _alive(self, work: _Work) -> bool:
        if work.lineage is not None and work.lineage.dead:
            self._fail(work, StoreFault("what it stands on was not written"))
            return False
        return True

    def _do_job(self, work: _Work) -> None:
        if not self._alive(work) or work.job is None:
            return
        conn = self._conn
        conn.execute("SAVEPOINT job")
        try:
            work.result = work.job(conn)
        except Exception as error:
            if not conn.in_transaction:  # SQLite gave the whole transaction up (disk full …)
                raise
            conn.execute("ROLLBACK TO job")
            conn.execute("RELEASE job")
            # A disk that is full says so in the middle of a job as well as at its end.
            refused = isinstance(error, sqlite3.OperationalError)
            self._fail(work, StoreFault(str(error)) if refused else error)
            return
        conn.execute("RELEASE job")

    def _do_rows(self, works: list[_Work]) -> None:
        try:
            self._insert_whole(works)
        except sqlite3.IntegrityError:
            # Somebody used a command's id twice: find out who, the others are not to suffer.
            for work in works:
                if not self._alive(work):
                    continue
                try:
                    self._insert_whole([work])
                except sqlite3.IntegrityError as error:
                    self._fail(work, error)

    def _insert_whole(self, works: list[_Work]) -> None:
        """All of it, or nothing."""
        conn = self._conn
        conn.execute("SAVEPOINT rows")
        try:
            self._insert(works)
        except sqlite3.IntegrityError:
            conn.execute("ROLLBACK TO rows")
            conn.execute("RELEASE rows")
            raise
        conn.execute("RELEASE rows")

    def _insert(self, works: list[_Work]) -> None:
        feed = [row for work in works for row in work.feed]
        answers = [row for work in works for row in work.answers]
        # Answers first: they are what may collide.
        self._fill(ANSWER_IN, answers)
        self._fill(FEED_IN, feed)

    def _fill(self, statements: dict[int, str], rows: Sequence[tuple[object, ...]]) -> None:
        at = 0
        for number, statement in statements.items():
            while len(rows) - at >= number:
                values = list(chain.from_iterable(rows[at : at + number]))
                self._conn.execute(statement, values)
                at += number
