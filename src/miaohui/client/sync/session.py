"""One session kept in step: its feed applied in order, stored, told to whoever listens.

A long stretch comes in pages. Each is checked and stored at once, but told a few times a second:
a window that painted every page would do nothing else.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from miaohui.client.doubts import Doubt, DoubtKind
from miaohui.client.feed.conversation import Applied, Happening, SessionFeed
from miaohui.client.feed.message_table import Flag
from miaohui.client.feed.panel import Panel
from miaohui.client.feed.sessiontime import SessionTime
from miaohui.client.snapshots import (
    Difference,
    Inserted,
    MessagesChanged,
    Notice,
    NoticeCode,
    SessionChanged,
)
from miaohui.client.store import history
from miaohui.client.store.store import StoreClosed
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.states import (
    ATTACHED,
    RETRIED,
    UNREAD,
    WORKING,
    SyncEvent,
    SyncState,
    after,
)
from miaohui.promise.constants import SEEN_GRACE_MS
from miaohui.wire.journal import Message
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import (
    Accepted,
    EntryItem,
    FeedPage,
    OutsideItem,
    Placed,
    ReadTo,
    RestoredItem,
    Seen,
    Send,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from miaohui.promise.heads import Head, Restored

GRACE_MS = SEEN_GRACE_MS + 20
STEP_MS = 250  # more often would be painting rather than reading
KEEP_TIME_MS = 5_000  # between two writings of a session's time
RETRY_S = 1.0  # so much later, what the disk refused is written again
READ_S = 1.0  # between two words on how far it was read
UNSAVED = 400  # items that the disk may be behind: more of them would only fill memory


class Coverage(StrEnum):
    """What a reply covered of the questions that were on the screen when it was sent."""

    UNKNOWN = "unknown"  # its entry is not here yet
    ENOUGH = "enough"  # none of them waits any more
    PART = "part"
    NOTHING = "nothing"


class DiskBacklog:
    """What was given to the disk and not answered yet, of all sessions together, in items."""

    def __init__(self) -> None:
        self._items = 0
        self._fewer = asyncio.Event()

    def add(self, items: int) -> None:
        self._items += items

    def answered(self, items: int) -> None:
        self._items -= items
        self._fewer.set()

    def has_room(self) -> bool:
        """Whether the disk is not far behind."""
        return self._items <= UNSAVED

    async def room(self) -> None:
        """Waits while it is."""
        while not self.has_room():
            self._fewer.clear()
            await self._fewer.wait()


class SessionSync:
    """A session's feed with what is around it: its state, clock, panel, what is on the disk.

    ``follow`` hears of every stretch that was told; ``on_gap``: the feed must be attached anew;
    ``on_break``: the chain broke, which a restored relay may explain before it is said.
    """

    def __init__(
        self,
        context: Context,
        cache: AccountCache,
        backlog: DiskBacklog,
        session: str,
        follow: Callable[["SessionSync", Applied], None],
        on_gap: Callable[["SessionSync"], None],
        on_break: Callable[["SessionSync", tuple[Doubt, ...]], None],
    ) -> None:
        self._context = context
        self._cache = cache
        self._backlog = backlog
        self._follow = follow
        self._on_gap = on_gap
        self._on_break = on_break
        self.session = session
        self.feed = SessionFeed(session, context.me)
        self.time = SessionTime()
        self.panel = Panel(self.feed)
        self.state = SyncState.UNKNOWN
        self.stored = 0  # everything up to here is on the disk
        self._reached = 0  # the newest position that is on the disk
        self._unkept: set[int] = set()  # where stretches begin that the disk refused
        self._head = 0  # the newest position that the relay has named
        self._whole_at: int | None = None  # since when this link has all of it, by our own clock
        self._looked: tuple[int, int] | None = None  # (pos, seq) that was on screen
        self._said: tuple[int, int] | None = None  # ... and was told to the relay on this link
        self._told_read = 0  # how far the relay heard on this link that it was read
        self._tells_read: asyncio.TimerHandle | None = None  # what is read meanwhile waits for it
        self._idle: asyncio.Future[None] | None = None
        self._untold: Applied | None = None  # pages that are here and not on the screen
        self._told_at = 0
        self._kept_t = 0  # the newest time that was written down
        self._compared = False  # its record was held against all that the relay has of it

    # --- the state ---------------------------------------------------------------------------
    def on(self, event: SyncEvent) -> bool:
        """The one way in which the state changes; True where reading ended and begins anew."""
        old, self.state = self.state, after(self.state, event)
        if self.state in (SyncState.BEHIND, SyncState.ATTACHING):
            self.feed.witness.lacks(self._context.clock.mono())
        elif self.state is SyncState.LIVE:
            self.feed.witness.lacks(None)
        if event is SyncEvent.LINK:
            self._whole_at, self._said, self._told_read = None, None, 0
        elif self.state is SyncState.LIVE and old is SyncState.READING:
            self._whole()
        if self._idle is not None and not self.working:
            self._idle.set_result(None)
            self._idle = None
        return old in RETRIED and not self.working

    def _whole(self) -> None:
        if self._whole_at is None:
            self._whole_at = self._context.clock.mono()
            self.feed.witness.whole(self._whole_at)
        self.say_looked()
        self._say_read()
        self.touched()

    @property
    def order(self) -> str:
        """The order that it is the session of; "" where that is not known."""
        card, order = self._cache.card(self.session), self._cache.order(self.session)
        return card.order if card is not None else "" if order is None else order.order

    @property
    def loaded(self) -> bool:
        """What this machine has of it is here."""
        return self.state not in UNREAD

    @property
    def attached(self) -> bool:
        return self.state in ATTACHED

    @property
    def working(self) -> bool:
        """It is being read, from here or from the relay."""
        return self.state in WORKING

    @property
    def synced(self) -> bool:
        """This link has told all of it once; what came since comes by itself."""
        return self._whole_at is not None

    async def idle(self) -> None:
        """Waits while it is being read."""
        while self.working:
            self._idle = self._idle or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)

    def may_reply(self, now: int) -> bool:
        """A reply covers what the relay knew to be here for a while. One that waited out a dead
        link goes when the new one has told so: else the network's fault would be booked as the
        responder's."""
        return self._whole_at is not None and now - self._whole_at >= GRACE_MS

    @property
    def read_percent(self) -> int | None:
        """How much of it is here while page after page is read; None at other times."""
        if self._untold is None or self._head <= self.feed.pos:
            return None
        return 100 * self.feed.pos // self._head

    @property
    def now(self) -> int:
        """The session's own clock, never before its last entry."""
        known = self.time.now(self._context.clock.mono(), self._context.connection.sync)
        return max(known or 0, self.feed.journal.fold.last_t)

    # --- what was kept here --------------------------------------------------------------------
    def read_back(self) -> None:
        """Everything that came so far came from this machine's own history."""
        self.stored = self.feed.pos

    # --- news ----------------------------------------------------------------------------------
    def apply(self, items: Sequence[Placed]) -> None:
        """A few items, told at once."""
        self.tell()
        done = self.feed.apply(items, self._context.clock.mono(), self.now)
        done.doubts += self.settled()
        told = done.tell()
        self._keep(done)
        if self._untold is not None:
            self._untold.go_on_from(len(self.feed.rows))
        self.emit(told)
        self._say(done)
        self._follow(self, done)
        self.touched()

    # --- pages ---------------------------------------------------------------------------------
    def take(self, page: FeedPage, *, more: bool) -> bool:
        """A page of the relay's; False where what it begins with is not the next."""
        feed = self.feed
        self.on(SyncEvent.PAGE)
        self.time.tell(page.clock, page.now_t, self._context.clock.mono())
        card = self._cache.card(self.session)
        if card is not None:
            self.read_elsewhere(card.read_pos)
            if card.state == "closed" and not feed.reading.seen_pos:
                feed.reading.start_at(page.head)
        self._head = page.head
        feed.witness.pages(read=True)
        if more or self._untold is not None:
            self.page(page.items, stored=False)
        else:
            self.apply(page.items)
        feed.witness.pages(read=False)
        if not more:
            self.emit(feed.progress(page.delivered, page.seen, self.now))
        return not page.items or feed.pos >= page.items[-1].pos

    def page(self, items: Sequence[Placed], *, stored: bool) -> None:
        """One of many pages; ``stored``: from our own history. ``finish`` stands at the end."""
        mono, feed = self._context.clock.mono(), self.feed
        if self._untold is None:
            self._untold, self._told_at = Applied(told_from=len(feed.rows)), mono
        feed.apply(items, mono, self.now, stored=stored, into=self._untold)
        if stored:
            self._untold.arrived.clear()  # what is kept here left the outbox when it was kept
        else:
            self._keep(self._untold)
        if mono - self._told_at >= STEP_MS:
            self.tell()

    def tell(self) -> None:
        """What has come in pages and is not on the screen yet."""
        done = self._untold
        if done is None:
            return
        self._told_at = self._context.clock.mono()
        self.feed.tell_rows(self.now, done)
        if told := done.tell():
            self._context.tell(MessagesChanged(self.session, merged(told)))
            self.touched()

    def finish(self, *, stored: bool) -> None:
        """The last page was read, or no more can be had."""
        done = self._untold
        if done is None:
            return
        self.tell()
        self._untold = None
        if not stored:
            self._say(done)
        self._follow(self, done)
        self.touched()

    def wrote(self, placed: Placed) -> bool:
        """Whether it is a message of the other side's."""
        match placed.item:
            case EntryItem(entry=Message(author=author)) | OutsideItem(author=author):
                return author != self.feed.me
            case _:
                return False

    # --- telling -------------------------------------------------------------------------------
    def emit(self, differences: list[Difference]) -> None:
        """They count from all that is known here: what of it is untold goes before them."""
        if differences:
            self.tell()
            self._context.tell(MessagesChanged(self.session, merged(differences)))

    def touched(self) -> None:
        self._context.tell(SessionChanged(self.session))

    def _say(self, done: Applied) -> None:
        """What a person should hear once."""
        tell = self._context.tell
        self.say_doubts(done.doubts)
        if Happening.BREACHED in done.happened:
            self._say_breach()
        if Happening.RESTORED in done.happened:
            tell(Notice(NoticeCode.RESTORED, self.session))
        if Happening.CLOSED in done.happened:
            tell(Notice(NoticeCode.CLOSED, self.session))
        for notice in done.notices:
            if notice.code in ("handover_offered", "break_asked"):
                tell(Notice(NoticeCode(notice.code), self.session, notice.ms, notice.name or ""))
        if done.happened & {Happening.CLOSED, Happening.HANDED_ON}:
            self._cache.refresh()

    def say_doubts(self, doubts: Sequence[Doubt]) -> None:
        """What does not fit: kept for good, and said."""
        broken = tuple(each for each in doubts if each.kind is DoubtKind.CHAIN)
        if broken and not self._compared:
            self._compared = True
            self._on_break(self, broken)
            doubts = [each for each in doubts if each not in broken]
        if not doubts:
            return
        context, session = self._context, self.session
        scope, kept = context.scope, tuple(doubts)
        context.store.post(lambda conn: history.put_doubts(conn, scope, session, kept))
        for kind in dict.fromkeys(each.kind for each in kept):
            context.tell(Notice(NoticeCode.DOUBT, session, name=kind))
        self.touched()

    def settled(self) -> list[Doubt]:
        """The relay's refund, wherever it has said one, beside the journal's own."""
        journal, fold = self.feed.journal, self.feed.journal.fold
        if not journal.begun or fold.closed is None or journal.broken is not None:
            return []
        if self.feed.me != "customer":
            return []
        told: list[int] = []
        order, card = self._cache.order(self.session), self._cache.card(self.session)
        if order is not None and order.state in (OrderState.SETTLED, OrderState.REFUNDED):
            told.append(order.refund_fen)
        if card is not None and card.state == "closed":
            told.append(card.refund_fen)
        settlement, t = fold.settlement(), fold.last_t
        return [doubt for fen in told for doubt in self.feed.witness.refund(settlement, fen, t=t)]

    # --- what is known here --------------------------------------------------------------------
    def accepted(self, command: Send, accepted: Accepted) -> bool:
        """The relay has a message of ours; True where it counts as a reply that saw less than was
        on the screen, so that a newer question may go on waiting."""
        at = self._context.clock.mono()
        self.say_doubts(self.feed.witness.accepted(command.id, accepted, at=at))
        sent, counted = command.seen_seq, accepted.seen_seq
        return sent is not None and counted is not None and counted < sent

    def uncovered(self, command: Send, accepted: Accepted) -> Coverage:
        """What became of a reply that counts as having seen less."""
        sent, counted = command.seen_seq or 0, accepted.seen_seq or 0
        journal = self.feed.journal
        if accepted.seq is None or journal.fold.closed is not None:
            return Coverage.ENOUGH
        if accepted.seq > journal.fold.length:
            return Coverage.UNKNOWN
        if not any(counted < seq <= sent for seq in journal.open_asks):
            return Coverage.ENOUGH
        return Coverage.PART if journal.covered_at(accepted.t) else Coverage.NOTHING

    def ponged(self, sent: int, back: int) -> None:
        """A round trip was measured; a whole feed that is live should have brought everything."""
        witness = self.feed.witness
        doubts = witness.trip(sent, back)
        if self.state is SyncState.LIVE:
            doubts += witness.overdue(at=back, now=self.now)
            doubts += self.feed.withheld(back)
        self.say_doubts(doubts)
        trips = witness.claim_trips()
        if trips:
            scope, session = self._context.scope, self.session
            self._context.store.post(lambda c: history.put_trips(c, scope, session, trips))

    def signed(self, head: "Head") -> None:
        """A statement of the relay's about this session: kept, and held against the rest."""
        scope, session = self._context.scope, self.session
        self._context.store.post(lambda conn: history.put_signed(conn, scope, session, head))
        self.say_doubts(self.feed.witness.signed(head, self._context.relay_keys or None))

    def explain(self, theirs: Sequence[Placed], broken: Sequence[Doubt]) -> None:
        """The relay has less of it than is stored here, or the chain broke. Where it says under its
        key that it went on from a copy, that is a restore; without such a word the chain is broken,
        or it hides what it had signed or sent."""
        if self.look_for_restore(theirs):
            for each in broken:
                self.feed.witness.doubts.drop(each)
            self.touched()
            return
        entries = [each.item.entry for each in theirs if isinstance(each.item, EntryItem)]
        last = entries[-1].seq if entries else 0
        t = self.feed.journal.fold.last_t
        self.say_doubts(broken or self.feed.witness.hid(last + 1, t))

    def look_for_restore(self, theirs: Sequence[Placed]) -> bool:
        """Whether there is a notice of a restore among all that the relay has of it."""
        from miaohui.promise.errors import JournalUnreadable
        from miaohui.promise.heads import restored_from

        for placed in theirs:
            if isinstance(placed.item, RestoredItem):
                with contextlib.suppress(JournalUnreadable):
                    if self._went_on(restored_from(placed.item.notice)):
                        return True
        return False

    def _went_on(self, notice: "Restored") -> bool:
        """Whether this notice tells of a restore of this session; then it is kept, and said."""
        context, scope, session = self._context, self._context.scope, self.session
        if notice.session != session:
            return False
        if not self.feed.witness.went_on(notice, context.relay_keys):
            return False
        context.store.post(lambda conn: history.put_restored(conn, scope, session, notice))
        context.tell(Notice(NoticeCode.RESTORED, session))
        return True

    def acking(self) -> int:
        """The position that the relay is told to be stored here."""
        rows, pos = self.feed.rows, self.stored
        if self.feed.me == "customer":
            return pos
        seq = next(
            (
                found
                for row in range(len(rows) - 1, -1, -1)
                if rows.pos(row) <= pos
                and not rows.has(row, Flag.MINE)
                and (found := rows.seq(row)) is not None
            ),
            0,
        )
        self.feed.witness.acked(self._context.clock.mono(), seq)
        return pos

    def _say_breach(self) -> None:
        turn = self.feed.journal.open_turn(self.now)
        ms = None if turn is None else turn.wait
        self._context.tell(Notice(NoticeCode.BREACH, self.session, ms=ms))

    def prove(self, t: int) -> None:
        """The relay has spoken for ``t``."""
        self.panel.known_t = max(self.panel.known_t, t)
        self._keep_time(t)
        if self.feed.journal.prove(t):
            self.emit([*self.feed.open_rows(self.now)])
            if self.feed.tell_breach():
                self._say_breach()
            self.touched()

    def _keep_time(self, t: int) -> None:
        """Now and then, so that a start without a link does not show time that is gone."""
        if t - self._kept_t < KEEP_TIME_MS:
            return
        self._kept_t, scope, name = t, self._context.scope, f"t:{self.session}"
        raw = str(t).encode()
        self._context.store.post(lambda conn: history.put_cache(conn, scope, name, raw))

    # --- keeping -------------------------------------------------------------------------------
    def _keep(self, done: Applied) -> None:
        """Stores what is new; what waited in the outbox for it has arrived."""
        context, taken = self._context, done.take()
        if taken.stored:
            self.time.at_least(self.feed.journal.fold.last_t, context.clock.mono())
            self._store(taken.stored, taken.observed)
        for id in taken.arrived:
            context.outbox.arrived(id)
        if taken.gap:
            self.on(SyncEvent.GAP)
            self._on_gap(self)

    def _store(self, items: list[Placed], observed: Iterable[tuple[int, int, int]]) -> None:
        scope, session, opened_ms = self._context.scope, self.session, self.feed.opened_ms

        def write(conn: "Connection") -> None:
            history.put_items(conn, scope, session, items, opened_ms)
            history.put_observed(conn, scope, session, observed)

        self._post(write, range(items[0].pos, items[-1].pos + 1))

    def _post(self, write: Callable[["Connection"], None], of: range) -> None:
        """``of``: the positions that are written. What is called back must not hold itself, or the
        items would stay in memory until a collector comes by."""
        context = self._context

        def stored() -> None:
            self._backlog.answered(len(of))
            self._kept(of)
            context.connection.ack_soon()
            self.say_looked()

        def refused(_error: BaseException) -> None:
            # Nothing behind it counts as stored until the disk has taken it.
            self._backlog.answered(len(of))
            self._unkept.add(of.start)
            asyncio.get_running_loop().call_later(RETRY_S, self._post, write, of)

        self._backlog.add(len(of))
        with contextlib.suppress(StoreClosed):
            context.store.post(write, stored, refused)

    def _kept(self, of: range) -> None:
        """A stretch of the feed is on the disk."""
        self._unkept.discard(of.start)
        self._reached = max(self._reached, of[-1])
        whole = min(self._unkept) - 1 if self._unkept else self._reached
        self.stored = max(self.stored, whole)

    # --- what was seen -------------------------------------------------------------------------
    def read_here(self, pos: int) -> bool:
        """Read up to here on this machine; False where it was already."""
        if not self._read_to(pos):
            return False
        self._say_read()
        return True

    def read_elsewhere(self, pos: int) -> None:
        """Read up to here on another machine of the person's."""
        self._told_read = max(self._told_read, pos)
        if self._read_to(pos):
            self.touched()

    def _read_to(self, pos: int) -> bool:
        if not self.feed.reading.look(self.feed.rows, pos):
            return False
        scope, session = self._context.scope, self.session
        self._context.store.post(lambda conn: history.put_seen(conn, scope, session, pos))
        return True

    def _say_read(self) -> None:
        """To the person's other machines, whatever the other side is told."""
        pos = self.feed.reading.seen_pos
        if pos <= self._told_read or self._tells_read is not None or not self.attached:
            return
        self._told_read = pos
        self._context.connection.send(ReadTo(session=self.session, pos=pos))
        self._tells_read = asyncio.get_running_loop().call_later(READ_S, self._may_say_read)

    def _may_say_read(self) -> None:
        self._tells_read = None
        self._say_read()

    def looked(self, pos: int, seq: int) -> None:
        """The other side's messages up to here were on a focused screen."""
        self._looked, self._said = (pos, seq), None
        self.say_looked()

    def say_looked(self) -> None:
        """A relay believes that something was seen only once it knows that it was stored."""
        if self._looked is None or self._looked == self._said or not self.attached:
            return
        pos, seq = self._looked
        if self.stored >= pos:
            self._said = self._looked
            self._context.connection.ack_now()
            self._context.connection.send(Seen(session=self.session, seq=seq))


def merged(differences: list[Difference]) -> tuple[Difference, ...]:
    """Insertions that follow each other as one."""
    done: list[Difference] = []
    run: list[Inserted] = []

    def flush() -> None:
        if len(run) == 1:
            done.append(run.pop())
        elif run:
            done.append(Inserted(run[0].index, tuple(m for each in run for m in each.messages)))
            run.clear()

    for each in differences:
        if isinstance(each, Inserted):
            if run and each.index != run[-1].index + len(run[-1].messages):
                flush()
            run.append(each)
        else:
            flush()
            done.append(each)
    flush()
    return tuple(done)
