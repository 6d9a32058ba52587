"""Line icons of resources/icons, drawn in the theme's ink and sharp on every screen."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from miaohui import resources

__all__ = ["tinted"]


@lru_cache(maxsize=64)
def tinted(name: str, colour: str, size: int) -> QIcon:
    """The icon with its `currentColor` (or black) replaced, at the usual pixel ratios; drawn once."""
    source = _source(name).replace("currentColor", colour).replace("#000", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    icon = QIcon()
    for ratio in (1.0, 1.25, 1.5, 2.0, 3.0):
        pixels = round(size * ratio)
        pixmap = QPixmap(pixels, pixels)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            renderer.render(painter, QRectF(0, 0, size, size))
        icon.addPixmap(pixmap)
    return icon


@lru_cache(maxsize=32)
def _source(name: str) -> str:
    return resources.path("icons", name).read_text(encoding="utf-8")
