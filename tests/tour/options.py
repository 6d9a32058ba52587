"""What the tour's command line asked for."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Where the pictures go, and what the window is like."""

    out: Path
    lang: str
    theme: str
    width: int
    height: int
    scale: int
