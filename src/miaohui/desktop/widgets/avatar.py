"""A round mark with the first character of a name, its colour made from the name alone."""

import hashlib

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.look.look import Look

__all__ = ["Avatar", "avatar_color", "draw_avatar"]

# White letters keep 4.5:1 on each; no green, amber or red: these belong to the promise.
_COLORS = (
    "#5C6BC0",
    "#7E57C2",
    "#8E24AA",
    "#AD1457",
    "#1976D2",
    "#0277BD",
    "#00798C",
    "#546E7A",
    "#6D4C41",
    "#4A6FA5",
)


def avatar_color(name: str) -> QColor:
    digest = hashlib.sha256(name.encode()).digest()
    return QColor(_COLORS[digest[0] % len(_COLORS)])


def draw_avatar(
    painter: QPainter, look: Look, box: QRectF, name: str, *, off: bool = False
) -> None:
    """``off``: grey, for somebody who is not on duty."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color("ink3") if off else avatar_color(name))
    painter.drawEllipse(box)
    painter.setPen(QColor("#FFFFFF"))
    font = look.font(14, bold=True)
    font.setPixelSize(max(8, round(box.height() * 0.36)))
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sanitize.line(name).strip()[:1].upper())
    painter.restore()


class Avatar(QWidget):
    """The mark as a widget; ``size`` in the design's pixels."""

    def __init__(self, look: Look, name: str = "", size: int = 40, *, off: bool = False) -> None:
        super().__init__()
        self._look, self._name, self._size, self._off = look, name, size, off
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._look_changed)

    def set_name(self, name: str, *, off: bool = False) -> None:
        self._name, self._off = name, off
        self.update()

    def _look_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = self._look.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = min(self.width(), self.height())
        box = QRectF(0, 0, side, side)
        box.moveCenter(QPointF(self.width() / 2, self.height() / 2))
        draw_avatar(painter, self._look, box, self._name, off=self._off)
        painter.end()
