"""The first picture of the window: its ground and its rail, before anything else is loaded.

No text, no painter and no ``Qt`` namespace: naming that once makes PySide6 build a hundred enums,
and the first text loads every font; each takes longer than opening the window. The colours are
the theme's (a test holds them to it), whose module is loaded later, too.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

__all__ = ["GROUND", "RAIL", "RAIL_WIDTH", "Splash", "glance"]

GROUND = {"light": "#F6F5F1", "dark": "#14171D"}
RAIL = {"light": "#1E2430", "dark": "#0E1116"}
RAIL_WIDTH = 72


def glance(settings: Path | None) -> tuple[str, bool, tuple[int, ...]]:
    """The appearance chosen, whether a relay is, and the window's place, from the file's bytes alone: who reads the
    settings properly, and complains, comes after the window."""
    try:
        text = b"" if settings is None else settings.read_bytes().replace(b" ", b"")
    except OSError:
        text = b""
    appearance = "system"
    for name in ("light", "dark"):
        if f'"appearance":"{name}"'.encode() in text:
            appearance = name
    place = text.partition(b'"window_place":[')[2].partition(b"]")[0].split()
    numbers = b"".join(place).split(b",")
    left = tuple(int(one) for one in numbers) if all(map(_is_number, numbers)) else ()
    return appearance, b'"relay_url":"ws' in text, left


def _is_number(text: bytes) -> bool:
    return text.removeprefix(b"-").isdigit() and len(text) < 7


class Splash(QWidget):
    """Stands in the window until the page behind it is built."""

    def __init__(self, appearance: str, *, rail: bool) -> None:
        super().__init__()
        if appearance == "system":
            is_dark = QApplication.palette().window().color().lightness() < 128
            appearance = "dark" if is_dark else "light"
        self.setStyleSheet(f"background: {GROUND[appearance]};")
        if rail:
            row = QHBoxLayout(self)
            row.setContentsMargins(0, 0, 0, 0)
            strip = QWidget()
            strip.setFixedWidth(RAIL_WIDTH)
            strip.setStyleSheet(f"background: {RAIL[appearance]};")
            row.addWidget(strip)
            row.addStretch(1)
