"""A note through the process that decodes it, at every speed."""

import asyncio
import struct
from array import array
from itertools import pairwise

import pytest
from tests.voice.notes import NOTE_RATE, encoded, joined, note, pages, summed

from miaohui.voice.container import NoteRefused
from miaohui.voice.decoder import HeardNote, VoiceDecoder
from miaohui.voice.limits import SPEEDS


def crossings(heard: HeardNote) -> float:
    """Hertz of a sine, by how often it goes up through zero."""
    samples = array("h", heard.samples)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    ups = sum(1 for a, b in pairwise(middle) if a < 0 <= b)
    return ups * heard.rate / len(middle)


def test_a_note_is_heard_at_every_speed_and_keeps_its_pitch() -> None:
    async def script() -> None:
        decoder = VoiceDecoder()
        try:
            for speed in SPEEDS:
                heard = await decoder.heard(note(2.0).data, speed)
                assert heard.rate == NOTE_RATE
                assert abs(heard.ms - 2000 / speed) < 60
                assert abs(crossings(heard) - 440) < 8
            high = await decoder.heard(encoded(1.0, 48_000), 1.0)
            assert (high.rate, high.ms) == (48_000, 1000)
        finally:
            decoder.close()

    asyncio.run(script())


def test_what_cannot_be_decoded_is_refused_and_the_next_is_heard() -> None:
    first, *rest = pages(note(2.0).data)
    head, body = summed(first)[:28], bytearray(first[28:])
    body[12:16] = struct.pack("<I", 44_100)  # no rate that Opus decodes to
    odd = joined([summed(head + bytes(body)), *rest])

    async def script() -> None:
        decoder = VoiceDecoder()
        try:
            with pytest.raises(NoteRefused):
                await decoder.heard(b"OggS and nothing", 1.0)
            heard = await decoder.heard(odd, 1.0)
            assert heard.rate == 48_000
            assert (await decoder.heard(note(2.0).data, 1.0)).ms == 2000
        finally:
            decoder.close()

    asyncio.run(script())
