"""A session that is in memory: its actor's mailbox, and the hands that carry out what it decides.

A command is decided the moment it arrives, its rows go to the store, and only after their commit
is anybody told. When a commit fails, everything that stood on it fails too and the session is read
from disk again.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from sqlite3 import IntegrityError
from typing import Protocol

from msgspec import Struct, structs

from miaohui.relay.measures import Measures
from miaohui.relay.money.orderbook import ExtensionCharge
from miaohui.relay.ports import Caller, PushPort, Refused
from miaohui.relay.session.actor import Picture, SessionActor
from miaohui.relay.session.deadlines import Deadlines
from miaohui.relay.session.effects import (
    Announce,
    BlockLifted,
    BlockMade,
    Decision,
    DeskMoved,
    Effect,
    EndReading,
    Forget,
    HandoverMoved,
    Push,
    Refusal,
    SessionStep,
    Tell,
    TickNow,
    WakeAt,
    WakeBy,
    WordsErased,
    write_in,
)
from miaohui.relay.session.facts import read_in
from miaohui.relay.session.opening import INSERT_FEED
from miaohui.relay.session.recovery import CopiedSession
from miaohui.relay.session.state import SessionState, push_head, without_text
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import FeedRow, Lineage, LineageBroken, Store, StoreFault, Work
from miaohui.runtime.clock import Clock
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Result
from miaohui.wire.journal import FaultReason
from miaohui.wire.sessions import Breach, ReadTo, Send, SignedHead

log = logging.getLogger(__name__)

WAITING = 256  # commands kept while the session is read again


class Speaker(Protocol):
    """Whoever sent a command, and is to be answered: a connection, or the relay itself."""

    def answer(self, id: str, outcome: Result | Refused) -> None: ...

    def taken(self, id: str, result: bytes) -> None:
        """``answer`` with a result that is encoded already."""
        ...


class ReaderLine(Speaker, Protocol):
    """A person's connection, as a session sees it. ``attached``: by session."""

    caller: Caller | None
    attached: "dict[str, Attached]"

    def send(self, data: bytes, /) -> None: ...


@dataclass(slots=True)
class Attached:
    """A reader of the feed on one connection. ``sent``: the highest position that went there;
    ``live``: it has reached the head, so what is new is pushed."""

    session: "LiveSession"
    side: str
    to_pos: int | None
    sent: int
    live: bool = False

    @property
    def head(self) -> int:
        return self.session.durable if self.to_pos is None else self.to_pos


class Inbound(Struct, frozen=True):
    """A person's command on its way to a session. ``now``: when it came."""

    line: Speaker
    caller: Caller
    frame: Command
    now: int
    picture: Picture | Refused | None = None

    @property
    def id(self) -> str:
        return self.frame.id

    def decide(self, actor: SessionActor) -> Decision:
        return actor.decide(self.caller, self.frame, self.now, self.picture)


class ExtensionPaid(Struct, frozen=True):
    """Time was bought on top, and is to be written down with its money."""

    line: Speaker
    now: int
    minutes: int
    price_fen: int
    charge: ExtensionCharge
    id: str = ""

    def decide(self, actor: SessionActor) -> Decision:
        return actor.extend(self.minutes, self.price_fen, self.charge, self.now)


class ShutDown(Struct, frozen=True):
    """A session is to end at once."""

    line: Speaker
    now: int
    reason: str
    id: str = ""

    def decide(self, actor: SessionActor) -> Decision:
        return actor.shut(self.reason, self.now)


class ShiftOver(Struct, frozen=True):
    """The responder's shift is over: what is left is finished, or handed on."""

    line: Speaker
    now: int
    finish_ms: int
    id: str = ""

    def decide(self, actor: SessionActor) -> Decision:
        return actor.relieve(self.finish_ms, self.now)


class CopyEnds(Struct, frozen=True):
    """A session that stood open in a copy is to end."""

    line: Speaker
    now: int
    copied: CopiedSession
    id: str = ""

    def decide(self, actor: SessionActor) -> Decision:
        copied = self.copied
        return actor.end_copied(copied.seq, copied.head, copied.utc, self.now)


Asked = Inbound | ExtensionPaid | ShutDown | ShiftOver | CopyEnds


@dataclass(frozen=True, slots=True)
class Hands:
    """Whatever carries the effects of sessions out."""

    store: Store
    clock: Clock
    push: PushPort
    deadlines: Deadlines
    announce: Callable[[str], None]
    read_again: "Callable[[LiveSession], None]"
    moved: "Callable[[LiveSession], None]"
    measures: Measures
    erased: Callable[[], None]
    blocked: Callable[[str, str], None]
    handing: Callable[[str, HandoverMoved], None]
    desk: Callable[[str], None]


