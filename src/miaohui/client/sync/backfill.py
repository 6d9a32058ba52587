"""A conversation brought up to date: read back from this machine, then on from the relay.

What is read is bounded by what the disk has taken.
"""

from collections.abc import Callable, Sequence

from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.apply import Intake
from miaohui.client.sync.context import Core
from miaohui.client.sync.pages import Pages
from miaohui.client.sync.reopening import read_back
from miaohui.client.sync.session import Talk
from miaohui.wire.sessions import FeedPage, Placed


class Catchup:
    """``holds``: whether a conversation is still the one that its session has."""

    def __init__(
        self,
        core: Core,
        roster: Roster,
        intake: Intake,
        holds: Callable[[str, Talk], bool],
    ) -> None:
        self._core = core
        self._roster = roster
        self._intake = intake
        self._holds = holds

    async def load(self, session: str, talk: Talk) -> None:
        """What this machine has of it."""
        if not self._core.scope:
            return

        def take(page: Sequence[Placed]) -> bool:
            if not self._holds(session, talk):
                return False
            self._intake.page(session, talk, page, stored=True)
            return True

        try:
            await read_back(self._core, session, talk, take)
        finally:
            self._intake.finish(session, talk, stored=True)
        talk.feed.loaded = True
        self._intake.touched(session)

    async def attach(self, session: str, talk: Talk) -> bool:
        """The rest from the relay, and from then on what is new; False where that ended early."""
        await self._core.reachable()
        pages = Pages(self._core, session, talk.feed.pos, self._intake.has_room)
        try:
            while True:
                page = await pages.next()
                if not isinstance(page, FeedPage) or not self._holds(session, talk):
                    return False
                self._take(session, talk, page, more=pages.has_more)
                if not talk.attached:
                    return False  # a gap: it is attached anew
                if not pages.has_more:
                    return True
                await self._intake.room()
        finally:
            pages.close()
            self._intake.finish(session, talk, stored=False)

    def _take(self, session: str, talk: Talk, page: FeedPage, *, more: bool) -> None:
        feed, intake = talk.feed, self._intake
        talk.attached = True
        talk.time.tell(page.clock, page.now_t, self._core.clock.mono())
        card = self._roster.card(session)
        if card is not None and card.state == "closed" and not feed.reading.seen_pos:
            feed.reading.seen_pos = page.head
        talk.head = page.head
        if more or talk.untold is not None:
            intake.page(session, talk, page.items, stored=False)
        else:
            intake.apply(session, talk, page.items)
        if not more:
            intake.emit(session, talk, feed.progress(page.delivered, page.seen, intake.now(talk)))
