"""A picture's own account of itself, read part by part; nothing is decoded.

PNG: W3C PNG (third edition), 5; JPEG: ITU-T T.81, annex B; GIF: GIF89a, 17 to 27;
WebP: RFC 9649, 2.
"""

import struct
from dataclasses import dataclass

from miaohui.pictures.limits import Limits

__all__ = ["PictureHeader", "PictureRefused", "look"]


class PictureRefused(ValueError):
    """A picture that is neither sent nor shown; ``reason``: type, bytes, pixels, unreadable, time,
    too_complex."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Media type, size in pixels as stored (before any orientation), frames."""

    mime: str
    width: int
    height: int
    frames: int = 1


@dataclass(slots=True)
class _Count:
    """What a picture has had so far, held to its limits at every step."""

    limits: Limits
    parts: int = 0
    beside: int = 0
    scans: int = 0
    frames: int = 0
    frame_pixels: int = 0

    def part(self) -> None:
        self.parts += 1
        self._hold(self.parts, self.limits.parts)

    def aside(self, size: int) -> None:
        self.beside += size
        self._hold(self.beside, self.limits.beside)

    def scan(self) -> None:
        self.scans += 1
        self._hold(self.scans, self.limits.scans)

    def frame(self, pixels: int) -> None:
        self.frames += 1
        self.frame_pixels += pixels
        self._hold(self.frames, self.limits.frames)
        self._hold(self.frame_pixels, self.limits.frame_pixels)

    def size(self, width: int, height: int) -> int:
        """The number of pixels; refused where there are none or too many."""
        if width < 1 or height < 1:
            raise PictureRefused("unreadable")
        if max(width, height) > self.limits.side or width * height > self.limits.pixels:
            raise PictureRefused("pixels")
        return width * height

    @staticmethod
    def _hold(value: int, most: int) -> None:
        if value > most:
            raise PictureRefused("too_complex")


def look(data: bytes, limits: Limits) -> PictureHeader:
    """The header of a picture that is within the limits; PictureRefused for any other."""
    if len(data) > limits.bytes:
        raise PictureRefused("bytes")
    count = _Count(limits)
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data, count)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data, count)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data, count)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data, count)
    except (struct.error, IndexError):
        raise PictureRefused("unreadable") from None
    raise PictureRefused("type")


def _png(data: bytes, count: _Count) -> PictureHeader:
    if data[12:16] != b"IHDR":
        raise PictureRefused("unreadable")
    width, height = struct.unpack_from(">II", data, 16)
    pixels = count.size(width, height)
    at, image = 8, False
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        count.part()
        if kind == b"IHDR" and at != 8:
            raise PictureRefused("unreadable")
        if kind == b"fcTL":
            count.frame(pixels)
        if kind == b"IDAT":
            image = True
        elif kind != b"fdAT":
            count.aside(length)
        at += 12 + length
        if kind == b"IEND":
            break
    if not image:
        raise PictureRefused("unreadable")
    return PictureHeader("image/png", width, height, max(1, count.frames))


# SOF0 to SOF15 without DHT, JPG and DAC, which lie between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM, RST0 to RST7: no length follows


def _jpeg(data: bytes, count: _Count) -> PictureHeader:
    at, size = 2, (0, 0)
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            break  # cut off: what is there decides
        marker = data[at + 1]
        if marker in (0x00, 0xFF) or marker in _ALONE:
            at += 1 if marker == 0xFF else 2  # a stuffed or a fill byte, or a restart
            continue
        if marker == 0xD9:
            break
        count.part()
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            if size != (0, 0):
                raise PictureRefused("unreadable")
            count.size(width, height)
            size = (width, height)
        elif marker == 0xDA:
            count.scan()
        else:
            count.aside(length)
        at += 2 + length
    if size == (0, 0) or not count.scans:
        raise PictureRefused("unreadable")
    return PictureHeader("image/jpeg", *size)


def _gif(data: bytes, count: _Count) -> PictureHeader:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    pixels = count.size(width, height)
    at = 13 + _colours(flags)
    while at < len(data) and data[at] != 0x3B:
        count.part()
        if data[at] == 0x2C:
            left, top, wide, tall, flags = struct.unpack_from("<HHHHB", data, at + 1)
            count.size(max(width, left + wide), max(height, top + tall))
            count.frame(pixels)
            at = _blocks(data, at + 11 + _colours(flags))
        elif data[at] == 0x21:
            end = _blocks(data, at + 2)
            count.aside(end - at)
            at = end
        else:
            raise PictureRefused("unreadable")
    if not count.frames:
        raise PictureRefused("unreadable")
    return PictureHeader("image/gif", width, height, count.frames)


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """The place behind a row of sub-blocks."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes, count: _Count) -> PictureHeader:
    at, canvas, size = 12, (0, 0), (0, 0)
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        count.part()
        body = at + 8
        if kind == b"VP8X":
            canvas = (_three(data, body + 4) + 1, _three(data, body + 7) + 1)
            count.size(*canvas)
        elif kind == b"VP8 " and size == (0, 0):
            wide, tall = struct.unpack_from("<HH", data, body + 6)
            size = (wide & 0x3FFF, tall & 0x3FFF)
            count.size(*size)
        elif kind == b"VP8L" and size == (0, 0):
            (bits,) = struct.unpack_from("<I", data, body + 1)
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
            count.size(*size)
        elif kind == b"ANMF":
            size = (_three(data, body + 6) + 1, _three(data, body + 9) + 1)
            count.size(*size)
            count.frame(max(1, canvas[0] * canvas[1]))
        elif kind not in (b"ALPH", b"ANIM"):
            count.aside(length)
        at = body + length + (length & 1)
    found = canvas if canvas != (0, 0) else size
    if size == (0, 0):
        raise PictureRefused("unreadable")
    return PictureHeader("image/webp", *found, max(1, count.frames))


def _three(data: bytes, at: int) -> int:
    """A little-endian number of three bytes."""
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16
