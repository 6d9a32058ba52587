"""The database: one thread that writes with group commit, a few that read.

Whatever gathered while the last commit ran goes into the next one; nobody waits for more, but under
load: then the thread rests as long as the last commit took. A page that several rows lie on is then
written once for all of them, and what a person is told leaves in fewer pieces. Work without a job is the fast way for the journals' rows: those of a commit go
in by hundreds a statement, so SQLite works on them without Python's lock.
"""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeVar

from miaohui.relay.storage.schema import connect, prepare
from miaohui.runtime.clock import stamp_ns
from miaohui.runtime.metrics import Histogram

T = TypeVar("T")
log = logging.getLogger(__name__)

WAL_QUIET_PAGES = 256  # a checkpoint in a quiet moment is worth its while from here on
WAL_LIMIT_PAGES = 16_384  # 64 MiB: from here on it does not wait for a quiet moment
WAL_REST_PAGES = 1024  # so few may be left to the writing thread itself
QUIET_S = 0.05
BUSY = 16  # works in one commit from which on the next one lets more of them gather
REST_S = 0.01  # … so long at most

# Statements are kept ready for these numbers of rows; any number is the sum of a few of them.
ROWS_AT_ONCE = (512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)


def _for_rows(head: str, columns: int) -> dict[int, str]:
    """The statement by the number of its rows."""
    row = f"({','.join('?' * columns)})"
    return {number: f"{head} VALUES {','.join([row] * number)}" for number in ROWS_AT_ONCE}


# Whoever puts rows in takes all of them back when one is refused. SQLite need not be able to take back
# a statement of its own accord, then: it would write each page that one touches into a file besides.
FEED_IN = _for_rows("INSERT OR FAIL INTO feed (session, pos, seq, utc_ms, line, body)", 6)
ANSWER_IN = _for_rows("INSERT OR FAIL INTO answer (account, id, digest, result)", 4)

FeedRow = tuple[int, int, int | None, int, str, str | None]
"""session's number, pos, seq, utc in ms, line, body."""
AnswerRow = tuple[str, str, str, str]
"""account, id, digest, result."""


class ReadLane(Enum):
    """Who reads: those of one lane never wait for those of another."""

    SESSIONS = "sessions"  # what a paid conversation, its orders and its sign-ins wait for
    BROWSING = "browsing"  # searching and looking around: one thread, so one core at most


class StoreFault(sqlite3.Error):
    """The database could not write it down; nothing of it happened."""


class LineageBroken(StoreFault):
    """A write whose ground was not written; the disk itself did nothing wrong."""


class Lineage:
    """One unbroken line of writes, each of which stands on the one before; when one fails, those
    behind it fail too, unwritten."""

    __slots__ = ("dead",)

    def __init__(self) -> None:
        self.dead = False


class Work:
    """Something to be written: a job, or rows for feeds and answers. ``done`` is called on the loop
    after the commit, with ``result`` or ``error`` set."""

    __slots__ = ("answers", "error", "feed", "job", "lineage", "put_ns", "result")

    def __init__(
        self,
        job: Callable[[sqlite3.Connection], object] | None = None,
        feed: Sequence[FeedRow] = (),
        answers: Sequence[AnswerRow] = (),
        lineage: Lineage | None = None,
    ) -> None:
        self.job = job
        self.feed = feed
        self.answers = answers
        self.lineage = lineage
        self.result: object = None
        self.error: BaseException | None = None
        self.put_ns = 0  # when it was given to the store

    def age_ms(self) -> int:
        """Since it was given to the store."""
        return (stamp_ns() - self.put_ns) // 1_000_000 if self.put_ns else 0

    def done(self) -> None:
        raise NotImplementedError


class _Awaited(Work):
    """A job that somebody awaits."""

    __slots__ = ("_future",)

    def __init__(
        self,
        future: asyncio.Future[T],
        job: Callable[[sqlite3.Connection], T],
        lineage: Lineage | None,
    ) -> None:
        super().__init__(job, lineage=lineage)
        self._future = future

    def done(self) -> None:
        if self._future.cancelled():
            return
        if self.error is not None:
            self._future.set_exception(self.error)
        else:
            self._future.set_result(self.result)  # type: ignore[arg-type]


