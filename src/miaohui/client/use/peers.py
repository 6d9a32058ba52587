"""The other side of a session, as far as it is not in the feed: typing, progress, presence."""

import asyncio

from miaohui.client.sync.sessions import SyncedSessions
from miaohui.wire.sessions import PeerPresence, PeerProgress, PeerTyping

TYPING_S = 4.0


class Peers:
    """Ephemeral: nothing of it is stored. Who was never heard of counts as there."""

    def __init__(self, syncs: SyncedSessions) -> None:
        self._syncs = syncs
        self._away: set[str] = set()
        self._typing: dict[str, asyncio.TimerHandle] = {}

    def online(self, session: str) -> bool:
        return session not in self._away

    def typing(self, session: str) -> bool:
        return session in self._typing

    def heard(self, frame: PeerTyping | PeerProgress | PeerPresence) -> None:
        sync = self._syncs.get(frame.session)
        if sync is None:
            return
        session = sync.session
        match frame:
            case PeerProgress():
                sync.emit(sync.feed.progress(frame.delivered, frame.seen, sync.now))
                return
            case PeerPresence(online=True):
                self._away.discard(session)
            case PeerPresence():
                self._away.add(session)
            case PeerTyping():
                self._stop(session)
                loop = asyncio.get_running_loop()
                self._typing[session] = loop.call_later(TYPING_S, self._ended, session)
        sync.touched()

    def _stop(self, session: str) -> None:
        timer = self._typing.pop(session, None)
        if timer is not None:
            timer.cancel()

    def _ended(self, session: str) -> None:
        del self._typing[session]
        sync = self._syncs.get(session)
        if sync is not None:
            sync.touched()

    def clear(self) -> None:
        """Another account, or the end: nothing of this one stays."""
        for session in tuple(self._typing):
            self._stop(session)
        self._away.clear()
