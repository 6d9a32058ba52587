"""The decoder of voice notes as the app sees it: a warm process beside it."""

from dataclasses import dataclass

from miaohui.pictures.decoder import DecoderProcess
from miaohui.pictures.header import PictureRefused
from miaohui.pictures.limits import SHOWING
from miaohui.voice.container import NoteRefused, inspect
from miaohui.voice.limits import MOST_MS, SPEEDS

__all__ = ["HeardNote", "VoiceDecoder"]

COMMAND = "voice-decoder"
RATE_MOST = 48_000


@dataclass(frozen=True, slots=True)
class HeardNote:
    """A note ready to be played: 16-bit little-endian samples of one channel, ``rate`` a second."""

    rate: int
    samples: bytes

    @property
    def ms(self) -> int:
        return len(self.samples) // 2 * 1000 // self.rate


class VoiceDecoder(DecoderProcess):
    """Turns strangers' notes into samples."""

    def __init__(self) -> None:
        super().__init__(COMMAND, SHOWING)

    async def heard(self, data: bytes, speed: float) -> HeardNote:
        """A note at one of SPEEDS; NoteRefused."""
        assert speed in SPEEDS
        ms = inspect(data).ms
        try:
            answer, made = await self.ask(
                {"speed": float(speed)}, data, 2 * RATE_MOST * (MOST_MS // 1000 + 1)
            )
        except PictureRefused as refused:
            raise NoteRefused(refused.reason) from None
        match answer:
            case {"rate": int(rate)} if 0 < rate <= RATE_MOST and made and len(made) % 2 == 0:
                note = HeardNote(rate, made)
                # A fifth of a second for the packet at the end.
                if note.ms * speed <= ms + 200:
                    return note
        raise NoteRefused("unreadable")