class WritingThread(Protocol):
    """What a store asks of the thread that commits."""

    def start(self) -> None: ...

    def join(self) -> None: ...


class Store:
    """The database (SQLite, WAL, synchronous=FULL). ``open`` it inside the running loop."""

    def __init__(
        self,
        path: Path,
        *,
        readers: int = 2,
        wal_limit: int = WAL_LIMIT_PAGES,
        thread: Callable[..., WritingThread] = threading.Thread,
    ) -> None:
        """``thread``: makes the one that commits, as ``threading.Thread`` does."""
        prepare(path)
        self._wal_limit = wal_limit
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._queue: deque[Work] = deque()
        self._committing_ns = 0  # when the oldest of what is being committed was put; 0: nothing is
        self._slowest_ns = 0
        self.commits = Histogram()
        self._scrubbing = False  # words were erased: the log must lose them, too
        self._woken = False  # the writing thread is told at the end of this turn of the loop
        self._closing = False
        self._ended = threading.Event()
        self._conn = connect(path)
        self._conn.execute("PRAGMA journal_mode=WAL")
        self._conn.execute("PRAGMA wal_autocheckpoint=0")
        self._conn.execute("PRAGMA cache_size=-32000")
        self._wal_pages = WAL_QUIET_PAGES
        self._fault_hears: list[Callable[[BaseException], None]] = []
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._readers = {
            ReadLane.SESSIONS: ThreadPoolExecutor(readers, thread_name_prefix="store-read"),
            ReadLane.BROWSING: ThreadPoolExecutor(1, thread_name_prefix="store-browse"),
        }
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="store-checkpoint")
        self._copying: Future[None] | None = None
        self._thread = thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    def watch_faults(self, hear: Callable[[BaseException], None]) -> None:
        """``hear`` is told on the loop of every commit or job that the disk refused."""
        self._fault_hears.append(hear)

    # -- asked from the loop -------------------------------------------------------------------

    async def write(
        self, job: Callable[[sqlite3.Connection], T], lineage: Lineage | None = None
    ) -> T:
        """Runs ``job`` in a savepoint of the next commit; returns once that is durable."""
        future: asyncio.Future[T] = self._loop.create_future()
        self.put(_Awaited(future, job, lineage))
        return await future

    async def read(
        self, job: Callable[[sqlite3.Connection], T], lane: ReadLane = ReadLane.SESSIONS
    ) -> T:
        """Runs ``job`` on a reading connection, on a snapshot."""
        return await self._loop.run_in_executor(self._readers[lane], self._read, job)

    async def close(self) -> None:
        """Writes what waits, then closes."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._ended.set()
        await self._loop.run_in_executor(None, self._thread.join)
        for readers in self._readers.values():
            readers.shutdown(wait=True)
        self._beside.shutdown(wait=True)
        for conn in self._reading:
            conn.close()
        self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._conn.close()

    def put(self, work: Work) -> None:
        """Goes into the next commit."""
        if self._closing:
            work.error = StoreFault("the store is closed")
            self._loop.call_soon(work.done)
            return
        work.put_ns = stamp_ns()
        self._queue.append(work)
        if not self._woken:
            self._woken = True
            self._loop.call_soon(self._wake_up)

    def scrub(self) -> None:
        """Words were erased: the log, which still holds them, is emptied soon."""
        with self._wake:
            self._scrubbing = True
            self._wake.notify()

    def _wake_up(self) -> None:
        self._woken = False
        with self._wake:
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
        rest = 0.0
        while True:
            if rest:
                self._ended.wait(rest)
                rest = 0.0
            with self._wake:
                while not self._queue and not self._closing:
                    due = self._scrubbing or self._wal_pages >= WAL_QUIET_PAGES
                    quiet = not self._wake.wait(QUIET_S if due else None)
                    if quiet:
                        break
                # What the loop adds meanwhile goes along, or into the next commit.
                batch = [self._queue.popleft() for _ in range(len(self._queue))]
                stop = self._closing and not batch
            if stop:
                return
            if batch:
                self._committing_ns = batch[0].put_ns
                began = stamp_ns()
                self._commit(batch)
                took = (stamp_ns() - began) / 1e9
                if len(batch) >= BUSY:
                    rest = min(took, REST_S)
                self._loop.call_soon_threadsafe(self._deliver, batch)
                if self._scrubbing or self._wal_pages > self._wal_limit:
                    self._relieve()
            elif self._scrubbing:
                self._scrub()
            elif self._wal_pages >= WAL_QUIET_PAGES:
                self._checkpoint()

    def lag_ms(self) -> int:
        """How long the oldest of what waits has waited, or of what was done since the last call."""
        now = stamp_ns()
        oldest = self._committing_ns or (self._queue[0].put_ns if self._queue else now)
        slowest, self._slowest_ns = max(now - oldest, self._slowest_ns), 0
        return slowest // 1_000_000

    def _deliver(self, batch: list[Work]) -> None:
        oldest = batch[0].put_ns
        took = stamp_ns() - oldest
        self._slowest_ns = max(self._slowest_ns, took)
        self.commits.observe(took / 1e9)
        if self._committing_ns == oldest:
            self._committing_ns = 0
        for hear in self._fault_hears if any(work.error for work in batch) else ():
            for error in {str(work.error): work.error for work in batch if work.error}.values():
                hear(error)
        for work in batch:
            try:
                work.done()
            except Exception:
                log.exception("after a commit")

    def _relieve(self) -> None:
        """Takes a long log over into the database without a quiet moment: most of it beside the
        commits, the rest between two of them, so that the log begins anew."""
        if self._copying is None:
            self._copying = self._beside.submit(self._copy)
        elif self._copying.done():
            self._copying = None
            if self._scrubbing:
                self._scrub()
            else:
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

    def _scrub(self) -> None:
        """Empties the log, unless somebody reads just now: then a moment later."""
        try:
            self._conn.execute("PRAGMA busy_timeout=0")
            busy, _, _ = self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._scrubbing = bool(busy)
            self._wal_pages = self._wal_pages if busy else 0
        except sqlite3.Error:
            log.exception("checkpoint")
            self._scrubbing = False
        finally:
            self._conn.execute("PRAGMA busy_timeout=10000")

    def _checkpoint(self) -> None:
        try:
            self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error:
            log.exception("checkpoint")
        self._wal_pages = 0

    def _commit(self, batch: list[Work]) -> None:
        """Rows and nothing else, which is the usual commit, go in by as few calls as can be:
        between any two of them the loop may hold Python's lock."""
        conn = self._conn
        try:
            conn.execute("BEGIN IMMEDIATE")
            try:
                alone = all(work.job is None for work in batch)
                if alone:
                    self._insert([work for work in batch if self._alive(work)])
            except sqlite3.IntegrityError:
                conn.execute("ROLLBACK")
                conn.execute("BEGIN IMMEDIATE")
                alone = False
            if not alone:
                self._one_by_one(batch)
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

    def _one_by_one(self, batch: list[Work]) -> None:
        """In their order, so that who fails fails alone."""
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

    @staticmethod
    def _fail(work: Work, error: BaseException) -> None:
        work.result = None  # what was read in a transaction that failed is worth nothing
        if work.error is None:
            work.error = error
        if work.lineage is not None:
            work.lineage.dead = True

    def _alive(self, work: Work) -> bool:
        if work.lineage is not None and work.lineage.dead:
            self._fail(work, LineageBroken("what it stands on was not written"))
            return False
        return True

    def _do_job(self, work: Work) -> None:
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

    def _do_rows(self, works: list[Work]) -> None:
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

    def _insert_whole(self, works: list[Work]) -> None:
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

    def _insert(self, works: list[Work]) -> None:
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
