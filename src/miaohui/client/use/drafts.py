"""What is written and not sent, of every conversation: read before it can be written."""

import asyncio
from typing import TYPE_CHECKING

import msgspec

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.unsent import EMPTY, MessageDraft, ReviewDraft

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["Drafts"]

_Place = tuple[int, str]  # scope, session


class Drafts:
    """Drafts by session. One that was not read yet is never written over: what comes meanwhile is
    joined to it when it has been read."""

    def __init__(self, context: Context, syncs: SyncedSessions) -> None:
        self._context, self._syncs = context, syncs
        self._known: dict[_Place, MessageDraft] = {}
        self._early: dict[_Place, MessageDraft] = {}  # written before the stored one was read
        self._reading: dict[_Place, _Reading] = {}
        syncs.on_clear.append(self._clear)

    def get(self, session: str) -> MessageDraft | None:
        """None while it has not been read."""
        return self._known.get(self._place(session))

    async def read(self, session: str) -> MessageDraft:
        """The stored draft, with whatever was given meanwhile; Refused("store")."""
        place = self._place(session)
        while place not in self._known:
            await asyncio.shield(self._begin(place).known)
        return self._known[place]

    def put(self, session: str, draft: MessageDraft) -> None:
        """The composer's whole state, in place of what was known of it."""
        place = self._place(session)
        if place in self._known:
            self._write(place, draft)
        else:
            self._give(place, draft)

    def join(self, session: str, given: MessageDraft) -> None:
        """Words that come back: before what is being written, and never instead of it."""
        place = self._place(session)
        if place in self._known:
            self._write(place, given.joined(self._known[place]))
        else:
            self._give(place, given.joined(self._early.get(place, EMPTY)))

    # --- reviews -------------------------------------------------------------------------------
    async def review(self, session: str) -> ReviewDraft:
        """What was written of a review and not sent; Refused("store")."""
        scope, name = self._context.scope, f"review:{session}"
        try:
            raw = await self._context.store.run(lambda conn: history.cached(conn, scope, name))
        except Exception:
            raise Refused("store") from None
        return ReviewDraft() if raw is None else msgspec.json.decode(raw, type=ReviewDraft)

    def keep_review(self, session: str, draft: ReviewDraft) -> None:
        scope, name, raw = self._context.scope, f"review:{session}", msgspec.json.encode(draft)
        self._context.store.post(lambda conn: history.put_cache(conn, scope, name, raw))

    def _place(self, session: str) -> _Place:
        return (self._context.scope, self._syncs.real(session))

    def _clear(self) -> None:
        self._known.clear()
        self._early.clear()
        self._reading.clear()  # what was given to those is in the store's hands

    def _write(self, place: _Place, draft: MessageDraft) -> None:
        if self._known.get(place) == draft:
            return
        self._known[place] = draft
        self._context.store.post(lambda conn: history.put_draft(conn, *place, draft))

    def _give(self, place: _Place, early: MessageDraft) -> None:
        """Joined in the store itself: an app that ends before it has read loses nothing either."""
        self._early[place] = early
        reading = self._reading.get(place)
        if reading is None:
            self._begin(place)
        else:
            self._context.store.post(lambda conn: reading.join(conn, place, early))

    def _begin(self, place: _Place) -> "_Reading":
        """Reads one, once at a time; ``known`` ends when it was read, or could not be."""
        reading = self._reading.get(place)
        if reading is not None:
            return reading
        reading = self._reading[place] = _Reading()
        early = self._early.get(place, EMPTY)

        def read(conn: "Connection") -> None:
            reading.stored = history.draft(conn, *place)
            reading.join(conn, place, early)

        def done() -> None:
            if self._reading.get(place) is reading:
                del self._reading[place]
                assert reading.stored is not None
                self._known[place] = reading.stored.joined(self._early.pop(place, EMPTY))
            if not reading.known.done():
                reading.known.set_result(None)

        def failed(_error: BaseException) -> None:
            if self._reading.get(place) is reading:
                del self._reading[place]
            if not reading.known.done():
                reading.known.set_exception(Refused("store"))
                reading.known.exception()  # perhaps nobody waits for it

        self._context.store.post(read, done, failed)
        return reading


class _Reading:
    """A stored draft that is being read; ``stored`` is None until the store's thread has it."""

    def __init__(self) -> None:
        self.known: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stored: MessageDraft | None = None

    def join(self, conn: "Connection", place: _Place, early: MessageDraft) -> None:
        """What was written meanwhile, behind what is stored; in the store's thread."""
        if self.stored is not None and early != EMPTY:
            history.put_draft(conn, *place, self.stored.joined(early))
