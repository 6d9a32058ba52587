"""Voice notes of a sine, and containers put together page by page."""

import io
import math
import struct
from array import array
from collections.abc import Sequence
from functools import cache

import soundfile

from miaohui.voice.container import _crc
from miaohui.voice.limits import NOTE_RATE
from miaohui.voice.writing import NoteWriter, RecordedNote


def sine(seconds: float, rate: int = NOTE_RATE, hertz: float = 440.0, loud: int = 8000) -> bytes:
    """16-bit samples of one channel."""
    turn = 2 * math.pi * hertz / rate
    return array(
        "h", (int(loud * math.sin(turn * n)) for n in range(round(rate * seconds)))
    ).tobytes()


@cache
def note(seconds: float = 2.0) -> RecordedNote:
    writer = NoteWriter()
    writer.write(sine(seconds))
    return writer.finish()


@cache
def encoded(seconds: float, rate: int = NOTE_RATE, channels: int = 1, kind: str = "OPUS") -> bytes:
    """A file by soundfile alone, whatever our limits say."""
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", samplerate=rate, channels=channels, format="OGG", subtype=kind
    ) as sound:
        sound.buffer_write(sine(seconds * channels, rate), "int16")
    return file.getvalue()


PAGE = struct.Struct("<4sBBqIIIB")


def pages(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        count = data[at + 26]
        end = at + PAGE.size + count + sum(data[at + PAGE.size : at + PAGE.size + count])
        found.append(data[at:end])
        at = end
    return found


def summed(page: bytes, **fields: int) -> bytes:
    """The page with other fields, and the sum that they make."""
    names = ("mark", "version", "flags", "granule", "serial", "number", "crc", "segments")
    head = dict(zip(names, PAGE.unpack_from(page), strict=True)) | fields | {"crc": 0}
    bare = PAGE.pack(*head.values()) + page[PAGE.size :]
    return bare[:22] + struct.pack("<I", _crc(bare)) + bare[26:]


def joined(parts: Sequence[bytes]) -> bytes:
    return b"".join(parts)