class SessionPhase(Enum):
    """READY ⇄ REREADING; BROKEN while the disk refuses, then REREADING again."""

    READY = "ready"
    REREADING = "rereading"
    BROKEN = "broken"


class Commit(Work):
    """A step on its way to the disk, and who waits for it."""

    __slots__ = ("_asked", "_session", "_step")

    def __init__(self, session: "LiveSession", step: SessionStep, asked: Asked | None) -> None:
        # Rows alone take the store's fast way.
        plain = not step.writes and (asked is None or type(step.result) is bytes)
        super().__init__(
            None if plain else self._write_in, step.rows, step.answers, session.lineage
        )
        self._session = session
        self._step = step
        self._asked = asked

    def _write_in(self, conn: sqlite3.Connection) -> None:
        step, asked = self._step, self._asked
        if type(asked) is Inbound and isinstance(step.result, Result):
            num = self._session.num
            idempotency.remember_in(conn, asked.caller, asked.frame, step.result, session=num)
        conn.executemany(INSERT_FEED, step.rows)
        for write in step.writes:
            write_in(conn, write)

    def done(self) -> None:
        session, step, asked = self._session, self._step, self._asked
        if self.error is not None:
            session.failed(self.error, asked, self)
            return
        session.tries = 0
        now = session.now()
        if asked is not None:
            if type(step.result) is bytes:
                asked.line.taken(asked.id, step.result)
                session.acknowledged(asked.now, now)
            elif isinstance(step.result, Result):
                asked.line.answer(asked.id, step.result)
        session.spread(step, now)
        for effect in step.after:
            session.follow(effect)


class KeptRefusal(Work):
    """A refusal for good: durable before anything that its author says after it."""

    __slots__ = ("_asked", "_refused", "_session")

    def __init__(self, session: "LiveSession", asked: Inbound, refused: Refused) -> None:
        super().__init__(self._write_in, lineage=session.lineage)
        self._session = session
        self._asked = asked
        self._refused = refused

    def _write_in(self, conn: sqlite3.Connection) -> None:
        asked, num = self._asked, self._session.num
        idempotency.remember_refusal_in(conn, asked.caller, asked.frame, self._refused, session=num)

    def done(self) -> None:
        if self.error is None:
            self._asked.line.answer(self._asked.id, self._refused)
        else:
            self._session.failed(self.error, self._asked, self)


class FirstAnswer(Work):
    """The first answer to a command whose id is known, after what is still being written. A message
    is the same whether it was said to the order or to the session that it became."""

    __slots__ = ("_asked", "_before", "_forms")

    def __init__(self, session: "LiveSession", asked: Inbound) -> None:
        super().__init__(self._look_in)
        self._asked = asked
        self._before = session.lineage
        facts, frame = session.actor.state.facts, asked.frame
        self._forms: list[Command] = [frame]
        if isinstance(frame, Send):
            self._forms = [structs.replace(frame, session=to) for to in (facts.id, facts.order)]

    def _look_in(self, conn: sqlite3.Connection) -> Result | None:
        return idempotency.known_in(conn, self._asked.caller, *self._forms)

    def done(self) -> None:
        outcome: Result | Refused
        # The error first: what was found in a transaction that then failed is not known at all.
        if isinstance(self.error, Refused):
            outcome = self.error
        elif self.error is not None:
            outcome = Refused(Code.RELAY_FAULT)
        elif isinstance(self.result, Result):
            outcome = self.result
        elif self._before.dead:
            outcome = Refused(Code.RELAY_FAULT)  # it was known in memory, and came to nothing
        else:
            outcome = Refused(Code.ID_REUSED)  # known here, yet not as this account's
        self._asked.line.answer(self._asked.id, outcome)


class ReadMark(Work):
    """How far somebody has read. One that the disk refused comes again with their next link."""

    __slots__ = ()

    def __init__(self, num: int, account: str, pos: int) -> None:
        super().__init__(partial(read_in, num=num, account=account, pos=pos))

    def done(self) -> None:
        pass


