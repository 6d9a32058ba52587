"""Pictures and voice notes: announced in text, carried in binary chunks that never hold up a text (``pacing``).

A binary frame is 16 bytes of the media's UUID, 8 bytes of big-endian offset, then the chunk.
"""

import struct

from .bounds import Count, Id, Sha256, Uuid, Word
from .frame import Command, Frame, Request, Result

MEDIA_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
VOICE_TYPE = "audio/ogg"
"""Ogg Opus, one channel, one to sixty seconds, at most 1 MiB."""
_HEAD = struct.Struct(">16sQ")


class MediaBegin(Command, frozen=True, kw_only=True):
    """Announces an upload: ``id`` is the media's id; answered by how much is already there. A
    voice note (``mime`` "audio/ogg") has a width and height of 0."""

    id: Uuid
    session: Id
    bytes: Count
    mime: Word
    sha256: Sha256
    width: Count
    height: Count


class MediaDrop(Command, frozen=True, kw_only=True):
    """Gives an upload up: the bytes that are there go. One that is complete stays."""

    media: Uuid


class MediaHave(Result, frozen=True, kw_only=True):
    """``received`` bytes are there; ``complete`` once the hash was checked and it is durable."""

    media: Uuid
    received: Count
    complete: bool


class MediaProgress(Frame, frozen=True, kw_only=True):
    """Pushed for every chunk of an upload: how far the relay is."""

    media: Uuid
    received: Count
    complete: bool


class MediaGet(Request, frozen=True, kw_only=True):
    """Has a picture or a voice note sent from ``offset`` on, as binary frames, to this connection. They go on as
    ``media_took`` says that they came."""

    session: Id
    media: Uuid
    offset: Count = 0


class MediaTook(Frame, frozen=True, kw_only=True):
    """Said for every chunk of a picture that is sent here: ``received`` bytes are here, without a
    gap."""

    media: Uuid
    received: Count


def pack_chunk(media: bytes, offset: int, chunk: bytes) -> bytes:
    """A binary frame; ``media`` is the UUID's 16 bytes."""
    return _HEAD.pack(media, offset) + chunk


def unpack_chunk(frame: bytes) -> tuple[bytes, int, bytes]:
    """(media UUID's 16 bytes, offset, chunk); ValueError where it is too short."""
    if len(frame) <= _HEAD.size:
        raise ValueError("media frame too short")
    media, offset = _HEAD.unpack_from(frame)
    return media, offset, frame[_HEAD.size :]
