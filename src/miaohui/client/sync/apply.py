"""What comes into conversations: applied in order, stored, told to whoever listens.

A long stretch comes in pages. Each is checked and stored at once, but told a few times a second:
a window that painted every page would do nothing else.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from miaohui.client.feed.applied import Applied
from miaohui.client.snapshots import Difference, MessagesChanged, Notice, SessionChanged
from miaohui.client.store import history
from miaohui.client.store.store import StoreClosed
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk, merged
from miaohui.wire.sessions import Placed, Seen

if TYPE_CHECKING:
    from sqlite3 import Connection

STEP_MS = 250  # more often would be painting rather than reading
RETRY_S = 1.0  # so much later, what the disk refused is written again
UNSAVED = 400  # items that the disk may be behind: more of them would only fill memory


class Intake:
    """``followed`` hears of every stretch that was told: pictures, notices and receipts follow
    it. ``on_gap``: the feed must be attached anew."""

    def __init__(self, core: Core, roster: Roster, on_gap: Callable[[str, Talk], None]) -> None:
        self._core = core
        self._roster = roster
        self._on_gap = on_gap
        self._saving = 0
        self._saved = asyncio.Event()
        self.followed: list[Callable[[str, Talk, Applied], None]] = []

    def now(self, talk: Talk) -> int:
        known = talk.time.now(self._core.clock.mono(), self._core.connection.sync)
        return max(known or 0, talk.feed.watch.fold.last_t)

    # --- news ----------------------------------------------------------------------------------
    def apply(self, session: str, talk: Talk, items: Sequence[Placed]) -> None:
        """A few items, told at once."""
        self.tell(session, talk)
        done = talk.feed.apply(items, self._core.clock.mono(), self.now(talk))
        done.news = bool(done.differences)
        self._keep(session, talk, done)
        if talk.untold is not None:
            talk.untold.told_from = len(talk.feed.rows)
        self.emit(session, talk, done.differences)
        self._say(session, talk, done)
        self._follow(session, talk, done)
        self.touched(session)

    # --- pages ---------------------------------------------------------------------------------
    def page(self, session: str, talk: Talk, items: Sequence[Placed], *, stored: bool) -> None:
        """One of many pages; ``stored``: from our own history. ``finish`` stands at the end."""
        mono, feed = self._core.clock.mono(), talk.feed
        if talk.untold is None:
            talk.untold, talk.told_at = Applied(told_from=len(feed.rows)), mono
        feed.apply(items, mono, self.now(talk), stored=stored, into=talk.untold)
        if stored:
            talk.untold.arrived.clear()  # what is kept here left the outbox when it was kept
        else:
            self._keep(session, talk, talk.untold)
        if mono - talk.told_at >= STEP_MS:
            self.tell(session, talk)

    def tell(self, session: str, talk: Talk) -> None:
        """What has come in pages and is not on the screen yet."""
        done = talk.untold
        if done is None:
            return
        talk.told_at = self._core.clock.mono()
        talk.feed.tell_rows(self.now(talk), done)
        told, done.differences = done.differences, []
        if told:
            done.news = True
            self._core.tell(MessagesChanged(session, merged(told)))
            self.touched(session)

    def finish(self, session: str, talk: Talk, *, stored: bool) -> None:
        """The last page was read, or no more can be had."""
        done = talk.untold
        if done is None:
            return
        self.tell(session, talk)
        talk.untold = None
        if not stored:
            self._say(session, talk, done)
        self._follow(session, talk, done)
        self.touched(session)

    def has_room(self) -> bool:
        """Whether the disk is not far behind."""
        return self._saving <= UNSAVED

    async def room(self) -> None:
        """Waits while it is."""
        while not self.has_room():
            self._saved.clear()
            await self._saved.wait()

    # --- telling -------------------------------------------------------------------------------
    def emit(self, session: str, talk: Talk, differences: list[Difference]) -> None:
        """They count from all that is known here: what of it is untold goes before them."""
        if differences:
            self.tell(session, talk)
            self._core.tell(MessagesChanged(session, merged(differences)))

    def touched(self, session: str) -> None:
        self._core.tell(SessionChanged(session))

    def _say(self, session: str, talk: Talk, done: Applied) -> None:
        """What a person should hear once."""
        core = self._core
        if done.broke:
            core.tell(Notice("receipt_broken", session))
        if done.breached:
            self.say_breach(session, talk)
        if done.closed:
            core.tell(Notice("closed", session))
        for notice in done.notices:
            if notice.code in ("handover_offered", "break_asked"):
                core.tell(Notice(notice.code, session, notice.ms, notice.name or ""))
        if done.closed or done.handed_to is not None:
            self._roster.refresh()

    def say_breach(self, session: str, talk: Talk) -> None:
        turn = talk.feed.watch.open_turn(self.now(talk))
        self._core.tell(Notice("breach", session, ms=None if turn is None else turn.wait))

    def _follow(self, session: str, talk: Talk, done: Applied) -> None:
        for each in self.followed:
            each(session, talk, done)

    # --- keeping -------------------------------------------------------------------------------
    def _keep(self, session: str, talk: Talk, done: Applied) -> None:
        """Stores what is new; what waited in the outbox for it has arrived."""
        core, feed = self._core, talk.feed
        items, done.stored = done.stored, []
        observed, done.observed = done.observed, []
        arrived, done.arrived = done.arrived, []
        if items:
            talk.time.at_least(feed.watch.fold.last_t, core.clock.mono())
            self._store(session, talk, items, observed)
        for id in arrived:
            core.outbox.arrived(id)
        if done.gap:
            done.gap = False
            talk.attached = False
            self._on_gap(session, talk)

    def _store(
        self,
        session: str,
        talk: Talk,
        items: list[Placed],
        observed: list[tuple[int, int, int]],
    ) -> None:
        scope, opened_ms = self._core.scope, talk.feed.opened_ms

        def write(conn: "Connection") -> None:
            history.put_items(conn, scope, session, items, opened_ms)
            history.put_observed(conn, scope, session, observed)

        self._post(session, talk, write, range(items[0].pos, items[-1].pos + 1))

    def _post(
        self, session: str, talk: Talk, write: Callable[["Connection"], None], of: range
    ) -> None:
        """``of``: the positions that are written. What is called back must not hold itself, or the
        items would stay in memory until a collector comes by."""
        core = self._core

        def answered() -> None:
            self._saving -= len(of)
            self._saved.set()

        def stored() -> None:
            answered()
            talk.kept(of.start, of[-1])
            core.connection.ack_soon()
            self.say_looked(session, talk)

        def refused(_error: BaseException) -> None:
            # Nothing behind it counts as stored until the disk has taken it.
            answered()
            talk.unkept.add(of.start)
            loop = asyncio.get_running_loop()
            loop.call_later(RETRY_S, self._post, session, talk, write, of)

        self._saving += len(of)
        with contextlib.suppress(StoreClosed):
            core.store.post(write, stored, refused)

    # --- what was seen -------------------------------------------------------------------------
    def looked(self, session: str, talk: Talk, pos: int, seq: int) -> None:
        """The other side's messages up to here were on a focused screen."""
        talk.looked, talk.looked_said = (pos, seq), False
        self.say_looked(session, talk)

    def say_looked(self, session: str, talk: Talk) -> None:
        """A relay believes that something was seen only once it knows that it was stored."""
        if talk.looked is None or talk.looked_said or not talk.attached:
            return
        pos, seq = talk.looked
        if talk.stored >= pos:
            talk.looked_said = True
            self._core.connection.ack_now()
            self._core.connection.send(Seen(session=session, seq=seq))
