"""Every session's writer: read back, watched over, and asked by the other rooms."""

import asyncio
import logging
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Callable

from miaohui.relay.ports import Opening, Refused
from miaohui.relay.session.actor import State, Step, Tools, Writer
from miaohui.relay.session.close import close, wake_up
from miaohui.relay.session.facts import live_in
from miaohui.relay.session.opening import open_in
from miaohui.relay.session.recovery import (
    Loaded,
    Vouch,
    load,
    vouch_in,
    write_fault_in,
    write_vouch_in,
)
from miaohui.relay.session.session_list import card_in
from miaohui.relay.session.state import Stage
from miaohui.relay.session.timers import watch
from miaohui.relay.storage.store import StoreFault
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Result
from miaohui.wire.journal import Extended
from miaohui.wire.sessions import SessionCard

log = logging.getLogger(__name__)

KEEP_CLOSED = 512  # closed sessions kept in memory for whoever still reads them
VOUCH_S = 1.0
RETRY_S = (1.0, 2.0, 5.0)


class Sessions:
    """SessionsPort."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.writers: dict[str, Writer] = {}
        self._loading: dict[str, asyncio.Future[Writer | None]] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._live: defaultdict[str, set[str]] = defaultdict(set)  # account → open sessions
        self._seated: dict[str, tuple[str, str]] = {}  # session → (customer, responder) in _live
        self._of_order: dict[str, str] = {}  # order → its open session
        self._last_wait: dict[str, int] = {}
        self._vouch: Vouch | None = None

    # -- start and upkeep ------------------------------------------------------------------------

    async def recover(self) -> int:
        """Reads every open session back, with a fault over the time away; returns how many."""
        store = self.tools.store
        self._vouch = await store.read(vouch_in)
        found = await store.read(live_in)
        for session in found:
            await self.writer(session)
        return len(found)

    async def keep_vouching(self) -> None:
        """Writes down, every second, the newest instant that this relay can vouch for."""
        clock, store = self.tools.clock, self.tools.store
        while True:
            await asyncio.sleep(VOUCH_S)
            if self._seated:
                vouch = Vouch(self.tools.run, clock.mono(), clock.utc_ms())
                try:
                    await store.write(lambda conn, vouch=vouch: write_vouch_in(conn, vouch))  # type: ignore[misc]
                except StoreFault:
                    log.warning("no instant could be vouched for")

    def ring(self, session: str, now: int) -> None:
        """A session's deadline has come."""
        writer = self.writers.get(session)
        if writer is not None:
            writer.watch(now)

    async def writer(self, session: str) -> Writer | None:
        """The writer of a session, read from the database where need be."""
        writer = self.writers.get(session)
        if writer is not None:
            return writer
        pending = self._loading.get(session)
        if pending is None:
            pending = asyncio.get_running_loop().create_future()
            self._loading[session] = pending
            try:
                writer = await self._load(session)
            except BaseException as error:
                pending.set_exception(error)
                pending.exception()
                raise
            finally:
                del self._loading[session]
            pending.set_result(writer)
            return writer
        return await asyncio.shield(pending)

    async def _read(self, session: str, fault_from: int | None) -> Loaded | None:
        tools = self.tools
        mono, utc_ms = tools.clock.mono(), tools.clock.utc_ms()
        loaded = await tools.store.read(
            lambda conn: load(
                conn,
                session,
                run=tools.run,
                mono=mono,
                utc_ms=utc_ms,
                vouch=self._vouch,
                fault_from=fault_from,
                marks=tools.marks,
            )
        )
        if loaded is None:
            return None
        book, fault = loaded.book, loaded.fault
        if fault.rows:
            await tools.store.write(lambda conn: write_fault_in(conn, book, fault))
        tools.marks.learn(book.responder, loaded.marks)
        return loaded

    async def _load(self, session: str) -> Writer | None:
        loaded = await self._read(session, None)
        if loaded is None:
            return None
        tools = self.tools
        now = tools.clock.mono()
        writer = Writer(tools, loaded.book, self._watch, self._reread)
        writer.recent.extend([*loaded.recent, *loaded.fault.rows])
        if loaded.book.facts.state != "closed":
            if not tools.push.online(loaded.book.facts.customer):
                writer.offline_since = now
            turn = loaded.book.fold.open_turn(loaded.book.t_of(now))
            if turn is not None and "handover_offered" in loaded.book.notices:
                writer.offered = (
                    turn.asks[0] if loaded.book.notices["handover_offered"] >= turn.start else 0
                )
        self.writers[session] = writer
        self._seat(writer)
        writer.watch(now)
        return writer

    def _reread(self, writer: Writer) -> None:
        self.tools.tasks.start(self._read_again(writer), "read a session again")

    async def _read_again(self, writer: Writer) -> None:
        while True:
            if writer.tries > 1:
                # It failed again at once: whoever waits is told, and the disk is left in peace.
                writer.state = State.BROKEN
                writer.give_up_waiting()
                await asyncio.sleep(RETRY_S[min(writer.tries - 2, len(RETRY_S) - 1)])
                writer.state = State.REREADING
            try:
                loaded = await self._read(writer.id, writer.fault_from)
                break
            except (StoreFault, sqlite3.Error) as error:
                log.error("session %s cannot be read again: %s", writer.id, error)
                writer.tries += 1
        if loaded is None:
            return
        writer.fault_from = None
        writer.recent.clear()
        writer.recent.extend(loaded.recent)
        writer.replaced(loaded.book)
        writer.spread(loaded.fault)
        writer.watch(self.tools.clock.mono())

    def _watch(self, writer: Writer, now: int) -> None:
        watch(writer, now)
        seated = self._seated.get(writer.id)
        facts = writer.book.facts
        if seated is not None and (facts.state == "closed" or seated[1] != facts.responder):
            self._seat(writer)

    def _seat(self, writer: Writer) -> None:
        """Keeps the index of who sits in which open session."""
        facts = writer.book.facts
        before = self._seated.pop(writer.id, None)
        for account in before or ():
            self._live[account].discard(writer.id)
            if not self._live[account]:
                del self._live[account]
        if before is not None:
            wait = _newest_wait(writer, self.tools.clock.mono())
            if wait is not None:
                self._last_wait[before[1]] = wait
        if facts.state == "closed":
            self._of_order.pop(facts.order, None)
            self._closed[writer.id] = None
            self._closed.move_to_end(writer.id)
            self._forget_old()
            return
        self._seated[writer.id] = (facts.customer, facts.responder)
        self._of_order[facts.order] = writer.id
        self._live[facts.customer].add(writer.id)
        self._live[facts.responder].add(writer.id)

    def _forget_old(self) -> None:
        for session in list(self._closed):
            if len(self._closed) <= KEEP_CLOSED:
                return
            writer = self.writers[session]
            if writer.state is State.READY and not writer.lines and writer.idle:
                del self._closed[session]
                del self.writers[session]

    def of_order(self, order: str) -> Writer | None:
        """The open session that an order became."""
        session = self._of_order.get(order)
        return None if session is None else self.writers.get(session)

    def live_of(self, account: str) -> list[Writer]:
        """The open sessions in which an account sits now."""
        return [self.writers[session] for session in self._live.get(account, ())]

    # -- SessionsPort ----------------------------------------------------------------------------

    def open_in(self, conn: sqlite3.Connection, opening: Opening) -> str:
        clock = self.tools.clock
        return open_in(
            conn,
            opening,
            run=self.tools.run,
            mono=clock.mono(),
            utc_ms=clock.utc_ms(),
            label_rules=self.tools.marks.rules.version,
        )

    async def started(self, session: str) -> SessionCard:
        writer = await self.writer(session)
        if writer is None:
            raise Refused(Code.NOT_FOUND, "session")
        return await self.card(session, writer.book.responder)

    async def card(self, session: str, account: str) -> SessionCard:
        card = await self.tools.store.read(lambda conn: card_in(conn, session, account))
        if card is None:
            raise Refused(Code.NOT_FOUND, "session")
        return card

    async def extend(
        self,
        session: str,
        minutes: int,
        price_fen: int,
        side: Callable[[sqlite3.Connection], None],
    ) -> None:
        writer = await self.writer(session)
        if writer is None:
            raise Refused(Code.NOT_FOUND, "session")
        now = self.tools.clock.mono()
        orders = self.tools.orders
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def reply(outcome: Result | Refused) -> None:
            if done.cancelled():
                return
            if isinstance(outcome, Refused):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)

        def write() -> None:
            facts = writer.book.facts
            if facts.state == "closed":
                reply(Refused(Code.SESSION_CLOSED))
                return
            again = facts.state == "closing"

            def follow(conn: sqlite3.Connection) -> None:
                conn.execute(
                    "UPDATE session SET state = 'open', ending = NULL, minutes = minutes + ?"
                    " WHERE num = ?",
                    (minutes, facts.num),
                )
                if again:
                    orders.moved_in(conn, facts.order, "open")

            stage = Stage()
            writer.book.add(stage, Extended, now, paid_ms=minutes * 60_000, price_fen=price_fen)
            writer.commit(stage, Step(Done(), sides=[side, follow]), reply)
            writer.watch(now)

        writer.when_ready(write, reply)
        await done

    def live_count(self, responder: str) -> int:
        return len(self._live.get(responder, ()))

    def remaining_ms(self, responder: str) -> list[int]:
        now = self.tools.clock.mono()
        books = [writer.book for writer in self.live_of(responder)]
        return [book.fold.remaining_ms(book.t_of(now)) for book in books]

    def last_wait_ms(self, responder: str) -> int | None:
        now = self.tools.clock.mono()
        waits = [
            wait
            for writer in self.live_of(responder)
            if (wait := _newest_wait(writer, now)) is not None
        ]
        return max(waits) if waits else self._last_wait.get(responder)

    async def end_all(self, account: str, reason: str) -> None:
        now = self.tools.clock.mono()
        for writer in self.live_of(account):
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def reply(outcome: Result | Refused, done: asyncio.Future[None] = done) -> None:
                if not done.done():
                    done.set_result(None)

            def write(
                writer: Writer = writer, reply: Callable[[Result | Refused], None] = reply
            ) -> None:
                if writer.book.facts.state == "closed":
                    reply(Done())
                    return
                stage, step = Stage(), Step(Done())
                wake_up(writer.book, stage, now)
                close(writer, stage, step, reason, now)
                writer.commit(stage, step, reply)
                writer.watch(now)

            writer.when_ready(write, reply)
            await done


def _newest_wait(writer: Writer, now: int) -> int | None:
    """A session's newest finished wait, or the running one once it is breached."""
    book = writer.book
    turn = book.fold.open_turn(book.t_of(now))
    if turn is not None and turn.breached:
        return turn.wait
    settled = book.fold.turns_since(-1)
    return settled[-1].wait if settled else None
