"""The tour's camera: numbered, named pictures of the window as it is painted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from tests.tour.hand import cut_labels
from tests.tour.meter import Meter

__all__ = ["Camera", "Shot"]

ABOVE = (Qt.WindowType.Popup, Qt.WindowType.ToolTip, Qt.WindowType.Dialog)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture; `cut`: texts that did not fit their place."""

    file: str
    width: int
    height: int
    cut: tuple[str, ...]


class Camera:
    """Pictures of one window go to one folder: `01-first-start.png` …"""

    def __init__(self, window: QWidget, folder: Path, meter: Meter) -> None:
        self._window, self._folder, self._meter = window, folder, meter
        self.shots: list[Shot] = []

    async def take(self, name: str, window: QWidget | None = None) -> Shot:
        """Takes a picture, open menus included; written to disk beside the Qt thread."""
        window = window or self._window
        file = f"{len(self.shots) + 1:02d}-{name}.png"
        with self._meter.aside():
            image = grab(window)
            shot = Shot(file, image.width(), image.height(), tuple(cut_labels(window)))
        self.shots.append(shot)
        path = str(self._folder / file)
        if not await asyncio.to_thread(lambda: image.save(path)):
            raise OSError(f"{file} could not be written")
        return shot


def grab(window: QWidget) -> QImage:
    """What the window shows, with the menus and hints that are open above it."""
    picture = window.grab()
    above = [
        one
        for one in QApplication.topLevelWidgets()
        if one is not window and one.isVisible() and one.windowType() in ABOVE
    ]
    if above:
        painter = QPainter(picture)
        corner = window.mapToGlobal(QPoint(0, 0))
        for one in above:
            painter.drawPixmap(one.mapToGlobal(QPoint(0, 0)) - corner, one.grab())
        painter.end()
    return picture.toImage()
