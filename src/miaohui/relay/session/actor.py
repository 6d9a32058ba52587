"""The single writer of one session: it alone adds to the journal, in the order of receipt.

The loop is its mailbox: a command is carried out in memory the moment it arrives, its rows go to
the store, and only after their commit is anybody told. When a commit fails, everything that stood
on it fails too and the session is read from disk again.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from sqlite3 import Connection as Db
from sqlite3 import IntegrityError
from typing import Protocol

from miaohui.relay.net.command_order import PASSING
from miaohui.relay.ports import Caller, OrdersPort, PushPort, Refused
from miaohui.relay.session.deadlines import Deadlines
from miaohui.relay.session.fingerprints import Marks
from miaohui.relay.session.opening import INSERT_FEED
from miaohui.relay.session.read_receipts import OTHER, Reach
from miaohui.relay.session.state import Book, Stage, push_head, without_text
from miaohui.relay.storage.idempotency import DurableAnswers
from miaohui.relay.storage.keys import RelayKey
from miaohui.relay.storage.store import FeedRow, Lineage, Store, StoreFault
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Result
from miaohui.wire.sessions import PeerPresence, PeerProgress

log = logging.getLogger(__name__)

WAITING = 256  # commands kept while the session is read again


class Line(Protocol):
    """A person's connection, as a session sees it."""

    caller: Caller | None
    attached: "dict[str, Attached]"

    def send(self, data: bytes) -> None: ...

    def answer(self, id: str, outcome: Result | Refused) -> None: ...

    def taken(self, id: str, result: bytes) -> None: ...


@dataclass(slots=True)
class Attached:
    """A reader of the feed on one connection. ``sent``: the highest position that went there;
    ``live``: it has reached the head, so what is new is pushed."""

    writer: "Writer"
    side: str
    to_pos: int | None
    sent: int
    live: bool = False

    @property
    def head(self) -> int:
        return self.writer.durable if self.to_pos is None else self.to_pos


@dataclass(frozen=True, slots=True)
class Tools:
    """What every writer works with."""

    store: Store
    clock: Clock
    tasks: Tasks
    push: PushPort
    answers: DurableAnswers
    deadlines: Deadlines
    marks: Marks
    key: RelayKey
    run: str
    orders: OrdersPort


@dataclass(slots=True)
class Step:
    """What a command comes to: its answer, what goes into the same transaction, what follows."""

    result: Result
    sides: list[Callable[[Db], None]] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)


class State(Enum):
    """READY ⇄ REREADING; BROKEN while the disk refuses, then REREADING again."""

    READY = "ready"
    REREADING = "rereading"
    BROKEN = "broken"


Reply = Callable[[Result | Refused], None]


