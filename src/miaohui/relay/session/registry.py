"""Every live session: read back, watched over, and asked by the other rooms."""

import asyncio
import logging
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Callable

from miaohui.promise.constants import HEAD_EVERY_MS
from miaohui.relay.directory.blocks import pairs_in
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.measures import Measures
from miaohui.relay.money.orderbook import ExtensionCharge
from miaohui.relay.ports import PushPort, Refused
from miaohui.relay.session.actor import SessionActor, Surroundings
from miaohui.relay.session.deadlines import Deadlines, LoopAlarm
from miaohui.relay.session.doubt import BEAT_MS, LagWatch, OutageWatch
from miaohui.relay.session.effects import HandoverMoved
from miaohui.relay.session.facts import live_in
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.handing import PendingHandovers
from miaohui.relay.session.heads import Due, heads_of
from miaohui.relay.session.live import (
    CopyEnds,
    ExtensionPaid,
    Hands,
    LiveSession,
    SessionPhase,
    ShiftOver,
    ShutDown,
)
from miaohui.relay.session.opening import SessionOpening, open_in
from miaohui.relay.session.recovery import (
    LoadedSession,
    Vouch,
    copied_in,
    load,
    vouch_in,
    write_fault_in,
    write_vouch_in,
)
from miaohui.relay.session.session_list import card_in
from miaohui.relay.session.state import SessionState
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code
from miaohui.wire.frame import Result
from miaohui.wire.journal import FaultReason
from miaohui.wire.sessions import SessionCard

log = logging.getLogger(__name__)

KEEP_CLOSED = 512  # closed sessions kept in memory for whoever still reads them
VOUCH_S = 1.0
SIGN_S = HEAD_EVERY_MS / 2000  # so that none is older than HEAD_EVERY_MS with the work itself
RETRY_S = (1.0, 2.0, 5.0)
TURNS_LOOKED_AT = 500  # of a running session, for its last hour


