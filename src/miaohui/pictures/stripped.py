"""A picture's file without what it says besides the image: Exif, places, comments, names, tails.

Every function takes a file that ``header.look`` found sound and gives one back with the same pixels.
"""

import struct

__all__ = ["stripped"]

_PNG_KEPT = frozenset(
    b"IHDR PLTE tRNS IDAT IEND gAMA cHRM sRGB iCCP cICP sBIT pHYs acTL fcTL fdAT".split()
)
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def stripped(data: bytes, mime: str) -> bytes:
    """The same image, and nothing else; what follows its end is cut."""
    match mime:
        case "image/png":
            return _png(data)
        case "image/jpeg":
            return _jpeg(data)
        case "image/gif":
            return _gif(data)
        case _:
            return _webp(data)


def _png(data: bytes) -> bytes:
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return b"".join(kept)


def _jpeg(data: bytes) -> bytes:
    kept, at = [data[:2]], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] == 0xFF:
            at += 1
            continue
        marker = data[at + 1]
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        profile = marker == _ICC and data[at + 4 : at + 15] == b"ICC_PROFILE"
        told = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not told or marker in (_JFIF, _ADOBE) or profile:
            kept.append(data[at:end])
        if marker == 0xDA:
            scan, end = end, _scan_end(data, end)
            kept.append(data[scan:end])
        at = end
    return b"".join(kept) + b"\xff\xd9"


def _scan_end(data: bytes, at: int) -> int:
    """The place of the first marker behind a scan's entropy-coded bytes."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        after = data[at + 1]
        if after == 0x00 or 0xD0 <= after <= 0xD7:
            at += 2
        elif after == 0xFF:
            at += 1
        else:
            return at


def _gif(data: bytes) -> bytes:
    flags = data[10]
    at = 13 + _colours(flags)
    kept = [data[:at]]
    while at < len(data) and data[at] != 0x3B:
        start = at
        if data[at] == 0x2C:
            flags = data[at + 9]
            at = _blocks(data, at + 11 + _colours(flags))
            kept.append(data[start:at])
            continue
        label, name = data[at + 1], data[at + 3 : at + 14]
        at = _blocks(data, at + 2)
        if label == 0xF9 or (label == 0xFF and name in _LOOPS):
            kept.append(data[start:at])
    return b"".join(kept) + b"\x3b"


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> bytes:
    kept, at = [], 12
    whole = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= whole:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + (length & 1)
        chunk = data[at:end]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]  # no Exif, no XMP follows
        if kind in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
