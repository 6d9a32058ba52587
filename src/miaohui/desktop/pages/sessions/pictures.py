"""Pictures on their way out and in: decoded elsewhere, shown small, never trusted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

from miaohui.pictures.decoder import Pixels
from miaohui.pictures.header import PictureRefused
from miaohui.pictures.limits import CHOSEN

SHOWN = (520, 600)  # pixels: twice the room that a bubble gives a picture
KEPT_BYTES = 24 * 1024 * 1024  # of thumbnails held in memory

Decode = Callable[[str, Callable[[Pixels | None], None], Callable[[], None]], None]
"""Has a media id's pixels made; calls one of the two: here they are (None: the bytes are not here
yet), or it cannot be shown."""


def read_file(path: Path) -> bytes:
    """A file's bytes; PictureRefused where it is too large or can't be read."""
    try:
        if path.stat().st_size > CHOSEN.bytes:
            raise PictureRefused("bytes")
        return path.read_bytes()
    except OSError:
        raise PictureRefused("unreadable") from None


def encoded(image: QImage) -> bytes:
    """A pasted picture as PNG."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise PictureRefused("unreadable")
    return bytes(held.data())


def bytes_of(one: object) -> bytes:
    """The bytes of a picture that was pasted, dropped or chosen."""
    if isinstance(one, str | Path):
        return read_file(Path(one))
    if isinstance(one, QImage):
        return encoded(one)
    if isinstance(one, bytes | bytearray):
        return bytes(one)
    raise PictureRefused("unreadable")


def image_of(pixels: Pixels) -> QImage:
    """Pixels as Qt draws them; nothing is decoded."""
    made = QImage(
        pixels.data,
        pixels.width,
        pixels.height,
        4 * pixels.width,
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    return made.copy()  # the bytes above belong to Python


class Thumbnails:
    """Pictures by media id, made once by ``decode`` and told to ``ready``; the newest seen stay.
    A null image: it cannot be shown."""

    def __init__(self, decode: Decode, ready: Callable[[str], None]) -> None:
        self._decode, self._ready = decode, ready
        self._held: OrderedDict[str, QImage] = OrderedDict()
        self._bytes = 0
        self._asked: dict[str, bool] = {}  # True: asked for again meanwhile
        self._generation = 0

    def __call__(self, media: str) -> QImage | None:
        if media in self._held:
            self._held.move_to_end(media)
            return self._held[media]
        if media in self._asked:
            self._asked[media] = True
        else:
            self._ask(media)
        return None

    @property
    def bytes_held(self) -> int:
        return self._bytes

    def forget(self) -> None:
        self._held.clear()
        self._asked.clear()
        self._bytes = 0
        self._generation += 1

    def _ask(self, media: str) -> None:
        self._asked[media] = False
        asked = self._generation

        def made(pixels: Pixels | None) -> None:
            if asked != self._generation:
                return
            again = self._asked.pop(media, False)
            if pixels is not None:
                self._keep(media, image_of(pixels))
            elif again:
                self._ask(media)  # it may have come while nobody looked

        def failed() -> None:
            if asked == self._generation:
                self._asked.pop(media, None)
                self._keep(media, QImage())

        self._decode(media, made, failed)

    def _keep(self, media: str, image: QImage) -> None:
        self._held[media] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > KEPT_BYTES and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].sizeInBytes()
        self._ready(media)
