"""The other side of a conversation, as far as it is not in the feed: typing, progress, presence."""

import asyncio

from miaohui.client.sync.session import Talk
from miaohui.client.sync.sessions import Feeds
from miaohui.wire.sessions import PeerPresence, PeerProgress, PeerTyping

TYPING_S = 4.0


class Peers:
    """Ephemeral: nothing of it is stored."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    def heard(self, frame: PeerTyping | PeerProgress | PeerPresence) -> None:
        talk = self._feeds.get(frame.session)
        if talk is None:
            return
        match frame:
            case PeerProgress():
                now = self._feeds.now(talk)
                changed = talk.feed.progress(frame.delivered, frame.seen, now)
                self._feeds.emit(frame.session, changed)
                return
            case PeerPresence():
                talk.peer_online = frame.online
            case PeerTyping():
                self._stop(talk)
                loop = asyncio.get_running_loop()
                talk.typing_until = loop.call_later(TYPING_S, self._ended, frame.session, talk)
        self._feeds.touched(frame.session)

    @staticmethod
    def _stop(talk: Talk) -> None:
        if talk.typing_until is not None:
            talk.typing_until.cancel()
            talk.typing_until = None

    def _ended(self, session: str, talk: Talk) -> None:
        talk.typing_until = None
        self._feeds.touched(session)

    def close(self) -> None:
        for _, talk in self._feeds.all():
            self._stop(talk)
