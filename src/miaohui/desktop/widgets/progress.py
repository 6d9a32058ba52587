"""A thin bar that shows how much of something is left or done."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.desktop.look.look import Look

__all__ = ["ProgressBar"]


class ProgressBar(QWidget):
    """``share`` 0..1. It says nothing by itself: a figure always stands beside it."""

    def __init__(self, look: Look, height: int = 6) -> None:
        super().__init__()
        self._look, self._height, self._share, self._token = look, height, 0.0, "accent"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.updateGeometry)

    @property
    def share(self) -> float:
        return self._share

    def set_share(self, share: float, token: str = "accent") -> None:
        share = max(0.0, min(1.0, share))
        if (share, token) != (self._share, self._token):
            self._share, self._token = share, token
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(120), self._look.px(self._height))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        round_ = box.height() / 2
        painter.setBrush(self._look.color("line"))
        painter.drawRoundedRect(box, round_, round_)
        if self._share > 0:
            box.setWidth(max(box.height(), box.width() * self._share))
            painter.setBrush(self._look.color(self._token))
            painter.drawRoundedRect(box, round_, round_)
        painter.end()
