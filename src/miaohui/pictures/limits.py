"""The limits of pictures, for sending, the relay and showing alike."""

from dataclasses import dataclass

from miaohui.wire.limits import MEDIA_BYTES

__all__ = ["CHOSEN", "CODES", "CODE_CHARS", "SENT", "SENT_BYTES", "SENT_SIDE", "Limits", "Means"]

SENT_SIDE = 4096
"""The longest side, in pixels, of a picture that is not sent as "original"."""
SENT_BYTES = 2 * 1024 * 1024
CODES = 8
"""QR codes read out of one picture."""
CODE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is decoded.

    ``pixels``: of one frame; ``frames``: of an animation, ``frame_pixels``: of all of them
    together; ``scans``: of a JPEG; ``parts``: chunks, segments and blocks; ``beside``: bytes of
    parts that are no image (profiles, comments, Exif).
    """

    bytes: int
    side: int
    pixels: int
    frames: int
    frame_pixels: int
    scans: int
    parts: int
    beside: int


SENT = Limits(
    bytes=MEDIA_BYTES,
    side=20_000,
    pixels=32_000_000,
    frames=600,
    frame_pixels=600_000_000,
    scans=32,
    parts=20_000,
    beside=1024 * 1024,
)
"""What goes over the wire: whatever a relay takes, the other side can show."""

CHOSEN = Limits(
    bytes=32 * 1024 * 1024,
    side=20_000,
    pixels=64_000_000,
    frames=600,
    frame_pixels=600_000_000,
    scans=32,
    parts=40_000,
    beside=16 * 1024 * 1024,
)
"""A person's own file, before it is made smaller."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a decoder may spend: bytes of address space in all, seconds of the processor on one
    picture."""

    memory: int
    seconds: float


SHOWING = Means(memory=768 * 1024 * 1024, seconds=2.0)
PREPARING = Means(memory=1536 * 1024 * 1024, seconds=12.0)
