"""Pictures on their way out and in: checked before decoding, shown small, never trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from miaohui.wire.limits import MEDIA_BYTES

LIMIT_MB = 32
MOST_PIXELS = 24_000_000
SHOWN = QSize(520, 600)
KEPT = 60  # thumbnails held in memory

_MIME = {b"png": "image/png", b"jpeg": "image/jpeg", b"gif": "image/gif", b"webp": "image/webp"}


class PictureError(ValueError):
    """A picture that is not sent; ``reason``: type, bytes, pixels, unreadable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def inspected(data: bytes) -> tuple[str, int, int]:
    """(media type, width, height) by the content, not the name; nothing is decoded."""
    if len(data) > MEDIA_BYTES:
        raise PictureError("bytes")
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    kind = bytes(QImageReader.imageFormat(buffer).data())
    mime = _MIME.get(kind)
    if mime is None:
        raise PictureError("type")
    reader = QImageReader(buffer, QByteArray(kind))
    size = reader.size()
    if not size.isValid() or size.isEmpty():
        raise PictureError("unreadable")
    if size.width() * size.height() > MOST_PIXELS:
        raise PictureError("pixels")
    return mime, size.width(), size.height()


def read_file(path: Path) -> bytes:
    """A file's bytes; PictureError where it is too large or can't be read."""
    try:
        if path.stat().st_size > MEDIA_BYTES:
            raise PictureError("bytes")
        return path.read_bytes()
    except OSError:
        raise PictureError("unreadable") from None


def encoded(image: QImage) -> bytes:
    """A pasted picture as PNG."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise PictureError("unreadable")
    return bytes(held.data())


def bytes_of(one: object) -> bytes:
    """The bytes of a picture that was pasted or dropped."""
    if isinstance(one, QImage):
        return encoded(one)
    if isinstance(one, bytes | bytearray):
        return bytes(one)
    raise PictureError("unreadable")


def thumbnail(path: str) -> QImage | None:
    """A stored picture at screen size; None where it can't be shown."""
    QImageReader.setAllocationLimit(LIMIT_MB)
    reader = QImageReader(path)
    reader.setDecideFormatFromContent(True)
    if bytes(reader.format().data()) not in _MIME:
        return None
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MOST_PIXELS:
        return None
    if size.width() > SHOWN.width() or size.height() > SHOWN.height():
        reader.setScaledSize(size.scaled(SHOWN, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image


class Thumbnails:
    """Pictures by media id, decoded once; asks ``path_of`` where the bytes lie."""

    def __init__(self, path_of: Callable[[str], str | None]) -> None:
        self._path_of = path_of
        self._held: dict[str, QImage | None] = {}

    def __call__(self, media: str) -> QImage | None:
        if media in self._held:
            return self._held[media]
        path = self._path_of(media)
        if path is None:
            return None
        image = thumbnail(path)
        self._held[media] = image
        while len(self._held) > KEPT:
            del self._held[next(iter(self._held))]
        return image

    def forget(self) -> None:
        self._held.clear()
