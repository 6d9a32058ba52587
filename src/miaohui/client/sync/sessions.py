"""The conversations of this client: read from the store, attached at the relay, kept in step."""

import asyncio
import logging
from collections.abc import Sequence

from miaohui.client.feed.applied import Applied
from miaohui.client.feed.conversation import Conversation
from miaohui.client.feed.outbox import Kept
from miaohui.client.port import Refused
from miaohui.client.snapshots import Difference, Inserted
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.apply import Intake
from miaohui.client.sync.backfill import Catchup
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import GRACE_MS, Talk
from miaohui.wire.frame import Result
from miaohui.wire.link import Pong
from miaohui.wire.sessions import Accepted, Breach, Detach, FeedPush, Send

log = logging.getLogger(__name__)
RETRY_MS = 5
LONG = 2_000  # lines that came in one go: their pages left holes in memory
LOADED = 4  # closed conversations that stay in memory besides the one on screen


class Feeds:
    """``followed`` hears of every applied stretch: pictures, notices and receipts follow it."""

    def __init__(self, core: Core, roster: Roster) -> None:
        self._core = core
        self._roster = roster
        self._talks: dict[str, Talk] = {}
        self._recent: list[str] = []
        self.focused: str | None = None
        self.intake = Intake(core, roster, self._gap)
        self._catchup = Catchup(core, roster, self.intake, self._holds)
        self.followed = self.intake.followed
        roster.on_sessions.append(self.attach_live)

    # --- finding -----------------------------------------------------------------------------
    def real(self, session: str) -> str:
        """The session that an order became; else what was asked for."""
        if session in self._talks and self._roster.card(session) is not None:
            return session
        order = self._roster.order(session)
        return order.session if order is not None and order.session else session

    def get(self, session: str) -> Talk | None:
        return self._talks.get(self.real(session))

    def ensure(self, session: str) -> Talk:
        session = self.real(session)
        talk = self._talks.get(session)
        if talk is None:
            talk = self._talks[session] = Talk(Conversation(session, self._core.me))
            talk.feed.link_live = self._core.signed_in
            talk.feed.take_kept(self._core.outbox.lane(session), 0)
        return talk

    def take_over(self) -> None:
        """The account's outbox was opened: what waits in it is on the screen."""
        for lane in dict.fromkeys(kept.lane for kept in self._core.outbox.all()):
            known = self._roster.card(lane) or self._roster.order(lane) or self._talks.get(lane)
            if known is not None:
                talk = self.ensure(lane)
                kept = self._core.outbox.lane(lane)
                self._emit(lane, talk.feed.take_kept(kept, self.now(talk)))
        self._join_known()
        if self.focused is not None:
            self.open(self.focused)

    def all(self) -> Sequence[tuple[str, Talk]]:
        return tuple(self._talks.items())

    def clear(self) -> None:
        """Another account: nothing of this one stays."""
        self._talks.clear()
        self._recent.clear()
        self.focused = None

    def now(self, talk: Talk) -> int:
        return self.intake.now(talk)

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
            card = self._roster.card(old)
            if card is not None and card.state == "closed":
                self._unload(old)

    def _unload(self, session: str) -> None:
        self._recent.remove(session)
        talk = self._talks.get(session)
        if talk is None or talk.busy or talk.feed.pending:
            return
        if talk.attached:
            self._core.connection.send(Detach(id=self._core.new_id(), session=session))
        del self._talks[session]

    def attach_live(self) -> None:
        """Every open session, the one on screen, and what is known here and not whole."""
        self._join_known()
        for card in self._roster.sessions:
            waits = bool(self._core.outbox.lane(card.session))  # for the feed to bring it back
            talk = self._talks.get(card.session)
            behind = talk is not None and talk.feed.pos < card.head
            lacks = talk is not None and talk.feed.loaded and behind
            if card.state != "closed" or card.session == self.focused or waits or lacks:
                if talk is not None and behind and not talk.busy:
                    talk.attached = False  # handed back: what it was attached to ends before
                self.open(card.session)
                self._name_holder(card.session, card.peer_name)
            if card.order != card.session and card.order in self._talks:
                self._join(card.order, card.session)

    def _join_known(self) -> None:
        """An order may be known as a session before the list of sessions was read."""
        for order in self._roster.orders:
            if order.session and order.session != order.order and order.order in self._talks:
                self._join(order.order, order.session)

    def _join(self, order: str, session: str) -> None:
        """What was said while queued goes on in the session."""
        self._core.outbox.move(order, session)
        early = self._talks.pop(order)
        talk = self.ensure(session)
        known = {each.key for each in talk.feed.pending}
        for pending in early.feed.pending:
            if pending.key not in known and talk.feed.rows.find(pending.key) is None:
                talk.feed.pending.append(pending)
                index = len(talk.feed) - 1
                view = talk.feed.view(index, self.now(talk))
                self._emit(session, [Inserted(index, (view,))])
        if self.focused == order:
            self.focused = session
        self.open(session)

    def _name_holder(self, session: str, name: str) -> None:
        talk = self._talks.get(session)
        if talk is None or not talk.feed.watch.begun or self._core.me != "customer":
            return
        done = Applied()
        talk.feed.learn(talk.feed.watch.fold.holder, name, self.now(talk), done)
        self._emit(session, done.differences)

    def open(self, session: str) -> None:
        """Reads what is stored, then the rest from the relay; once at a time."""
        talk = self.ensure(session)
        if talk.busy:
            talk.again = True
        elif not (talk.feed.loaded and talk.attached):
            talk.busy = True
            self._core.tasks.start(self._open(session, talk), "open session")

    async def _open(self, session: str, talk: Talk) -> None:
        before = len(talk.feed)
        try:
            if not talk.feed.loaded:
                await self._core.insist(lambda: self._catchup.load(session, talk))
            if self._core.signed_in and self._roster.card(session) is not None:
                await self._attach(session, talk)
        except Refused as refused:
            log.info("attach was refused: %s", refused.code)
        finally:
            talk.busy = False
            if talk.idle is not None:
                talk.idle.set_result(None)
                talk.idle = None
        if len(talk.feed) - before > LONG:
            self._core.tasks.start(self._core.store.shrink(), "shrink")
        if talk.missed:
            # It came before the page to which it belongs, which ends where the gap began.
            talk.missed = talk.attached = False
        if talk.again:
            talk.again = False
            self.open(session)

    async def _attach(self, session: str, talk: Talk) -> None:
        if not await self._catchup.attach(session, talk):
            return
        core = self._core
        talk.feed.synced = True
        if talk.read_at is None:
            talk.read_at = core.clock.mono()
            self._let_go_in(GRACE_MS, session)
        self.intake.say_looked(session, talk)
        talk.behind = False
        self.touched(session)

    async def complete(self, session: str) -> None:
        """All of a session that can be had now is here and stored."""
        self.open(session)
        talk = self._talks[session]
        while talk.busy:
            talk.idle = talk.idle or asyncio.get_running_loop().create_future()
            await asyncio.shield(talk.idle)

    # --- the feed ----------------------------------------------------------------------------
    def pushed(self, frame: FeedPush) -> None:
        talk = self._talks.get(frame.session)
        if talk is None:
            self._roster.refresh()
            return
        if talk.feed.loaded:
            self.intake.apply(frame.session, talk, frame.items)

    def _gap(self, session: str, talk: Talk) -> None:
        talk.missed = talk.busy
        self.open(session)

    def _holds(self, session: str, talk: Talk) -> bool:
        return self._talks.get(session) is talk

    def looked(self, session: str, talk: Talk, pos: int, seq: int) -> None:
        """The other side's messages up to here were on a focused screen."""
        self.intake.looked(session, talk, pos, seq)

    def _let_go_in(self, ms: int, session: str) -> None:
        asyncio.get_running_loop().call_later(ms / 1000, self._let_go, session)

    def _let_go(self, session: str) -> None:
        talk = self._talks.get(session)
        if talk is None or talk.read_at is None:
            return  # the link is gone again: the next one begins its own grace
        if talk.may_reply(self._core.clock.mono()):
            self._core.outbox.wake(session)
        else:
            # The loop's clock and ours are cut to the millisecond each: one may be early.
            self._let_go_in(RETRY_MS, session)

    def may_go(self, lane: str) -> bool:
        """Whether what is said there may be sent yet: a responder's replies have a grace."""
        talk = self._talks.get(lane)
        if talk is None or self._core.me != "responder" or self._roster.card(lane) is None:
            return True
        return talk.may_reply(self._core.clock.mono())

    def acks(self) -> dict[str, int]:
        return {name: talk.stored for name, talk in self._talks.items() if talk.attached}

    def ponged(self, frame: Pong) -> None:
        """Lost pushes are noticed here; and a pong proves time for a feed that has all of it."""
        for session, talk in self._talks.items():
            if not talk.attached:
                continue
            head = frame.heads.get(session)
            if head is None:
                talk.attached = False  # no longer read to us: it was handed on, or back
                self.open(session)
                continue
            if head > talk.feed.pos:
                if talk.behind:
                    talk.attached = talk.behind = False
                    self.open(session)
                else:
                    talk.behind = True
                continue
            talk.behind = False
            t = talk.time.of_mono(frame.t3, self._core.connection.sync.run)
            if head == talk.feed.pos and t is not None:
                self._prove(session, talk, t)

    def breach(self, frame: Breach) -> None:
        talk = self._talks.get(frame.session)
        if talk is not None:
            self._prove(frame.session, talk, frame.t)

    def _prove(self, session: str, talk: Talk, t: int) -> None:
        if talk.feed.watch.prove(t):
            self._emit(session, talk.feed.open_rows(self.now(talk)))
            if talk.feed.tell_breach():
                self.intake.say_breach(session, talk)
            self.touched(session)

    # --- own messages ------------------------------------------------------------------------
    def kept_changed(self, kept: Kept, result: Result | None) -> None:
        """A command of ours took a step."""
        if not isinstance(kept.command, Send):
            return
        talk = self._talks.get(kept.lane)
        if talk is None:
            return
        accepted = result if isinstance(result, Accepted) else None
        self._emit(kept.lane, talk.feed.follow(kept, accepted, self.now(talk)))

    def link(self, *, live: bool) -> None:
        """The link came or went: own messages say so, and everything is attached again."""
        for session, talk in self._talks.items():
            talk.feed.link_live = live
            talk.attached = talk.looked_said = False
            talk.read_at = None
            talk.feed.synced = talk.feed.synced and live
            self._emit(session, talk.feed.waiting(self.now(talk)))
            self.touched(session)
        if live:
            self.attach_live()

    def emit(self, session: str, differences: list[Difference]) -> None:
        self._emit(self.real(session), differences)

    def _emit(self, session: str, differences: list[Difference]) -> None:
        talk = self._talks.get(session)
        if talk is not None:
            self.intake.emit(session, talk, differences)

    def touched(self, session: str) -> None:
        self.intake.touched(session)
