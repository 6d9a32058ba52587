"""The one thread in which everything blocking of the client happens, and its encrypted database.

Jobs that gathered while the last commit ran share the next one, each in a savepoint of its own; a
job is answered after the commit, so what it wrote is durable by then.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from miaohui.client.store import history
from miaohui.client.store.schema import SchemaNewer, migrate
from miaohui.runtime.memory import give_back

if TYPE_CHECKING:
    from sqlite3 import Connection

T = TypeVar("T")
Answer = Callable[[Any, BaseException | None], None]
Job = tuple[Callable[["Connection"], Any] | None, Callable[[], Any] | None, Answer | None]
log = logging.getLogger(__name__)
GROUP = 256


class StoreClosed(RuntimeError):
    """Asked of a store that has been closed."""


class StoreUnreadable(Exception):
    """The file is there and the key does not open it."""


class LocalStore:
    """Opens on a file with a raw key, or in memory. Jobs posted before that wait for it."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._held: list[Job] = []
        self._thread: Thread | None = None
        self._conn: Connection | None = None
        self._open = False
        self._closed = False
        self._report: Callable[[BaseException], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_damage: Callable[[], None] | None = None
        self._damaged = False

    def report_to(self, hears: Callable[[BaseException], None]) -> None:
        """Who hears of posted jobs that failed."""
        self._report = hears

    def damage_to(self, hears: Callable[[], None]) -> None:
        """Who hears, once until it was rebuilt, that the file on disk is damaged."""
        self._on_damage = hears

    # --- from the loop -----------------------------------------------------------------------
    async def apart(self, work: Callable[[], T]) -> T:
        """Runs blocking work that is no database work (keyring, files) in the store's thread."""
        return await self._ask((None, work, None))  # type: ignore[no-any-return]

    async def run(self, job: Callable[["Connection"], T]) -> T:
        """Returns once what ``job`` wrote is durable; its exception undoes it alone."""
        return await self._ask((job, None, None))  # type: ignore[no-any-return]

    def post(
        self,
        job: Callable[["Connection"], object],
        done: Callable[[], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """As ``run`` for nobody who waits; ``done`` is called on the loop after the commit."""
        loop = asyncio.get_running_loop()

        def answer(_: object, error: BaseException | None) -> None:
            if error is None:
                if done is not None:
                    loop.call_soon_threadsafe(done)
                return
            for hears in (failed, self._report):
                if hears is not None:
                    loop.call_soon_threadsafe(hears, error)

        self._put((job, None, answer))

    async def open(self, path: Path | None, key: bytes | None, *, carry: bool = True) -> None:
        """Opens (or moves to) this database; with ``carry`` what an earlier one held comes
        along."""
        await self.apart(lambda: self._switch(path, key, carry=carry))
        self._begin()

    async def rebuild(self, path: Path, key: bytes, set_aside: Callable[[], Path | None]) -> str:
        """A fresh database where a damaged one lay; what can be read of the old one comes along,
        save the words, which the relay has. The name under which the old one lies now."""
        name = await self.apart(lambda: self._rebuild(path, key, set_aside))
        self._begin()
        return name

    def _begin(self) -> None:
        self._open = True
        held, self._held = self._held, []
        for job in held:
            self._queue.put(job)

    async def shrink(self) -> None:
        """After much was written or read: the caches of it, and the holes in memory, go back."""
        await self.run(lambda conn: conn.execute("PRAGMA shrink_memory").fetchall())
        await self.apart(give_back)

    async def close(self) -> None:
        """Carries out what was posted, then ends the thread."""
        if self._closed:
            return
        self._closed = True
        for job in self._held:
            if job[2] is not None:
                job[2](None, StoreClosed("never opened"))
        self._held.clear()
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    async def _ask(self, job: Job) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(value: object, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)

        def answer(value: object, error: BaseException | None) -> None:
            loop.call_soon_threadsafe(settle, value, error)

        self._put((job[0], job[1], answer))
        return await future

    def _put(self, job: Job) -> None:
        if self._closed:
            raise StoreClosed("the store is closed")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = Thread(target=self._work, name="store", daemon=True)
            self._thread.start()
        if job[0] is not None and not self._open:
            self._held.append(job)
        else:
            self._queue.put(job)

    # --- in the thread -----------------------------------------------------------------------
    def _work(self) -> None:
        while True:
            job = self._queue.get()
            if job is None:
                break
            jobs = [job]
            while len(jobs) < GROUP and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._queue.put(None)
                    break
                jobs.append(following)
            self._group(jobs)
            del job, jobs  # what they hold is not kept until the next comes
        if self._conn is not None:
            self._conn.close()

    def _group(self, jobs: list[Job]) -> None:
        rows: list[Job] = []
        for job in jobs:
            if job[0] is not None:
                rows.append(job)
                continue
            self._commit(rows)
            rows = []
            assert job[1] is not None
            try:
                value = job[1]()
            except BaseException as error:
                self._say(job[2], None, error)
            else:
                self._say(job[2], value, None)
        self._commit(rows)

    def _commit(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        conn = self._conn
        assert conn is not None
        answers: list[tuple[Answer | None, object, BaseException | None]] = []
        try:
            conn.execute("BEGIN IMMEDIATE")
            for job, _, answer in jobs:
                assert job is not None
                conn.execute("SAVEPOINT job")
                try:
                    answers.append((answer, job(conn), None))
                except Exception as error:
                    if is_damage(error):
                        raise  # of a damaged file nothing can be undone either
                    conn.execute("ROLLBACK TO job")
                    answers.append((answer, None, error))
                conn.execute("RELEASE job")
            conn.execute("COMMIT")
        except Exception as error:
            self._look_at(error)
            with contextlib.suppress(Exception):  # of a damaged file even this may fail
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
            answers = [(answer, None, error) for _, _, answer in jobs]
        for answer, value, failed in answers:
            self._say(answer, value, failed)

    @staticmethod
    def _say(answer: Answer | None, value: object, error: BaseException | None) -> None:
        if answer is None:
            return
        try:
            answer(value, error)
        except RuntimeError:
            # The loop is gone: the work is done and durable, only nobody is left to hear it.
            log.debug("nobody hears an answer any more")

    def _look_at(self, error: BaseException) -> None:
        if not is_damage(error) or self._damaged:
            return
        self._damaged = True
        if self._on_damage is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone
                self._loop.call_soon_threadsafe(self._on_damage)

    def _rebuild(self, path: Path, key: bytes, set_aside: Callable[[], Path | None]) -> str:
        if self._conn is not None:
            with contextlib.suppress(Exception):
                self._conn.close()
            self._conn = None
        try:
            aside = set_aside()
            self._conn = connect(path, key)
        except BaseException:
            self._conn = connect(None, None)
            raise
        self._damaged = False
        if aside is None:
            return ""
        try:
            old = connect(aside, key)
        except (StoreUnreadable, SchemaNewer):
            return aside.name
        try:
            history.salvage(old, self._conn)
        finally:
            old.close()
        return aside.name

    def _switch(self, path: Path | None, key: bytes | None, *, carry: bool) -> None:
        fresh = connect(path, key)
        old, self._conn = self._conn, fresh
        if old is None:
            return
        if not carry:
            old.close()
            return
        fresh.execute("BEGIN IMMEDIATE")
        try:
            history.carry(old, fresh)
            fresh.execute("COMMIT")
        except BaseException:
            fresh.execute("ROLLBACK")
            fresh.close()
            self._conn = old
            raise
        old.close()


def is_damage(error: BaseException) -> bool:
    """SQLITE_CORRUPT or SQLITE_NOTADB: pages that are not what was written."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (11, 26)


def connect(path: Path | None, key: bytes | None) -> "Connection":
    """An open, migrated database; StoreUnreadable where the key does not fit."""
    import sqlcipher3.dbapi2 as sqlcipher

    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    opened: Any = sqlcipher.connect(
        ":memory:" if path is None else str(path), isolation_level=None, check_same_thread=False
    )
    conn: Connection = opened
    try:
        if key is not None:
            conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute("PRAGMA busy_timeout = 5000")
        conn.execute("PRAGMA cache_size = -2000")
        migrate(conn)
    except BaseException as error:
        conn.close()
        if is_damage(error):
            raise StoreUnreadable(str(error)) from None
        raise
    return conn