class Writer:
    """One session's writer. ``durable``: the newest position that is on disk; ``lineage``: of what
    is being written to it."""

    def __init__(
        self,
        tools: Tools,
        book: Book,
        watch: Callable[["Writer", int], None],
        reread: Callable[["Writer"], None],
    ) -> None:
        self.tools = tools
        self.id = book.facts.id
        self.book = book
        self.durable = book.pos
        self.reach = Reach()
        self.lines: dict[Line, Attached] = {}
        self.state = State.READY
        self.recent: deque[FeedRow] = deque(maxlen=64)
        self.told_breach = 0  # oldest ask of the newest turn whose breach was announced
        self.offered = 0  # … to which a handover was offered
        self.look_again: int | None = None  # relay's mono: for a free colleague
        self.offline_since: int | None = None
        self.fault_from: int | None = None  # relay's mono: since when nothing could be written
        self.tries = 0
        self.waiting: list[Callable[[], None]] = []
        self.lineage = Lineage()
        self._push_head = push_head(self.id)
        self._watch = watch
        self._reread = reread

    @property
    def idle(self) -> bool:
        """Whether everything is on disk."""
        return self.durable == self.book.pos

    # -- commits ---------------------------------------------------------------------------------

    def commit(
        self,
        stage: Stage,
        step: Step,
        reply: Reply | None = None,
        *,
        caller: Caller | None = None,
        command: Command | None = None,
    ) -> None:
        """Makes a step durable, with all that goes into its transaction, and answers after."""
        answers, num, lineage = self.tools.answers, self.book.facts.num, self.lineage

        def job(conn: Db) -> None:
            if caller is not None and command is not None:
                answers.remember_for_in(conn, caller, command, step.result, session=num)
            conn.executemany(INSERT_FEED, stage.rows)
            for side in step.sides:
                side(conn)

        def done(result: object, error: BaseException | None) -> None:
            if error is None:
                self.tries = 0
                if reply is not None:
                    reply(step.result)
                self.spread(stage)
                for after in step.after:
                    after()
            else:
                self.failed(error, reply, lineage)

        if command is not None:
            self.book.ids.add(command.id)
        self.tools.store.post(job, done, lineage)

    def refuse(self, caller: Caller, command: Command, refusal: Refused, reply: Reply) -> None:
        """Refuses a command: for good durably, before anything that its author says after it."""
        if refusal.code in PASSING:
            reply(refusal)
            return
        answers, num, lineage = self.tools.answers, self.book.facts.num, self.lineage

        def job(conn: Db) -> None:
            answers.remember_refusal_in(conn, caller, command, refusal, session=num)

        def done(result: object, error: BaseException | None) -> None:
            if error is None:
                reply(refusal)
            else:
                self.failed(error, reply, lineage)

        self.book.ids.add(command.id)
        self.tools.store.post(job, done, lineage)

    def failed(self, error: BaseException, reply: Reply | None, lineage: Lineage) -> None:
        """A write came to nothing: ``reply`` hears why, and the session is read again."""
        if isinstance(error, Refused):
            refusal = error
        elif isinstance(error, IntegrityError):
            refusal = Refused(Code.ID_REUSED)
        else:
            refusal = Refused(Code.RELAY_FAULT)
            if lineage is self.lineage:
                self.tries += 1
                if not isinstance(error, StoreFault):
                    log.error("session %s", self.id, exc_info=error)
                elif self.fault_from is None:
                    self.fault_from = self.tools.clock.mono()
        if reply is not None:
            reply(refusal)
        # Memory ran ahead of the disk: nothing more is built on it.
        if self.state is State.READY and lineage is self.lineage:
            self.state = State.REREADING
            self.tools.deadlines.set(self.id, None)
            self._reread(self)

    def replaced(self, book: Book) -> None:
        """The session was read from disk again."""
        self.book = book
        self.durable = book.pos
        self.lineage = Lineage()
        self.state = State.READY
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()

    def when_ready(self, do: Callable[[], None], refused: Reply) -> None:
        """Runs ``do`` now, or after the session was read again."""
        if self.state is State.READY:
            do()
        elif self.state is State.REREADING and len(self.waiting) < WAITING:
            self.waiting.append(do)
        else:
            refused(Refused(Code.RELAY_FAULT, retry_ms=1000))

    def give_up_waiting(self) -> None:
        """The disk still refuses: whoever waits hears so by trying again."""
        self.state = State.BROKEN
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            # In BROKEN every one of them is refused by its own `when_ready`.
            each()

    # -- readers ---------------------------------------------------------------------------------

    def spread(self, stage: Stage) -> None:
        """Tells everybody who reads along what is durable now."""
        rows = stage.rows
        if not rows:
            return
        first = rows[0][1]
        self.durable = durable = rows[-1][1]
        self.recent.extend(rows)
        data: bytes | None = None
        for line, attached in self.lines.items():
            if attached.sent == first - 1 and attached.live:
                if data is None:
                    data = stage.push(self._push_head)
                attached.sent = durable
                line.send(data)

    def tell(self, frame: Frame, side: str | None = None) -> None:
        """Something ephemeral to the readers of one side, or of both."""
        data = encode(frame)
        for line, attached in self.lines.items():
            if (side is None or attached.side == side) and attached.to_pos is None:
                line.send(data)

    def attach(self, line: Line, attached: Attached) -> None:
        self.lines[line] = attached
        line.attached[self.id] = attached

    def detach(self, line: Line) -> None:
        self.lines.pop(line, None)
        line.attached.pop(self.id, None)

    def acked(self, line: Line, pos: int, now: int) -> None:
        """A connection has stored the feed up to ``pos``, as far as it was sent there."""
        attached = self.lines.get(line)
        if attached is None or attached.to_pos is not None:
            return
        if self.reach.ack(self.book, attached.side, min(pos, attached.sent), now):
            self.progress(OTHER[attached.side])

    def looked(self, line: Line, seq: int) -> None:
        attached = self.lines.get(line)
        if attached is None or attached.to_pos is not None:
            return
        if self.reach.look(attached.side, seq):
            self.progress(OTHER[attached.side])

    def progress(self, side: str) -> None:
        """Tells a side how far the other has come."""
        other = OTHER[side]
        self.tell(
            PeerProgress(
                session=self.id,
                delivered=self.reach.stored[other],
                seen=self.reach.seen[other],
            ),
            side,
        )

    def peer_presence(self, side: str, *, online: bool) -> None:
        """Tells the other side that this one came or went."""
        self.tell(PeerPresence(session=self.id, online=online), OTHER[side])

    def forget_body(self, seq: int) -> None:
        """A recalled text is not shown again out of memory either."""
        for index, row in enumerate(self.recent):
            self.recent[index] = without_text(row, seq)

    # -- time ------------------------------------------------------------------------------------

    def watch(self, now: int) -> None:
        """Does what is due, and sets the next deadline."""
        if self.state is State.READY:
            self._watch(self, now)
