"""The limits of voice notes, for recording, the relay and hearing alike."""

from typing import Final

__all__ = ["LEAST_MS", "LEVELS", "LOUDEST", "MOST_MS", "NOTE_BYTES", "NOTE_RATE", "SPEEDS"]

NOTE_BYTES: Final = 1024 * 1024
LEAST_MS: Final = 1_000
MOST_MS: Final = 60_000
NOTE_RATE: Final = 16_000
"""Samples a second, as recorded and as heard; one channel."""
LEVELS: Final = 64
"""Peaks that stand for a whole note."""
LOUDEST: Final = 31
"""A peak is a number from 0 to this."""
SPEEDS: Final = (1.0, 1.25, 1.5, 2.0)
