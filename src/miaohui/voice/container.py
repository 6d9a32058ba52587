"""A voice note's own account of itself, read page by page and packet by packet; nothing is decoded.

Ogg: RFC 3533; Opus in it: RFC 7845; a packet's first byte: RFC 6716, 3.1.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from miaohui.voice.limits import LEAST_MS, MOST_MS, NOTE_BYTES

__all__ = ["NoteHeader", "NoteRefused", "inspect"]

RATE: Final = 48_000  # granules a second, whatever was recorded
PACKET_MOST: Final = 5_760  # granules: 120 ms
PRESKIP_MOST: Final = 48_000
TAGS_BYTES: Final = 4_096
PAGES_MOST: Final = 4_096
_PAGE = struct.Struct("<4sBBqIIIB")
_HEAD = struct.Struct("<8sBBHIhB")
_FIRST, _CONTINUED, _LAST = 0x02, 0x01, 0x04
_NONE_ENDS = -1


class NoteRefused(ValueError):
    """A voice note that is neither sent nor played; ``reason``: type, bytes, short, long,
    unreadable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NoteHeader:
    """The duration, rounded to whole milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class _Page:
    """``granule``: where the last packet that ends on it ends; ``packets``: those that end on it,
    as far as they lie on it; ``open``: bytes of one that goes on."""

    flags: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]
    open: bytes


def inspect(data: bytes) -> NoteHeader:
    """The header of a note that is within the limits; NoteRefused for any other.

    One stream from its first page to its last and nothing beside it, every page whole, and a
    duration that its packets bear out.
    """
    if len(data) > NOTE_BYTES:
        raise NoteRefused("bytes")
    if not data.startswith(b"OggS"):
        raise NoteRefused("type")
    try:
        pages = list(_pages(data))
    except (struct.error, IndexError):
        raise NoteRefused("unreadable") from None
    _one_stream(pages)
    preskip = _preskip(pages[0])
    return NoteHeader(_milliseconds(pages, preskip))


def _pages(data: bytes) -> Iterator[_Page]:
    at = count = 0
    while at < len(data):
        count += 1
        _hold(count <= PAGES_MOST)
        mark, version, flags, granule, serial, number, crc, segments = _PAGE.unpack_from(data, at)
        body = at + _PAGE.size + segments
        lacing = data[at + _PAGE.size : body]
        end = body + sum(lacing)
        _hold(mark == b"OggS" and version == 0 and len(lacing) == segments and end <= len(data))
        # The sum is made with its own four bytes at zero.
        _hold(_crc(data[at : at + 22] + bytes(4) + data[at + 26 : end]) == crc)
        packets, start, stop = [], body, body
        for length in lacing:
            stop += length
            if length < 255:
                packets.append(data[start:stop])
                start = stop
        yield _Page(flags, granule, serial, number, tuple(packets), data[start:stop])
        at = end


def _one_stream(pages: list[_Page]) -> None:
    """One logical stream: no second one beside it or behind it."""
    _hold(len(pages) >= 3)
    for place, page in enumerate(pages):
        _hold(page.serial == pages[0].serial and page.number == place)
        _hold(bool(page.flags & _FIRST) == (place == 0))
        _hold(bool(page.flags & _LAST) == (place == len(pages) - 1))
        _hold((page.granule == _NONE_ENDS) == (not page.packets))
    for before, page in pairwise(pages):
        _hold(bool(page.flags & _CONTINUED) == bool(before.open))
    _hold(not pages[-1].open)


def _preskip(page: _Page) -> int:
    """Granules at the beginning that are not heard."""
    _hold(len(page.packets) == 1 and not page.open and page.granule == 0)
    head = page.packets[0]
    if not head.startswith(b"OpusHead"):
        raise NoteRefused("type")
    _hold(len(head) == _HEAD.size)
    _, version, channels, preskip, _, _, mapping = _HEAD.unpack(head)
    _hold(version >> 4 == 0 and channels == 1 and mapping == 0 and preskip <= PRESKIP_MOST)
    return int(preskip)


def _milliseconds(pages: list[_Page], preskip: int) -> int:
    """The last page's claim, where the packets come to as much."""
    tags, carried, granules, told, longest = b"", b"", 0, 0, 0
    reading_tags = True
    for page in pages[1:]:
        for packet in page.packets:
            whole, carried = carried + packet, b""
            if reading_tags:
                tags, reading_tags = whole, False
                # Its page holds nothing else (RFC 7845, 5.2).
                _hold(len(page.packets) == 1 and not page.open and page.granule == 0)
                continue
            longest = _granules(whole)
            granules += longest
        carried += page.open
        if page.granule != _NONE_ENDS:
            # It never says more than there is; only the last may say less, and by less than a
            # packet, for it cuts the padding of the last one off.
            _hold(told <= page.granule <= granules)
            last = page is pages[-1]
            _hold(granules - page.granule < (longest if last else 1) or granules == 0)
            told = page.granule
    _hold(tags.startswith(b"OpusTags") and len(tags) <= TAGS_BYTES and told > preskip)
    ms = round((told - preskip) * 1000 / RATE)
    if ms < LEAST_MS:
        raise NoteRefused("short")
    if ms > MOST_MS:
        raise NoteRefused("long")
    return ms


# Granules of one frame, by the five bits before the channel's: SILK, hybrid, CELT.
_FRAME = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4


def _granules(packet: bytes) -> int:
    """A packet's duration."""
    _hold(bool(packet))
    code = packet[0] & 3
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 0x3F if len(packet) > 1 else 0
    granules = frames * _FRAME[packet[0] >> 3]
    _hold(0 < granules <= PACKET_MOST)
    return granules


# Ogg's sum runs from the high bit down and begins at zero; zlib's, the same polynomial, from the low
# bit up and begins at ones: with every byte turned round they are one.
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _crc(page: bytes) -> int:
    found = zlib.crc32(page.translate(_TURNED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2)


def _hold(is_so: bool) -> None:
    if not is_so:
        raise NoteRefused("unreadable")
