"""Microphone and loudspeaker by PortAudio, loaded when somebody first wants one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from miaohui.voice.limits import NOTE_RATE

__all__ = ["AudioDevices", "AudioStream", "NoSound", "NoSoundReason"]

BLOCK_FRAMES = NOTE_RATE // 50

log = logging.getLogger(__name__)


class NoSoundReason(StrEnum):
    """The cause of silence: a library that the system lacks, no device, or one that
    does not open (another program has it, or the system forbids it)."""

    LIBRARY = "library"
    NO_MICROPHONE = "no_microphone"
    NO_LOUDSPEAKER = "no_loudspeaker"
    REFUSED = "refused"


class NoSound(Exception):
    """A device that is not to be had."""

    def __init__(self, reason: NoSoundReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class AudioStream(Protocol):
    """A device at work; closed, it is free for others."""

    def close(self) -> None: ...


class AudioDevices:
    """The devices that the system has chosen. What they call runs on a thread of PortAudio's."""

    def record(self, take: Callable[[bytes], None]) -> AudioStream:
        """Has 16-bit samples of one channel, NOTE_RATE a second, taken; NoSound."""
        sound = _library()

        def came(data: Any, _frames: int, _time: object, _status: object) -> None:
            take(bytes(data))

        return self._opened(
            lambda: sound.RawInputStream(
                samplerate=NOTE_RATE,
                channels=1,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                callback=came,
            ),
            sound,
            "input",
        )

    def play(self, rate: int, give: Callable[[int], bytes]) -> AudioStream:
        """Plays what it is given: so many frames at a time, fewer at the end; NoSound."""
        sound = _library()

        def wanted(out: Any, frames: int, _time: object, _status: object) -> None:
            data = give(frames)
            out[: len(data)] = data
            if len(data) < 2 * frames:
                out[len(data) :] = bytes(2 * frames - len(data))
                raise sound.CallbackStop

        return self._opened(
            lambda: sound.RawOutputStream(
                samplerate=rate, channels=1, dtype="int16", callback=wanted
            ),
            sound,
            "output",
        )

    @staticmethod
    def _opened(open_: Callable[[], Any], sound: Any, kind: str) -> AudioStream:
        try:
            sound.query_devices(kind=kind)
        except (ValueError, sound.PortAudioError):
            none = NoSoundReason.NO_MICROPHONE if kind == "input" else NoSoundReason.NO_LOUDSPEAKER
            raise NoSound(none) from None
        try:
            stream = open_()
            stream.start()
        except (ValueError, sound.PortAudioError) as error:
            log.info("no sound: %s", error)
            raise NoSound(NoSoundReason.REFUSED) from None
        found: AudioStream = stream
        return found


def _library() -> Any:
    try:
        import sounddevice  # on Linux it needs a library of the system's
    except (ImportError, OSError):
        raise NoSound(NoSoundReason.LIBRARY) from None
    return sounddevice
