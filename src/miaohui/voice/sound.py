"""Decoding, as the decoder's own process does it, and a note made quicker at its own pitch."""

import io
from typing import Any

import numpy as np
import soundfile

from miaohui.voice.container import inspect
from miaohui.voice.limits import LEAST_MS, MOST_MS, NOTE_RATE
from miaohui.voice.writing import NoteWriter

__all__ = ["heard", "quicker", "warm"]

FRAME_S = 0.04
REACH_S = 0.008
RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
"""Samples a second that Opus decodes to."""


def heard(data: bytes, speed: float) -> tuple[int, bytes]:
    """(samples a second, 16-bit samples of one channel) of a note; NoteRefused, or whatever the
    codec raises."""
    inspect(data)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        rate = int(file.samplerate)
        if file.channels != 1 or rate not in RATES:
            raise ValueError("channels or rate")
        # One packet more than the longest note: a claim of more is not followed.
        samples = file.read(rate * MOST_MS // 1000 + rate // 8, dtype="int16")
    if speed != 1.0:
        samples = quicker(samples, rate, speed)
    return rate, samples.astype("<i2").tobytes()


def quicker(samples: Any, rate: int, speed: float) -> Any:
    """The same words in less time at their own pitch: WSOLA (Verhelst and Roelands, 1993). Pieces
    that overlap by half are taken ``speed`` times as far apart as they are laid down, each from
    where it best goes on from the one before."""
    frame, reach = round(rate * FRAME_S) // 2 * 2, round(rate * REACH_S)
    half = frame // 2
    window = np.hanning(frame + 1)[:frame]
    source = np.concatenate(
        [np.zeros(reach), samples.astype(np.float64), np.zeros(2 * frame + 2 * reach)]
    )
    steps = max(1, int(len(samples) / (half * speed)))
    out = np.zeros(steps * half + frame)
    at = reach
    for step in range(steps):
        if step:
            wanted = source[at + half : at + half + frame]  # what would come next by itself
            start = reach + round(step * half * speed)
            around = source[start - reach : start + reach + frame]
            at = start - reach + int(np.argmax(np.correlate(around, wanted, "valid")))
        out[step * half : step * half + frame] += window * source[at : at + frame]
    return np.clip(out[: steps * half], -32768, 32767).astype(np.int16)


def warm() -> None:
    """Loads the codec and what it needs: afterwards no file need be opened."""
    writer = NoteWriter()
    writer.write(bytes(2 * NOTE_RATE * LEAST_MS // 1000))
    heard(writer.finish().data, 2.0)
