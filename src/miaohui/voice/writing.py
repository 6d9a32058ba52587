"""A note as it is recorded: samples in, Ogg Opus and its loudness out. Nothing touches a disk."""

import io
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from miaohui.voice.container import NoteRefused, inspect
from miaohui.voice.limits import LEVELS, LOUDEST, MOST_MS, NOTE_RATE

__all__ = ["NoteWriter", "RecordedNote", "levels_of", "peaks_of"]

BLOCK_FRAMES = NOTE_RATE // 50
MOST_FRAMES = NOTE_RATE * MOST_MS // 1000
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True, slots=True)
class RecordedNote:
    """A note's file as it is sent. ``levels``: its peaks, as the wire has them."""

    data: bytes
    ms: int
    levels: str


class NoteWriter:
    """Encodes while it is recorded, so that nothing is left to do at the end."""

    def __init__(self) -> None:
        import soundfile  # its library is large, and few conversations hear a voice

        self._file = io.BytesIO()
        self._sound = soundfile.SoundFile(
            self._file, "w", samplerate=NOTE_RATE, channels=1, format="OGG", subtype="OPUS"
        )
        self._frames = 0
        self._peaks: list[int] = []

    @property
    def ms(self) -> int:
        return self._frames * 1000 // NOTE_RATE

    @property
    def is_full(self) -> bool:
        return self._frames >= MOST_FRAMES

    def write(self, samples: bytes) -> float:
        """Takes 16-bit samples of one channel, up to the longest note; how loud they were, 0 to 1."""
        samples = samples[: 2 * (MOST_FRAMES - self._frames)]
        loudest = 0
        for at in range(0, len(samples), 2 * BLOCK_FRAMES):
            block = samples[at : at + 2 * BLOCK_FRAMES]
            self._sound.buffer_write(block, "int16")
            found = array("h", block)
            peak = max(max(found), -min(found))
            self._peaks.append(peak)
            loudest = max(loudest, peak)
            self._frames += len(found)
        return min(1.0, loudest / 32767)

    @property
    def is_silent(self) -> bool:
        """Not one sample other than zero: a microphone that is switched off by the system."""
        return not any(self._peaks)

    def finish(self) -> RecordedNote:
        """NoteRefused("short") for less than the shortest."""
        self._sound.close()
        if not self._frames:
            raise NoteRefused("short")
        data = self._file.getvalue()
        return RecordedNote(data, inspect(data).ms, levels_of(self._peaks))


def levels_of(peaks: Sequence[int]) -> str:
    """The wire's 64 digits: each part's peak, by the loudest of all."""
    loudest, count = max(peaks), len(peaks)
    digits = []
    for part in range(LEVELS):
        start = part * count // LEVELS
        stop = max(start + 1, (part + 1) * count // LEVELS)
        digits.append(_DIGITS[max(peaks[start:stop]) * LOUDEST // loudest if loudest else 0])
    return "".join(digits)


def peaks_of(levels: str | None) -> tuple[int, ...]:
    """Numbers from 0 to LOUDEST; flat where nobody said."""
    return tuple(_DIGITS.index(each) for each in levels or "0" * LEVELS)
