"""Line icons from resources/icons, tinted for the theme."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPixmapCache

from miaohui import resources

__all__ = ["drawn", "tinted"]

_RATIO = 2  # drawn at twice the size, so that a 200 % screen sees no steps


def drawn(name: str, color: QColor, size: int) -> QPixmap:
    """The icon as a picture of ``size`` logical pixels."""
    key = f"miaohui {name} {color.rgba():x} {size}"
    picture = QPixmap()
    if QPixmapCache.find(key, picture):
        return picture
    # Loaded when the first icon is wanted: a start page without icons does not pay for it.
    from PySide6.QtSvg import QSvgRenderer

    picture = QPixmap(size * _RATIO, size * _RATIO)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(resources.path("icons", f"{name}.svg"))).render(
        painter, QRectF(0, 0, size * _RATIO, size * _RATIO)
    )
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), color)
    painter.end()
    picture.setDevicePixelRatio(_RATIO)
    QPixmapCache.insert(key, picture)
    return picture


def tinted(name: str, color: QColor, size: int) -> QIcon:
    return QIcon(drawn(name, color, size))
