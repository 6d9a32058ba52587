"""The strip of waits: one bar a turn, the promise as a dashed line, each bar a way to its ask."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from miaohui.client.snapshots import WaitBar
from miaohui.desktop.look.amounts import seconds
from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.ring import tone_of_wait
from miaohui.promise.constants import PROMISE_MS

__all__ = ["WaitStrip"]

_MARKS = {"kept": " ✓", "breached": " ✗"}


class WaitStrip(QWidget):
    """Bars grow to 1.6 x the promise; longer waits are cut there, their figure stands on them.

    Where there is no room for all, the newest are shown. Signals: ``bar_pressed(key)``.
    """

    bar_pressed = Signal(str)

    def __init__(self, look: Look, *, height: int = 56) -> None:
        super().__init__()
        self._look, self._height = look, height
        self._bars: tuple[WaitBar, ...] = ()
        self._promise = PROMISE_MS
        self._at = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        look.changed.connect(self.updateGeometry)

    def set_bars(self, bars: Sequence[WaitBar], promise_ms: int, name: str = "") -> None:
        """``name``: what a screen reader says of the strip."""
        self._bars, self._promise = tuple(bars), promise_ms
        self._at = min(self._at, len(self._bars) - 1)
        if name:
            self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(220), self._look.px(self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(80), self._look.px(self._height))

    def box_of(self, index: int) -> QRectF:
        """The rectangle of a bar, for tests and tool tips; empty where it is not shown."""
        first, step, wide = self._shape()
        if index < first:
            return QRectF()
        bar = self._bars[index]
        full = self.height() - self._look.px(2)
        reach = min(1.6, bar.wait_ms / self._promise) / 1.6
        tall = max(self._look.px(3), full * reach)
        return QRectF((index - first) * step, self.height() - tall, wide, tall)

    def _shape(self) -> tuple[int, float, float]:
        """First bar shown, step and width."""
        count = len(self._bars)
        least = self._look.px(5)
        fit = max(1, self.width() // least)
        first = max(0, count - fit)
        step = min(float(self._look.px(17)), self.width() / max(1, count - first))
        return first, step, max(2.0, step * 0.68)

    def _index_at(self, x: float) -> int:
        first, step, _wide = self._shape()
        index = first + int(x // step)
        return index if 0 <= index < len(self._bars) else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, _step, wide = self._shape()
        radius = min(3.0, wide / 3)
        for index in range(first, len(self._bars)):
            bar = self._bars[index]
            painter.setPen(Qt.PenStyle.NoPen)
            tone = tone_of_wait(bar.wait_ms, self._promise)
            if bar.state == "breached":
                tone = "breach"
            elif tone == "breach":  # the relay has not said so (yet)
                tone = "warn"
            if bar.state in ("void", "censored"):
                tone = "ink3"
            if self._look.calm and tone == "breach":
                tone = "ink2"
            painter.setBrush(self._look.color(tone))
            painter.setOpacity(0.55 if bar.state == "open" else 1.0)
            box = self.box_of(index)
            painter.drawRoundedRect(box, radius, radius)
            painter.setOpacity(1.0)
            if index == self._at and self.hasFocus():
                painter.setPen(QPen(self._look.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-1, -1, 1, 0), radius, radius)
        line = self.height() - (self.height() - self._look.px(2)) / 1.6
        pen = QPen(self._look.color("ink3" if self._look.calm else "breach"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(0, line), QPointF(self.width(), line))
        painter.setFont(self._look.font(11))
        painter.drawText(
            QRectF(0, line - self._look.px(16), self.width(), self._look.px(15)),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom,
            f"{self._promise // 1000} s",
        )
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().x())
        if index >= 0:
            self._at = index
            self.bar_pressed.emit(self._bars[index].key)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._index_at(event.position().x()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._bars:
            self._at = max(0, min(len(self._bars) - 1, self._at + step))
            # The value, too, so that a reader says it as it moves.
            self.setAccessibleDescription(self._words(self._bars[self._at]))
            if QAccessible.isActive():
                told = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
                QAccessible.updateAccessibility(told)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if 0 <= self._at < len(self._bars):
                self.bar_pressed.emit(self._bars[self._at].key)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos().x())
            if index >= 0:
                QToolTip.showText(event.globalPos(), self._words(self._bars[index]), self)
                return True
        return super().event(event)

    @staticmethod
    def _words(bar: WaitBar) -> str:
        return seconds(bar.wait_ms) + _MARKS.get(bar.state, "")
