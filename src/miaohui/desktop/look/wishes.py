"""A person's wishes to every program of the machine, beside this one's own settings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SystemWishes"]


@dataclass(frozen=True, slots=True)
class SystemWishes:
    """The machine's settings for all. ``text_scale``: how much larger texts are to be than the
    machine's usual size."""

    text_scale: float = 1.0
    less_motion: bool = False
    more_contrast: bool = False
