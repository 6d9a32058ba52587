"""A row of five stars to give: by click, arrow keys or the figures 1 to 5."""

import math

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from miaohui.desktop.look.look import Look

__all__ = ["StarRow"]


def _star(center: QPointF, radius: float) -> QPolygonF:
    points = []
    for step in range(10):
        angle = -math.pi / 2 + step * math.pi / 5
        reach = radius if step % 2 == 0 else radius * 0.42
        points.append(
            QPointF(center.x() + reach * math.cos(angle), center.y() + reach * math.sin(angle))
        )
    return QPolygonF(points)


class StarRow(QAbstractSlider):
    """``stars`` is 0 (none given) to 5; a slider for a screen reader. Signals: ``changed(int)``."""

    changed = Signal(int)

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.setRange(0, 5)
        self.setPageStep(1)
        self.setAccessibleName(name)
        self.valueChanged.connect(self.changed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.updateGeometry)

    @property
    def stars(self) -> int:
        return self.value()

    def set_stars(self, stars: int) -> None:
        self.setValue(stars)

    def _step(self) -> int:
        return self._look.px(38)

    def sizeHint(self) -> QSize:
        return QSize(self._step() * 5, self._look.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(5):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("accent" if index < self.stars else "line"))
            center = QPointF(self._step() * (index + 0.4), self.height() / 2)
            painter.drawPolygon(_star(center, self._look.px(14)))
        if self.hasFocus():
            painter.setPen(QPen(self._look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 6, 6)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.set_stars(int(event.position().x() // self._step()) + 1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # stars are given, and not scrolled by

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            self.set_stars(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
            self.set_stars(self.stars + 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Down):
            self.set_stars(self.stars - 1)
        else:
            super().keyPressEvent(event)
