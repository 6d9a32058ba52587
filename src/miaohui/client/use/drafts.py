"""What is written and not sent, of every conversation: read before it can be written."""

import asyncio

import msgspec

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.unsent import EMPTY, MessageDraft, ReviewDraft

__all__ = ["Drafts"]

_Place = tuple[int, str]  # scope, session


class Drafts:
    """Drafts by session. One that was not read yet is never written over: what comes meanwhile is
    joined to it when it has been read."""

    def __init__(self, context: Context, syncs: SyncedSessions) -> None:
        self._context, self._syncs = context, syncs
        self._known: dict[_Place, MessageDraft] = {}
        self._early: dict[_Place, MessageDraft] = {}  # written before the stored one was read
        self._reading: dict[_Place, asyncio.Future[None]] = {}
        syncs.on_clear.append(self._clear)

    def get(self, session: str) -> MessageDraft | None:
        """None while it has not been read."""
        return self._known.get(self._place(session))

    async def read(self, session: str) -> MessageDraft:
        """The stored draft, with whatever was given meanwhile; Refused("store")."""
        place = self._place(session)
        while place not in self._known:
            await asyncio.shield(self._begin(place))
        return self._known[place]

    def put(self, session: str, draft: MessageDraft) -> None:
        """The composer's whole state, in place of what was known of it."""
        place = self._place(session)
        if place in self._known:
            self._write(place, draft)
        else:
            self._early[place] = draft
            self._begin(place)

    def join(self, session: str, given: MessageDraft) -> None:
        """Words that come back: before what is being written, and never instead of it."""
        place = self._place(session)
        if place in self._known:
            self._write(place, given.joined(self._known[place]))
        else:
            self._early[place] = given.joined(self._early.get(place, EMPTY))
            self._begin(place)

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

    def _write(self, place: _Place, draft: MessageDraft) -> None:
        if self._known.get(place) == draft:
            return
        self._known[place] = draft
        self._context.store.post(lambda conn: history.put_draft(conn, *place, draft))

    def _begin(self, place: _Place) -> "asyncio.Future[None]":
        """Reads one, once at a time; the future ends when it is known, or could not be read."""
        reading = self._reading.get(place)
        if reading is not None:
            return reading
        reading = self._reading[place] = asyncio.get_running_loop().create_future()
        found: list[MessageDraft] = []

        def done() -> None:
            del self._reading[place]
            early = self._early.pop(place, EMPTY)
            self._known[place] = found[-1]
            self._write(place, found[-1].joined(early))
            if not reading.done():
                reading.set_result(None)

        def failed(_error: BaseException) -> None:
            del self._reading[place]
            if not reading.done():
                reading.set_exception(Refused("store"))
                reading.exception()  # perhaps nobody waits for it

        self._context.store.post(
            lambda conn: found.append(history.draft(conn, *place)), done, failed
        )
        return reading
