"""A session brought up to date: read back from this machine, then on from the relay.

What is read is bounded by what the disk has taken.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from miaohui.client.doubts import DoubtKind
from miaohui.client.link.requests import Question
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import DiskBacklog, SessionSync
from miaohui.client.sync.states import SyncEvent
from miaohui.promise.observing import Ordered
from miaohui.wire.frame import Result
from miaohui.wire.journal import Entry, entry_hash
from miaohui.wire.sessions import Attach, EntryItem, FeedPage, Placed

AHEAD = 2  # pages that are here or asked for, and not applied


class Backfill:
    """``holds``: whether a sync is still the one that its session has."""

    def __init__(
        self, context: Context, backlog: DiskBacklog, holds: Callable[[SessionSync], bool]
    ) -> None:
        self._context = context
        self._backlog = backlog
        self._holds = holds

    async def load(self, sync: SessionSync) -> None:
        """What this machine has of it; then the place where the chain goes on."""
        context, feed, session, scope = self._context, sync.feed, sync.session, self._context.scope
        if not scope:
            return
        try:
            seen = await context.store.run(lambda c: history.seen(c, scope, session))
            rows = await context.store.run(lambda c: history.observed(c, scope, session))
            feed.reading.start_at(seen)
            known = await context.store.run(lambda c: history.cached(c, scope, f"t:{session}"))
            sync.panel.known_t = 0 if known is None else int(known)
            await self._recall(sync, scope)
            feed.recall_network({seq: network for seq, _, _, network in rows})
            for part in await context.store.run(lambda c: history.parts(c, scope, session)):
                feed.parts[part.seq] = part
            newest = await self._pages(sync, scope)
            sync.read_back()
            head = await context.store.run(lambda c: history.head(c, scope, session))
            length = feed.journal.fold.length
            if head is not None and head[0] == length:
                feed.journal.resume(*head)
            elif newest is not None and newest.seq == length:
                # What comes behind was never written, by a disk that refused once: read again.
                feed.journal.resume(newest.seq, entry_hash(newest))
        finally:
            sync.finish(stored=True)
        sync.on(SyncEvent.LOADED)
        sync.touched()

    async def _recall(self, sync: SessionSync, scope: int) -> None:
        """What was known of it, and did not fit, in earlier runs."""
        context, session, witness = self._context, sync.session, sync.feed.witness
        for doubt in await context.store.run(lambda c: history.doubts(c, scope, session)):
            witness.doubts.take(doubt)
            if doubt.kind is DoubtKind.CHAIN:
                sync.feed.journal.breaks_at(doubt.seq, doubt.field)
        for deed in await context.store.run(lambda c: history.deeds(c, scope, session)):
            witness.did(deed)
        for head in await context.store.run(lambda c: history.signed(c, scope, session)):
            witness.signed(head, None)
        notice = await context.store.run(lambda c: history.restored(c, scope, session))
        if notice is not None:
            witness.went_on(notice, context.relay_keys)
        card = sync.order
        raw = await context.store.run(lambda c: history.cached(c, scope, f"paid:{card}"))
        if raw is not None:
            witness.paid(msgspec.json.decode(raw, type=Ordered))

    async def _pages(self, sync: SessionSync, scope: int) -> Entry | None:
        """Applies the stored pages, the next one read meanwhile; the newest entry of them."""
        context, session = self._context, sync.session
        newest: Entry | None = None

        async def read(after: int) -> list[Placed] | Exception:
            try:
                return await context.store.run(
                    partial(history.items, scope=scope, session=session, after=after)
                )
            except Exception as error:
                return error

        reading = context.tasks.start(read(sync.feed.pos), "stored page")
        try:
            while page := await reading:
                if isinstance(page, Exception):
                    raise page
                reading = context.tasks.start(read(page[-1].pos), "stored page")
                if not self._holds(sync):
                    break
                sync.page(page, stored=True)
                entries = [each.item.entry for each in page if isinstance(each.item, EntryItem)]
                newest = entries[-1] if entries else newest
        finally:
            reading.cancel()
        return newest

    async def attach(self, sync: SessionSync) -> bool:
        """The rest from the relay, and from then on what is new; False where that ended early."""
        await self._context.reachable()
        has_room = self._backlog.has_room
        pages = FeedPages(self._context, sync.session, sync.feed.pos, has_room)
        try:
            while True:
                page = await pages.next()
                if not isinstance(page, FeedPage) or not self._holds(sync):
                    return False
                if not sync.take(page, more=pages.has_more):
                    return False
                if not pages.has_more:
                    return True
                await self._backlog.room()
        finally:
            pages.close()
            sync.finish(stored=False)

    async def theirs(self, sync: SessionSync) -> list[Placed]:
        """All that the relay has of a session of which this machine has more; nothing is applied."""
        found: list[Placed] = []
        pages = FeedPages(self._context, sync.session, 0, lambda: True)
        try:
            while True:
                page = await pages.next()
                if isinstance(page, FeedPage):
                    found += page.items
                if not pages.has_more:
                    return found
        finally:
            pages.close()


class FeedPages:
    """The pages of a feed, the next one asked for the moment one has come: a relay that waited
    until a page was applied and painted would stand still half of the time.

    ``after``: the position to go on from. ``room``: whether more may be asked for now.
    """

    def __init__(
        self, context: Context, session: str, after: int, room: Callable[[], bool]
    ) -> None:
        self._context, self._session, self._room = context, session, room
        self._asked: deque[Question] = deque()
        self._due: int | None = None
        self._ask(after)

    async def next(self) -> Result:
        """The page asked for first; Refused as with any question."""
        self.go_on()
        return await self._asked.popleft().answer()

    @property
    def has_more(self) -> bool:
        return self._due is not None or bool(self._asked)

    def go_on(self) -> None:
        """Asks for what had no room."""
        if self._due is not None and (not self._asked or self._room()):
            self._ask(self._due)

    def close(self) -> None:
        for question in self._asked:
            question.drop()
        self._asked.clear()
        self._due = None

    def _ask(self, after: int) -> None:
        self._due = None
        request = Attach(id=self._context.new_id(), session=self._session, after=after)
        self._asked.append(self._context.requests.begin(request, self._came))

    def _came(self, page: Result) -> None:
        if not isinstance(page, FeedPage) or not page.items or page.items[-1].pos >= page.head:
            return
        self._due = page.items[-1].pos
        if len(self._asked) < AHEAD and self._room():
            self._ask(self._due)
