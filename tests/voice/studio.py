"""Devices without a device: what a microphone would hear, and a loudspeaker that is read."""

from collections.abc import Callable

from miaohui.desktop.system.audio import AudioDevices, NoSound, NoSoundReason
from miaohui.voice.limits import NOTE_RATE

BLOCK = 2 * NOTE_RATE // 50


class Line:
    """A device at work."""

    def __init__(self, use: Callable[..., object]) -> None:
        self.use, self.closed = use, False

    def close(self) -> None:
        self.closed = True


class Studio(AudioDevices):
    """``lacks``: why there is nothing to be had."""

    def __init__(self, lacks: NoSoundReason | None = None) -> None:
        self.lacks = lacks
        self.microphone: Line | None = None
        self.loudspeaker: Line | None = None
        self.rate = 0

    def record(self, take: Callable[[bytes], None]) -> Line:
        if self.lacks is not None:
            raise NoSound(self.lacks)
        self.microphone = Line(take)
        return self.microphone

    def play(self, rate: int, give: Callable[[int], bytes]) -> Line:
        if self.lacks is not None:
            raise NoSound(self.lacks)
        self.rate, self.loudspeaker = rate, Line(give)
        return self.loudspeaker

    def hear(self, samples: bytes) -> None:
        """Somebody speaks."""
        assert self.microphone is not None
        assert not self.microphone.closed
        for at in range(0, len(samples), BLOCK):
            self.microphone.use(samples[at : at + BLOCK])

    def played(self, ms: int) -> bytes:
        """So much goes out of the loudspeaker."""
        assert self.loudspeaker is not None
        assert not self.loudspeaker.closed
        found = self.loudspeaker.use(self.rate * ms // 1000)
        assert isinstance(found, bytes)
        return found