class LiveSession:
    """One session. ``durable``: the newest position that is on disk; ``lineage``: of what is being
    written to it; ``recent``: its newest rows."""

    def __init__(self, hands: Hands, actor: SessionActor, recent: Iterable[FeedRow]) -> None:
        self.actor = actor
        self.id = actor.state.facts.id
        self.num = actor.state.facts.num
        self.durable = actor.state.pos
        self.recent: deque[FeedRow] = deque(recent, maxlen=64)
        self.readers: dict[ReaderLine, Attached] = {}
        self.phase = SessionPhase.READY
        self.fault_from: int | None = None  # relay's mono: since when nothing could be written
        self.tries = 0
        self.lineage = Lineage()
        # The newest durable entry's row, until a head is signed over it.
        self.unsigned: FeedRow | None = None
        self._hands = hands
        self._waiting: list[Asked] = []
        self._read: dict[str, int] = {}  # how far its people said that they have read, by account
        self._push_head = push_head(self.id)

    @property
    def idle(self) -> bool:
        """Everything is on disk, and nobody reads."""
        return (
            self.phase is SessionPhase.READY
            and not self.readers
            and self.durable == self.actor.state.pos
        )

    # -- commands and time -----------------------------------------------------------------------

    def take(self, asked: Asked) -> None:
        """Carries a command out, or keeps it until the session was read again."""
        if self.phase is not SessionPhase.READY:
            if self.phase is SessionPhase.REREADING and len(self._waiting) < WAITING:
                self._waiting.append(asked)
            else:
                asked.line.answer(asked.id, Refused(Code.RELAY_FAULT, retry_ms=1000))
            return
        try:
            decision = asked.decide(self.actor)
        except Refused as refused:
            asked.line.answer(asked.id, refused)
            return
        if type(decision) is SessionStep:
            self._hands.store.put(Commit(self, decision, asked))
            for effect in decision.at_once:
                self.follow(effect)
            if type(asked) is not Inbound or type(asked.frame) is not Send:
                self.tick(asked.now)
        elif type(asked) is not Inbound:
            return
        elif isinstance(decision, Refusal):
            if decision.kept:
                self._hands.store.put(KeptRefusal(self, asked, decision.refused))
            else:
                asked.line.answer(asked.id, decision.refused)
        else:
            self._hands.store.put(FirstAnswer(self, asked))

    def _carry_out(self, step: SessionStep) -> None:
        """A step that nobody asked for."""
        if step.rows:
            self._hands.store.put(Commit(self, step, None))
        for effect in step.at_once:
            self.follow(effect)

    def tick(self, now: int) -> None:
        """Does what is due, and sets the next deadline."""
        if self.phase is SessionPhase.READY:
            self._carry_out(self.actor.tick(now))
            self._hands.moved(self)

    def present(self, account: str, now: int, *, online: bool) -> None:
        self._carry_out(self.actor.present(account, now, online=online))
        self.tick(now)

    def now(self) -> int:
        """The relay's mono."""
        return self._hands.clock.mono()

    def acknowledged(self, came: int, now: int) -> None:
        """A message that came at that moment was answered just now."""
        self._hands.measures.acknowledgements.observe((now - came) / 1000)

    # -- effects ---------------------------------------------------------------------------------

    def follow(self, effect: Effect) -> None:
        hands = self._hands
        match effect:
            case WakeBy(moment):
                hands.deadlines.lower(self.id, moment)
            case WakeAt(moment):
                hands.deadlines.set(self.id, moment)
            case TickNow(now):
                self.tick(now)
            case Push(account, frame):
                hands.push.push(account, frame)
                if type(frame) is Breach and account == self.actor.state.facts.customer:
                    late = self.actor.state.t_of(hands.clock.mono()) - frame.t
                    hands.measures.breaches.observe(late / 1000)
            case Tell(side, frame):
                self._tell(frame, side)
            case Forget(seq, before):
                for index, row in enumerate(self.recent):
                    self.recent[index] = without_text(row, seq, before)
            case WordsErased():
                hands.erased()
            case Announce(order):
                hands.announce(order)
            case HandoverMoved():
                hands.handing(self.id, effect)
            case DeskMoved(responder):
                hands.desk(responder)
            case EndReading(account):
                self._end_reading(account)
            case BlockMade(blocker, blocked):
                hands.blocked(blocker, blocked)
            case BlockLifted(blocker, blocked):
                self.actor.around.blocks.drop(blocker, blocked)

    def spread(self, step: SessionStep, now: int) -> None:
        """Tells everybody who reads along what is durable now."""
        rows = step.rows
        if not rows:
            return
        first = rows[0][1]
        self.durable = durable = rows[-1][1]
        self.recent.extend(rows)
        for row in reversed(rows):
            if row[2] is not None:
                self.unsigned = row
                break
        self.actor.durable(durable, now)
        data: bytes | None = None
        for line, attached in self.readers.items():
            if attached.sent == first - 1 and attached.live:
                if data is None:
                    # A feed_push of everything, put together from what was encoded for the rows.
                    data = self._push_head + b",".join(step.pieces) + b"]}"
                attached.sent = durable
                line.send(data)
                if attached.side == "responder":
                    self.actor.handed(durable, now)

    def tell_head(self, head: SignedHead, pos: int) -> None:
        """Hands a signed head to everybody who has the entry at ``pos``."""
        data = encode(head)
        for line, attached in self.readers.items():
            if attached.to_pos is None and attached.sent >= pos:
                line.send(data)

    def handed(self, attached: Attached, now: int) -> None:
        """A responder's connection was given a page."""
        if attached.side == "responder" and attached.to_pos is None:
            self.actor.handed(attached.sent, now)

    def fault(self, from_mono: int, to_mono: int, reason: FaultReason, now: int) -> None:
        """The relay does not vouch for a stretch of its clock. A session that is read again gets a
        fault of its own."""
        if self.phase is SessionPhase.READY and not self.actor.closed:
            # It puts off whatever is due: the moment that is set already finds the new one.
            self._carry_out(self.actor.fault(from_mono, to_mono, reason, now))

    def _tell(self, frame: Frame, side: str) -> None:
        data = encode(frame)
        for line, attached in self.readers.items():
            if attached.side == side and attached.to_pos is None:
                line.send(data)

    def _end_reading(self, account: str) -> None:
        for line, attached in list(self.readers.items()):
            # Who gets it back reads on from where it was handed away: that reader ended there.
            if attached.side == "responder" and (
                attached.to_pos is not None or (line.caller and line.caller.account == account)
            ):
                self.detach(line)

    # -- readers ---------------------------------------------------------------------------------

    def attach(self, line: ReaderLine, attached: Attached) -> None:
        self.readers[line] = attached
        line.attached[self.id] = attached

    def detach(self, line: ReaderLine) -> None:
        self.readers.pop(line, None)
        line.attached.pop(self.id, None)

    def stored(self, attached: Attached, pos: int, now: int) -> None:
        """A connection has stored the feed up to ``pos``, as far as it was sent there."""
        if attached.to_pos is None:
            for effect in self.actor.stored(attached.side, min(pos, attached.sent), now):
                self.follow(effect)

    def seen(self, attached: Attached, seq: int) -> None:
        if attached.to_pos is None:
            for effect in self.actor.seen(attached.side, seq):
                self.follow(effect)

    def read_to(self, line: ReaderLine, attached: Attached, pos: int) -> None:
        """A person has read up to ``pos``, as far as it was sent there."""
        caller, pos = line.caller, min(pos, attached.sent)
        if caller is None or pos <= self._read.get(caller.account, 0):
            return
        self._read[caller.account] = pos
        self._hands.store.put(ReadMark(self.num, caller.account, pos))
        data: bytes | None = None
        for other in self.readers:
            if other is not line and other.caller and other.caller.account == caller.account:
                data = data or encode(ReadTo(session=self.id, pos=pos))
                other.send(data)

    def typing(self, attached: Attached) -> None:
        if attached.to_pos is None:
            for effect in self.actor.typing(attached.side):
                self.follow(effect)

    # -- faults ----------------------------------------------------------------------------------

    def failed(self, error: BaseException, asked: Asked | None, work: Work) -> None:
        """A write came to nothing: who asked hears why, and the session is read again. Since it was
        given to the disk, nothing can be vouched for."""
        lineage = work.lineage
        if isinstance(error, Refused):
            refusal = error
        elif isinstance(error, IntegrityError):
            refusal = Refused(Code.ID_REUSED)
        else:
            refusal = Refused(Code.RELAY_FAULT)
            if lineage is self.lineage and not isinstance(error, LineageBroken):
                self.tries += 1
                if not isinstance(error, StoreFault):
                    log.error("session %s", self.id, exc_info=error)
                elif self.fault_from is None:
                    self.fault_from = self._hands.clock.mono() - work.age_ms()
        if asked is not None:
            if (
                type(asked) is Inbound
                and type(asked.frame) is Send
                and refusal.code is Code.ID_REUSED
            ):
                # The id stands in another session or command: its first answer, or id_reused.
                self._hands.store.put(FirstAnswer(self, asked))
            else:
                asked.line.answer(asked.id, refusal)
        # Memory ran ahead of the disk: nothing more is built on it.
        if self.phase is SessionPhase.READY and lineage is self.lineage:
            self.phase = SessionPhase.REREADING
            self._hands.deadlines.set(self.id, None)
            self._hands.read_again(self)

    def replaced(self, state: SessionState, recent: Iterable[FeedRow], fault: SessionStep) -> None:
        """The session was read from disk again; ``fault``: what it then wrote of the time lost."""
        self.actor.state = state
        self.durable = state.pos
        self.lineage = Lineage()
        self.phase = SessionPhase.READY
        self.fault_from = None
        self.recent.clear()
        self.recent.extend(recent)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self.take(each)
        self.spread(fault, self.now())

    def give_up_waiting(self) -> None:
        """The disk still refuses: whoever waits hears so, and tries again."""
        self.phase = SessionPhase.BROKEN
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self.take(each)
