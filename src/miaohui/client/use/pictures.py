"""Pictures as they are seen and as they are chosen: never decoded here, never in clear on a disk."""

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.pictures.decoder import PictureDecoder, Pixels, PreparedPicture, preparing
from miaohui.pictures.header import PictureRefused
from miaohui.wire.errors import Code

__all__ = ["PictureViews"]


class PictureViews:
    """Strangers' pictures as pixels, one's own as files to be sent: each by a process of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shows, self._prepares = PictureDecoder(), preparing()

    async def show(self, media: str, width: int, height: int) -> Pixels | None:
        """None while its bytes are not here; Refused(MEDIA_REFUSED) where it cannot be shown."""
        found = await self._context.store.run(lambda conn: history.media(conn, media))
        if found is None:
            return None
        try:
            return await self._shows.pixels(found[1], width, height)
        except PictureRefused as refused:
            raise Refused(Code.MEDIA_REFUSED, refused.reason) from None

    async def codes(self, media: str) -> tuple[str, ...]:
        """The texts of its QR codes; none while its bytes are not here or it can't be read."""
        found = await self._context.store.run(lambda conn: history.media(conn, media))
        if found is None:
            return ()
        try:
            return await self._shows.codes(found[1])
        except PictureRefused:
            return ()

    async def prepare(self, data: bytes, *, original: bool, whole: bool) -> PreparedPicture:
        """Refused(MEDIA_REFUSED, why) where it cannot be sent."""
        try:
            return await self._prepares.prepared(data, original=original, whole=whole)
        except PictureRefused as refused:
            raise Refused(Code.MEDIA_REFUSED, refused.reason) from None

    def close(self) -> None:
        """Ends both processes."""
        self._shows.close()
        self._prepares.close()
