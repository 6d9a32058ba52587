"""Voice notes as they are heard: never decoded here, never in clear on a disk."""

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.voice.container import NoteRefused
from miaohui.voice.decoder import HeardNote, VoiceDecoder
from miaohui.wire.errors import Code

__all__ = ["VoiceNotes"]


class VoiceNotes:
    """People's notes as samples, by a process of their own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._decoder = VoiceDecoder()

    async def hear(self, media: str, speed: float) -> HeardNote | None:
        """None while its bytes are not here; Refused(MEDIA_REFUSED) where it cannot be played."""
        found = await self._context.store.run(lambda conn: history.media(conn, media))
        return None if found is None else await self.hear_own(found[1], speed)

    async def hear_own(self, data: bytes, speed: float) -> HeardNote:
        """One that was not sent yet."""
        try:
            return await self._decoder.heard(data, speed)
        except NoteRefused as refused:
            raise Refused(Code.MEDIA_REFUSED, refused.reason) from None

    def close(self) -> None:
        self._decoder.close()