class Answered:
    """A Speaker that waits for the relay's own question."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def answer(self, id: str, outcome: Result | Refused) -> None:
        if self.outcome.done():
            return
        if isinstance(outcome, Refused):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)

    def taken(self, id: str, result: bytes) -> None:
        raise AssertionError("only messages are answered in bytes")


class SessionRegistry:
    """The sessions of a relay. ``announce``: hears of an order whose session moved it."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        on_duty: OnDuty,
        key: HeldKey,
        fingerprints: Fingerprints,
        *,
        run: str,
        floor_percent: int,
        announce: Callable[[str], None],
        measures: Measures | None = None,
        randomness: Randomness = SYSTEM,
    ) -> None:
        self._randomness = randomness
        self.live: dict[str, LiveSession] = {}
        self.store = store
        self.run = run
        self._clock = clock
        self._tasks = tasks
        self._fingerprints = fingerprints
        self._key = key
        self.lag = LagWatch(self.doubt)
        self.outage = OutageWatch(self.doubt)
        self._alarm = LoopAlarm(clock)
        self.deadlines = Deadlines(self._ring, self._alarm.arm)
        self._alarm.fire = self._fire
        self._around = Surroundings(
            push.online,
            on_duty.free,
            on_duty.still_takes,
            on_duty.blocks,
            self.outage.since,
            fingerprints,
            key,
            clock,
            floor_percent,
        )
        # Who cleans up after words that were taken back.
        self.erased: Callable[[], None] = store.scrub
        # Who tells a responder's desk, and looks at what waits for a place that came free.
        self.desk_moved: Callable[[str], None] = lambda responder: None
        self._pending = PendingHandovers()
        self._hands = Hands(
            store=store,
            clock=clock,
            push=push,
            deadlines=self.deadlines,
            announce=announce,
            read_again=self._read_again,
            moved=self._moved,
            measures=measures or Measures(),
            erased=lambda: self.erased(),
            blocked=self._blocked,
            handing=self._handing,
            desk=lambda responder: self.desk_moved(responder),
        )
        self._loading: dict[str, asyncio.Future[LiveSession | None]] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._seats: defaultdict[str, set[str]] = defaultdict(set)  # account → open sessions
        self._seated: dict[str, tuple[str, str]] = {}  # session → (customer, responder) in _seats
        self._of_order: dict[str, str] = {}  # order → its open session
        self._last_wait: dict[str, int] = {}
        self._vouch: Vouch | None = None

    # -- start and upkeep ------------------------------------------------------------------------

    async def recover(self) -> int:
        """Reads every open session back, with a fault over the time away; returns how many."""
        self._around.blocks.load(await self.store.read(pairs_in))
        self._vouch = await self.store.read(vouch_in)
        found = await self.store.read(live_in)
        for session in found:
            await self.get(session)
        for copied in await self.store.read(copied_in):
            live = await self.get(copied.session)
            if live is not None:
                answered = Answered()
                live.take(CopyEnds(answered, self._clock.mono(), copied))
                await answered.outcome
        return len(found)

    async def keep_vouching(self) -> None:
        """Writes down, every second, the newest instant that this relay can vouch for."""
        while True:
            await asyncio.sleep(VOUCH_S)
            if self._seated:
                vouch = Vouch(self.run, self._clock.mono(), self._clock.utc_ms())
                try:
                    await self.store.write(lambda conn, vouch=vouch: write_vouch_in(conn, vouch))  # type: ignore[misc]
                except StoreFault:
                    log.warning("no instant could be vouched for")

    def doubt(
        self,
        from_mono: int,
        to_mono: int,
        reason: FaultReason,
        whose: frozenset[str] | None = None,
    ) -> None:
        """Writes into every open session (of these people) that the relay does not vouch for this
        stretch."""
        now = self._clock.mono()
        for session, seated in list(self._seated.items()):
            live = self.live.get(session)
            if live is not None and (whose is None or not whose.isdisjoint(seated)):
                live.fault(from_mono, to_mono, reason, now)

    async def keep_beating(self) -> None:
        """Feels the lag of the loop and of the disk."""
        while True:
            self.lag.beat(self._clock.mono(), self.store.lag_ms())
            await asyncio.sleep(BEAT_MS / 1000)

    def keys_of_open(self) -> frozenset[str]:
        """The ids of the keys under which the open sessions began."""
        states = (self.live[session].actor.state for session in self._seated)
        return frozenset(state.fold.opened.key_id for state in states)

    def open_count(self) -> int:
        """How many sessions stand open."""
        return len(self._seated)

    async def keep_signing(self) -> None:
        """Hands out, every few seconds, signed heads of the sessions that were added to."""
        while True:
            await asyncio.sleep(SIGN_S)
            await self.sign_heads()

    async def sign_heads(self) -> int:
        """One round; how many heads. Signing happens beside the loop."""
        due: list[Due] = []
        for session in self._seated:
            live = self.live[session]
            if live.unsigned is not None:
                key = self._key.now.of_session(live.actor.state.fold.opened.key_id)
                due.append((session, live.unsigned, key.private))
                live.unsigned = None
        if not due:
            return 0
        signed = await asyncio.to_thread(heads_of, due)
        for pos, head in signed:
            live_now = self.live.get(head.session)
            if live_now is not None:
                live_now.tell_head(head, pos)
        return len(signed)

    def stop(self) -> None:
        """No deadline rings any more."""
        self._alarm.stop()

    def _fire(self, now: int) -> None:
        self.lag.look(now)
        self.deadlines.fire(now)

    def _ring(self, session: str, now: int) -> None:
        live = self.live.get(session)
        if live is not None:
            live.tick(now)

    async def get(self, session: str) -> LiveSession | None:
        """A session, read from the database where need be; None where there is none."""
        live = self.live.get(session)
        if live is not None:
            return live
        pending = self._loading.get(session)
        if pending is not None:
            return await asyncio.shield(pending)
        pending = asyncio.get_running_loop().create_future()
        self._loading[session] = pending
        try:
            live = await self._load(session)
        except BaseException as error:
            pending.set_exception(error)
            pending.exception()
            raise
        finally:
            del self._loading[session]
        pending.set_result(live)
        return live

    async def _read(self, session: str, fault_from: int | None) -> LoadedSession | None:
        mono, utc_ms = self._clock.mono(), self._clock.utc_ms()
        loaded = await self.store.read(
            lambda conn: load(
                conn,
                session,
                run=self.run,
                mono=mono,
                utc_ms=utc_ms,
                vouch=self._vouch,
                fault_from=fault_from,
                fingerprints=self._fingerprints,
            )
        )
        if loaded is None:
            return None
        state, fault = loaded.state, loaded.fault
        if fault.rows:
            await self.store.write(lambda conn: write_fault_in(conn, state, fault))
        self._fingerprints.learn(state.responder, loaded.prints)
        return loaded

    async def _load(self, session: str) -> LiveSession | None:
        loaded = await self._read(session, None)
        if loaded is None:
            return None
        now = self._clock.mono()
        actor = SessionActor(self._around, loaded.state)
        actor.wake(now)
        live = LiveSession(self._hands, actor, [*loaded.recent, *loaded.fault.rows])
        self.live[session] = live
        self._seat(live)
        live.tick(now)
        return live

    def _read_again(self, live: LiveSession) -> None:
        self._tasks.start(self._reading_again(live), "read a session again")

    async def _reading_again(self, live: LiveSession) -> None:
        while True:
            if live.tries > 1:
                # It failed again at once: whoever waits is told, and the disk is left in peace.
                live.give_up_waiting()
                await asyncio.sleep(RETRY_S[min(live.tries - 2, len(RETRY_S) - 1)])
                live.phase = SessionPhase.REREADING
            try:
                loaded = await self._read(live.id, live.fault_from)
                break
            except (StoreFault, sqlite3.Error) as error:
                log.error("session %s cannot be read again: %s", live.id, error)
                live.tries += 1
        if loaded is not None:
            live.replaced(loaded.state, loaded.recent, loaded.fault)
            live.tick(self._clock.mono())

    def _moved(self, live: LiveSession) -> None:
        """A session did what was due: it may have ended, or somebody else answers."""
        seated = self._seated.get(live.id)
        facts = live.actor.state.facts
        if seated is not None and (facts.state == "closed" or seated[1] != facts.responder):
            self._seat(live)

    def _seat(self, live: LiveSession) -> None:
        """Keeps the index of who sits in which open session."""
        facts = live.actor.state.facts
        before = self._seated.pop(live.id, None)
        for account in before or ():
            self._seats[account].discard(live.id)
            if not self._seats[account]:
                del self._seats[account]
        if before is not None:
            wait = _newest_wait(live, self._clock.mono())
            if wait is not None:
                self._last_wait[before[1]] = wait
        if facts.state == "closed":
            self._of_order.pop(facts.order, None)
            self._closed[live.id] = None
            self._closed.move_to_end(live.id)
            self._forget_old()
            return
        self._seated[live.id] = (facts.customer, facts.responder)
        self._of_order[facts.order] = live.id
        self._seats[facts.customer].add(live.id)
        self._seats[facts.responder].add(live.id)

    def _forget_old(self) -> None:
        for session in list(self._closed):
            if len(self._closed) <= KEEP_CLOSED:
                return
            if self.live[session].idle:
                del self._closed[session]
                del self.live[session]

    def of_order(self, order: str) -> LiveSession | None:
        """The open session that an order became."""
        session = self._of_order.get(order)
        return None if session is None else self.live.get(session)

    def present(self, account: str, *, online: bool) -> None:
        """An account's first link came, or its last one went."""
        now = self._clock.mono()
        for live in self._of(account):
            live.present(account, now, online=online)
        self.look_at_handovers(account)

    def _handing(self, session: str, moved: HandoverMoved) -> None:
        self._pending.put(session, moved.to)
        for each in {moved.giver, moved.former, moved.to} - {None}:
            if each is not None:
                self.desk_moved(each)

    def look_at_handovers(self, responder: str) -> None:
        """Somebody came, went, or takes a rest: what lies before them may have to go on."""
        now = self._clock.mono()
        for session in self._pending.before(responder):
            self.live[session].tick(now)

    def handed_count(self, responder: str) -> int:
        """How many colleagues' sessions lie before this responder unanswered."""
        return len(self._pending.before(responder))

    def handed_to(self, responder: str) -> list[SessionActor]:
        """Colleagues' sessions that lie before this responder."""
        return [self.live[session].actor for session in self._pending.before(responder)]

    def handing_of(self, responder: str) -> list[SessionActor]:
        """This responder's sessions that they would like to hand on."""
        actors = (live.actor for live in self._of(responder))
        return [
            actor
            for actor in actors
            if actor.handing is not None and actor.handing.giver == responder
        ]

    def _of(self, account: str) -> list[LiveSession]:
        """The open sessions in which an account sits now."""
        return [self.live[session] for session in self._seats.get(account, ())]

    def _blocked(self, blocker: str, blocked: str) -> None:
        """Whatever else is open between the two ends, too."""
        self._around.blocks.put(blocker, blocked)
        between = [live for live in self._of(blocker) if live.id in self._seats.get(blocked, ())]
        if between:
            self._tasks.start(self._end(between, "safety"), "a block")

    # -- what the other rooms ask ----------------------------------------------------------------

    def open_in(self, conn: sqlite3.Connection, opening: SessionOpening) -> str:
        """Writes ``opened`` (and the queued asks); returns the session's id. After the commit the
        caller calls ``started``."""
        session = self._randomness.new_id()
        open_in(
            conn,
            opening,
            session=session,
            run=self.run,
            mono=self._clock.mono(),
            utc_ms=self._clock.utc_ms(),
            label_rules=self._fingerprints.rules.version,
            key_id=self._key.now.key_id,
        )
        return session

    async def started(self, session: str) -> SessionCard:
        """Wakes the session after ``open_in`` was committed."""
        live = await self.get(session)
        if live is None:
            raise Refused(Code.NOT_FOUND, "session")
        return await self.card(session, live.actor.state.responder)

    async def card(self, session: str, account: str) -> SessionCard:
        card = await self.store.read(lambda conn: card_in(conn, session, account))
        if card is None:
            raise Refused(Code.NOT_FOUND, "session")
        return card

    async def extend(
        self, session: str, minutes: int, price_fen: int, charge: ExtensionCharge
    ) -> None:
        """Writes ``extended``, with the money in the same transaction. Refused where the session
        is closed."""
        live = await self.get(session)
        if live is None:
            raise Refused(Code.NOT_FOUND, "session")
        answered = Answered()
        live.take(ExtensionPaid(answered, self._clock.mono(), minutes, price_fen, charge))
        await answered.outcome

    async def end_all(self, account: str, reason: str) -> None:
        """Closes every open session of a banned account."""
        await self._end(self._of(account), reason)

    async def relieve(self, responder: str, finish_ms: int) -> None:
        """Hands on what somebody still answers after their shift, where more is left of it."""
        now = self._clock.mono()
        for live in self._of(responder):
            answered = Answered()
            live.take(ShiftOver(answered, now, finish_ms))
            try:
                await answered.outcome
            except Refused as refused:
                log.error("session %s could not be handed on: %s", live.id, refused)

    async def _end(self, sessions: list[LiveSession], reason: str) -> None:
        now = self._clock.mono()
        for live in sessions:
            answered = Answered()
            live.take(ShutDown(answered, now, reason))
            try:
                await answered.outcome
            except Refused as refused:
                log.error("session %s could not be ended: %s", live.id, refused)

    def left_of(self, session: str) -> tuple[str, str, int] | None:
        """(shop, who answers, paid time left in ms) of an open session."""
        live = self.live.get(session)
        if live is None or live.actor.closed:
            return None
        state = live.actor.state
        left = state.fold.remaining_ms(state.t_of(self._clock.mono()))
        return state.facts.shop, state.responder, left

    def live_count(self, responder: str) -> int:
        """The number of open sessions that this responder answers now (closing ones count)."""
        return len(self._seats.get(responder, ()))

    def remaining_ms(self, responder: str) -> list[int]:
        """Paid time left in each of them, for honest estimates of the queue."""
        now = self._clock.mono()
        states = [live.actor.state for live in self._of(responder)]
        return [state.fold.remaining_ms(state.t_of(now)) for state in states]

    def progress(self, responder: str) -> list[tuple[int, int]]:
        """(time used, time in all) of each of them, in ms."""
        now = self._clock.mono()
        found = []
        for live in self._of(responder):
            fold, t = live.actor.state.fold, live.actor.state.t_of(now)
            used = fold.elapsed_ms(t)
            found.append((used, max(1, used + fold.remaining_ms(t))))
        return found

    def recent_waits(self, responder: str, ms: int) -> list[tuple[int, bool]]:
        """(wait, answered) of this responder's running sessions, of turns that began within the
        last ``ms``; an open one counts as long as it is."""
        now = self._clock.mono()
        found: list[tuple[int, bool]] = []
        for live in self._of(responder):
            state = live.actor.state
            t = state.t_of(now)
            for turn in reversed(state.fold.turns_since(-TURNS_LOOKED_AT)):
                if turn.start < t - ms:
                    break
                found.append((turn.wait, turn.end is not None))
            turn_now = state.fold.open_turn(t)
            if turn_now is not None:
                found.append((turn_now.wait, False))
        return found

    def answered_by(self, responder: str) -> list[SessionState]:
        """The open sessions that this responder answers now, for who only looks."""
        states = [live.actor.state for live in self._of(responder)]
        return [state for state in states if state.responder == responder]

    def last_wait_ms(self, responder: str) -> int | None:
        """The newest finished (or running, once breached) wait of this responder's."""
        now = self._clock.mono()
        waits = [
            wait for live in self._of(responder) if (wait := _newest_wait(live, now)) is not None
        ]
        return max(waits) if waits else self._last_wait.get(responder)


def _newest_wait(live: LiveSession, now: int) -> int | None:
    """A session's newest finished wait, or the running one once it is breached."""
    state = live.actor.state
    turn = state.fold.open_turn(state.t_of(now))
    if turn is not None and turn.breached:
        return turn.wait
    settled = state.fold.turns_since(-1)
    return settled[-1].wait if settled else None
