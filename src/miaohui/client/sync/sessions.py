"""The sessions of this client: each found, read, attached, and given what comes for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from miaohui.client.doubts import Doubt
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.conversation import Applied
from miaohui.client.feed.outbox import KeptCommand
from miaohui.client.feed.witness import deed_of
from miaohui.client.port import Refused
from miaohui.client.snapshots import Difference, Notice, NoticeCode
from miaohui.client.store import history
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.backfill import Backfill
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import GRACE_MS, Coverage, DiskBacklog, SessionSync
from miaohui.client.sync.states import SyncEvent, SyncState
from miaohui.client.waitpart import WaitPart
from miaohui.promise.replytimes import times_hold
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Result
from miaohui.wire.limits import FEEDS
from miaohui.wire.link import Pong
from miaohui.wire.orders import Order
from miaohui.wire.sessions import (
    Accepted,
    Breach,
    Detach,
    Edit,
    FeedPush,
    ReadTo,
    Recall,
    Send,
    WaitParts,
)

if TYPE_CHECKING:
    from miaohui.promise.heads import Head

log = logging.getLogger(__name__)
RETRY_MS = 5
LONG = 2_000  # lines that came in one go: their pages left holes in memory
LOADED = 4  # closed sessions that stay in memory besides the one on screen


class SyncedSessions:
    """``followed`` hears of every applied stretch: pictures, notices and receipts follow it;
    ``again`` sends a reply once more."""

    def __init__(self, context: Context, cache: AccountCache) -> None:
        self._context = context
        self._cache = cache
        self._syncs: dict[str, SessionSync] = {}
        self._recent: list[str] = []
        self.focused: str | None = None
        self._backlog = DiskBacklog()
        self._backfill = Backfill(context, self._backlog, self._holds)
        self.followed: list[Callable[[SessionSync, Applied], None]] = []
        self.again: list[Callable[[SessionSync, Send], str]] = []  # sends it once more; its new id
        self._again: set[str] = set()  # what was sent once more
        self.on_clear: list[Callable[[], None]] = []  # another account: what hangs on this one goes
        cache.on_sessions.append(self.attach_live)

    # --- finding -----------------------------------------------------------------------------
    def real(self, session: str) -> str:
        """The session that an order became; else what was asked for."""
        if session in self._syncs and self._cache.card(session) is not None:
            return session
        order = self._cache.order(session)
        return order.session if order is not None and order.session else session

    def get(self, session: str) -> SessionSync | None:
        return self._syncs.get(self.real(session))

    def ensure(self, session: str) -> SessionSync:
        session = self.real(session)
        sync = self._syncs.get(session)
        if sync is None:
            sync = self._syncs[session] = SessionSync(
                self._context,
                self._cache,
                self._backlog,
                session,
                self._follow,
                self.want,
                self._broke,
            )
            sync.feed.relay_keys = self._context.relay_keys
            sync.feed.link(live=self._context.signed_in)
            if self._context.signed_in:
                sync.feed.witness.link(self._context.clock.mono(), live=True)
            sync.feed.take_kept(self._context.outbox.lane(session), self._context.clock.mono(), 0)
        return sync

    def take_over(self) -> None:
        """The account's outbox was opened: what waits in it is on the screen."""
        for lane in dict.fromkeys(kept.lane for kept in self._context.outbox.all()):
            known = self._cache.card(lane) or self._cache.order(lane) or self._syncs.get(lane)
            if known is not None:
                sync = self.ensure(lane)
                kept = self._context.outbox.lane(lane)
                at = self._context.clock.mono()
                self.emit(lane, sync.feed.take_kept(kept, at, sync.now))
        self._join_known()
        if self.focused is not None:
            self.open(self.focused)

    def all(self) -> Sequence[SessionSync]:
        return tuple(self._syncs.values())

    def clear(self) -> None:
        """Another account: nothing of this one stays."""
        self._syncs.clear()
        self._recent.clear()
        self.focused = None
        for each in self.on_clear:
            each()

    def _holds(self, sync: SessionSync) -> bool:
        return self._syncs.get(sync.session) is sync

    def _follow(self, sync: SessionSync, done: Applied) -> None:
        for each in self.followed:
            each(sync, done)

    # --- loading and attaching ---------------------------------------------------------------
    def focus(self, session: str | None) -> None:
        self.focused = None if session is None else self.real(session)
        if self.focused is None:
            return
        self.open(self.focused)
        if self.focused in self._recent:
            self._recent.remove(self.focused)
        self._recent.append(self.focused)
        for old in self._recent[: -LOADED - 1]:
            card = self._cache.card(old)
            if card is not None and card.state == "closed":
                self._unload(old)

    def _unload(self, session: str) -> None:
        self._recent.remove(session)
        sync = self._syncs.get(session)
        if sync is None or sync.working or sync.feed.pending:
            return
        if sync.attached:
            self._context.connection.send(Detach(id=self._context.new_id(), session=session))
        del self._syncs[session]

    def attach_live(self) -> None:
        """Every open session, the one on screen, and what is known here and not whole."""
        self._join_known()
        for known in self.all():
            if known.loaded:
                known.say_doubts(known.settled())
        for card in self._cache.sessions:
            waits = bool(self._context.outbox.lane(card.session))  # the feed is to bring it back
            sync = self._syncs.get(card.session)
            behind = sync is not None and sync.feed.pos < card.head
            lacks = sync is not None and sync.loaded and behind
            if sync is not None and sync.loaded:
                sync.read_elsewhere(card.read_pos)
            if card.state != "closed" or card.session == self.focused or waits or lacks:
                if sync is not None and behind and not sync.working:
                    sync.on(SyncEvent.HANDED)  # ... back: what it was attached to ends before
                self.open(card.session)
                self._name_holder(card.session, card.peer_name)
            if card.order != card.session and card.order in self._syncs:
                self._join(card.order, card.session)

    def _join_known(self) -> None:
        """An order may be known as a session before the list of sessions was read."""
        for order in self._cache.orders:
            if order.session and order.session != order.order and order.order in self._syncs:
                self._join(order.order, order.session)

    def _join(self, order: str, session: str) -> None:
        """What was said while queued goes on in the session."""
        self._context.outbox.move(order, session)
        early = self._syncs.pop(order)
        sync = self.ensure(session)
        for difference in sync.feed.adopt(early.feed.pending, sync.now):
            sync.emit([difference])
        if self.focused == order:
            self.focused = session
        self.open(session)

    def _name_holder(self, session: str, name: str) -> None:
        sync = self._syncs.get(session)
        if sync is None or not sync.feed.journal.begun or self._context.me != "customer":
            return
        done = Applied()
        sync.feed.learn(sync.feed.journal.fold.holder, name, sync.now, done)
        sync.emit(done.differences)

    def open(self, session: str) -> None:
        """Reads what is stored, then the rest from the relay; once at a time."""
        self.want(self.ensure(session))

    def want(self, sync: SessionSync) -> None:
        if sync.state is SyncState.UNKNOWN:
            sync.on(SyncEvent.WANTED)
            self._context.tasks.start(self._load(sync), "load session")
        elif sync.state is not SyncState.STORED:
            sync.on(SyncEvent.WANTED)
        elif self._context.signed_in and self._cache.card(sync.session) is not None:
            sync.on(SyncEvent.WANTED)
            self._context.tasks.start(self._attach(sync), "attach session")

    async def _load(self, sync: SessionSync) -> None:
        before = len(sync.feed)
        try:
            await self._context.insist(lambda: self._backfill.load(sync))
        finally:
            if sync.state is SyncState.LOADING:
                sync.on(SyncEvent.ENDED)
        self._shrink(sync, before)
        if sync.loaded and self._holds(sync):
            self.want(sync)

    async def _attach(self, sync: SessionSync) -> None:
        before, event, again = len(sync.feed), SyncEvent.ENDED, False
        try:
            if await self._backfill.attach(sync):
                event = SyncEvent.WHOLE
        except Refused as refused:
            log.info("attach was refused: %s", refused.code)
            if refused.code == Code.BEHIND:
                self._context.tasks.start(self.compare(sync), "compare")
        finally:
            again = sync.on(event)
        if sync.state is SyncState.LIVE:
            self._let_go_in(GRACE_MS, sync.session)
        self._shrink(sync, before)
        if again and self._holds(sync):
            self.want(sync)

    async def look_for_restore(self, sync: SessionSync) -> None:
        """Whether the relay says that it went on from a copy: then the feed knows."""
        try:
            sync.look_for_restore(await self._backfill.theirs(sync))
        except Refused as refused:
            log.info("the relay's own record was refused: %s", refused.code)

    def _broke(self, sync: SessionSync, broken: tuple[Doubt, ...]) -> None:
        self._context.tasks.start(self.compare(sync, broken), "compare")

    async def compare(self, sync: SessionSync, broken: tuple[Doubt, ...] = ()) -> None:
        """What is stored here against all that the relay has: it was restored from a copy, or it
        hides something. ``broken``: what is said where nothing explains it."""
        try:
            theirs = await self._backfill.theirs(sync)
        except Refused as refused:
            log.info("the relay's own record was refused: %s", refused.code)
            sync.say_doubts(broken)
            return
        if self._holds(sync):
            sync.explain(theirs, broken)

    def _shrink(self, sync: SessionSync, before: int) -> None:
        if len(sync.feed) - before > LONG:
            self._context.tasks.start(self._context.store.shrink(), "shrink")

    async def complete(self, session: str) -> None:
        """All of a session that can be had now is here and stored."""
        self.open(session)
        await self._syncs[session].idle()

    # --- the feed ----------------------------------------------------------------------------
    def pushed(self, frame: FeedPush) -> None:
        sync = self._syncs.get(frame.session)
        if sync is None:
            self._cache.refresh()
            return
        if sync.loaded:
            before = sync.feed.pos
            sync.apply(frame.items)
            if sync.synced and any(sync.wrote(each) for each in frame.items if each.pos > before):
                self._context.tell(Notice(NoticeCode.MESSAGE, frame.session))

    def _let_go_in(self, ms: int, session: str) -> None:
        asyncio.get_running_loop().call_later(ms / 1000, self._let_go, session)

    def _let_go(self, session: str) -> None:
        sync = self._syncs.get(session)
        if sync is None or not sync.synced:
            return  # the link is gone again: the next one begins its own grace
        if sync.may_reply(self._context.clock.mono()):
            self._context.outbox.wake(session)
        else:
            # The loop's clock and ours are cut to the millisecond each: one may be early.
            self._let_go_in(RETRY_MS, session)

    def may_go(self, lane: str) -> bool:
        """Whether what is said there may be sent yet: a responder's replies have a grace."""
        sync = self._syncs.get(lane)
        if sync is None or self._context.me != "responder" or self._cache.card(lane) is None:
            return True
        return sync.may_reply(self._context.clock.mono())

    def acks(self) -> dict[str, int]:
        held = {name: sync.acking() for name, sync in self._syncs.items() if sync.attached}
        return dict(list(held.items())[-FEEDS:])

    def signed(self, head: "Head") -> None:
        """The relay's signed word on a session of ours."""
        sync = self._syncs.get(head.session)
        if sync is not None:
            sync.signed(head)

    def parts_told(self, frame: WaitParts) -> None:
        """The relay says what of a wait was its own, and their line at most."""
        sync = self.get(frame.session)
        if sync is None:
            return
        times = frame.times
        if times is not None and (
            times.seq != frame.seq or not times_hold(times, sync.session, frame.id)
        ):
            times = None
        part = WaitPart(seq=frame.seq, relay_ms=frame.relay_ms, line_ms=frame.line_ms, times=times)
        sync.emit(sync.feed.split_wait(part, sync.now))
        scope, session = self._context.scope, sync.session
        self._context.store.post(lambda conn: history.put_part(conn, scope, session, part))

    def measuring(self) -> bool:
        """Whether some wait needs the line measured beside it."""
        return any(sync.loaded and sync.feed.measuring for sync in self._syncs.values())

    def ponged(self, frame: Pong) -> None:
        """Lost pushes are noticed here; and a pong proves time for a feed that has all of it."""
        back = self._context.clock.mono()
        for sync in self.all():
            sync.ponged(frame.t1, back)  # the line is measured for one that is just read, too
        for sync in [each for each in self.all() if each.attached]:
            head = frame.heads.get(sync.session)
            if head is None:
                sync.on(SyncEvent.HANDED)  # ... on, or back
            elif head > sync.feed.pos:
                sync.on(SyncEvent.AHEAD)
            else:
                sync.on(SyncEvent.EVEN)
                t = sync.time.of_mono(frame.t3, self._context.connection.sync.run)
                if head == sync.feed.pos and t is not None:
                    sync.prove(t)
            if not sync.attached:
                self.want(sync)

    def breach(self, frame: Breach) -> None:
        sync = self._syncs.get(frame.session)
        if sync is not None:
            sync.prove(frame.t)

    def read_elsewhere(self, frame: ReadTo) -> None:
        """The same person reads along on another machine."""
        sync = self._syncs.get(frame.session)
        if sync is not None:
            sync.read_elsewhere(frame.pos)

    def did(self, command: Command) -> None:
        """What the person does in a session, before the relay has heard of it."""
        deed, session = deed_of(command), getattr(command, "session", "")
        if not deed or not session:
            return
        real, scope = self.real(session), self._context.scope
        self.ensure(real).feed.witness.did(deed)
        self._context.store.post(lambda conn: history.put_deed(conn, scope, real, deed))

    def order_changed(self, order: Order) -> None:
        """The relay settled an order: its refund beside the journal's own."""
        sync = None if order.session is None else self._syncs.get(order.session)
        if sync is not None:
            sync.say_doubts(sync.settled())

    # --- own messages ------------------------------------------------------------------------
    def kept_changed(self, kept: KeptCommand, result: Result | None) -> None:
        """A command of ours took a step."""
        sync = self._syncs.get(kept.lane)
        if sync is not None and isinstance(kept.command, Edit | Recall):
            if kept.state is CommandState.FAILED:
                sync.emit(sync.feed.unchanged(kept.command, sync.now))
            return
        if sync is None or not isinstance(kept.command, Send):
            return
        accepted = result if isinstance(result, Accepted) else None
        if kept.state is CommandState.SENT:
            sync.feed.witness.went(kept.command.id, self._context.clock.mono())
            if self._context.me == "customer":
                self._context.connection.ack_now()  # measures the way of this very message
        sync.emit(sync.feed.follow(kept, accepted, sync.now))
        if accepted is not None and sync.accepted(kept.command, accepted):
            self._look_again(sync.session, kept.command, accepted)

    def _look_again(self, session: str, command: Send, accepted: Accepted) -> None:
        """By then the relay takes it that what was on the screen had been seen."""
        later = asyncio.get_running_loop().call_later
        later(GRACE_MS / 1000, self._covered, session, command, accepted)

    def _covered(self, session: str, command: Send, accepted: Accepted) -> None:
        """A reply that covered nothing goes once more, by itself: it was an answer, and the network
        was faster than anybody can read."""
        sync = self._syncs.get(session)
        if sync is None or not sync.synced:
            return
        match sync.uncovered(command, accepted):
            case Coverage.UNKNOWN:
                self._look_again(session, command, accepted)
            case Coverage.NOTHING if command.content == "text" and command.id not in self._again:
                for each in self.again:
                    self._again.add(each(sync, command))
                self._context.tell(Notice(NoticeCode.SENT_AGAIN, session))
            case Coverage.NOTHING | Coverage.PART:
                self._context.tell(Notice(NoticeCode.NOT_COVERED, session))
            case Coverage.ENOUGH:
                pass

    def link(self, *, live: bool) -> None:
        """The link came or went: own messages say so, and everything is attached again."""
        for sync in self.all():
            sync.on(SyncEvent.LINK)
            sync.feed.link(live=live)
            sync.feed.witness.link(self._context.clock.mono(), live=live)
            sync.emit(sync.feed.waiting(sync.now))
            sync.touched()
        if live:
            self.attach_live()

    def emit(self, session: str, differences: list[Difference]) -> None:
        sync = self._syncs.get(self.real(session))
        if sync is not None:
            sync.emit(differences)
