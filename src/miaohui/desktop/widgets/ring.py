"""The counting ring: how long the open turn has waited, against the promise."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.desktop.look.amounts import DASH
from miaohui.desktop.look.look import Look
from miaohui.promise.constants import PROMISE_MS

__all__ = ["CountRing", "tone_of_wait"]

WARN_SHARE = 0.7  # amber from 7 s of 10 s on


def tone_of_wait(wait_ms: int, promise_ms: int) -> str:
    """The theme's token for a wait: kept, warn or breach."""
    if wait_ms > promise_ms:
        return "breach"
    return "warn" if wait_ms >= promise_ms * WARN_SHARE else "kept"


def _whole_seconds(wait_ms: int, promise_ms: int) -> int:
    """Down while the promise is kept, up afterwards: a breach never reads as what was promised."""
    return -(-wait_ms // 1000) * 1000 if wait_ms > promise_ms else wait_ms // 1000 * 1000


class CountRing(QWidget):
    """Shows a wait in seconds; in calm mode it is hidden, and asks for no room.

    ``confirmed``: the relay has declared the breach. Until it has, a wait past the promise stays
    amber: the app never declares one.
    """

    def __init__(self, look: Look, *, side: int = 140, unit: str = "") -> None:
        super().__init__()
        self._look, self._side, self._unit = look, side, unit
        self._most: int | None = None
        self._wait: int | None = None
        self._promise = PROMISE_MS
        self._confirmed = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        # Only ever hidden here: to show a widget that has no parent yet would open a window.
        self._calm = look.calm
        if self._calm:
            self.hide()
        look.changed.connect(self._follow)

    def set_wait(self, wait_ms: int | None, promise_ms: int, *, confirmed: bool) -> None:
        """``wait_ms`` None: nothing is open."""
        if wait_ms is not None and not confirmed:
            wait_ms = min(wait_ms, promise_ms)  # about 10 s, until the relay has said so
        if wait_ms is not None and not self._look.motion:
            wait_ms = _whole_seconds(wait_ms, promise_ms)
        state = (wait_ms, promise_ms, confirmed)
        if state != (self._wait, self._promise, self._confirmed):
            self._wait, self._promise, self._confirmed = state
            self.setAccessibleName(self.figure() + self._unit)
            self.update()

    def fit(self, most: int | None) -> None:
        """No larger than this, where there is little room."""
        if most != self._most:
            self._most = most
            self.updateGeometry()
            self.update()

    def _length(self) -> int:
        side = self._look.px(self._side)
        return side if self._most is None else min(side, self._most)

    def set_unit(self, unit: str) -> None:
        """The word under the figure."""
        self._unit = unit
        self.update()

    def tone(self) -> str:
        if self._wait is None:
            return "line"
        tone = tone_of_wait(self._wait, self._promise)
        return "warn" if tone == "breach" and not self._confirmed else tone

    def figure(self) -> str:
        if self._wait is None:
            return DASH
        tenths = -(-self._wait // 100)  # up, so that a breach never reads "10.0"
        if tenths >= 6000:
            return f"{tenths // 600}:{tenths // 10 % 60:02d}"
        if not self._look.motion:
            return str(tenths // 10)
        return f"{tenths // 10}.{tenths % 10}"

    def _follow(self) -> None:
        if self._calm != self._look.calm:
            self._calm = self._look.calm
            self.setVisible(not self._calm)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = self._length()
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        side = min(self.width(), self.height())
        thick = max(3.0, side * 0.075)
        box = QRectF(
            (self.width() - side + thick) / 2,
            (self.height() - side + thick) / 2,
            side - thick,
            side - thick,
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.color("line"), thick))
        painter.drawEllipse(box)
        if self._wait is not None:
            pen = QPen(self._look.color(self.tone()), thick)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            part = min(1.0, self._wait / self._promise)
            painter.drawArc(box, 90 * 16, -round(part * 360 * 16))
        big = self._look.font(14, bold=True)
        big.setPixelSize(max(9, round(side * 0.27)))
        painter.setFont(big)
        painter.setPen(self._look.color("ink"))
        middle = QRectF(self.rect())
        if self._unit and side >= self._look.px(80):
            painter.drawText(
                middle.adjusted(0, -side * 0.06, 0, -side * 0.06),
                Qt.AlignmentFlag.AlignCenter,
                self.figure(),
            )
            painter.setFont(self._look.font(12))
            painter.setPen(self._look.color("ink2"))
            painter.drawText(
                middle.adjusted(0, side * 0.34, 0, 0), Qt.AlignmentFlag.AlignCenter, self._unit
            )
        else:
            painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, self.figure())
        painter.end()
