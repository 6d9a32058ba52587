"""The chart of a day: the measured wait in each hour, against the promise."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import shop as words
from miaohui.desktop.widgets.ring import tone_of_wait
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import HourFigure

__all__ = ["HourChart"]

TOP = 1.5  # the chart reaches this many promises high


class HourChart(QWidget):
    """24 bars: the wait that 95 % stayed below (where the hour's sample is too small for it,
    the median). An hour in which nothing was measured has no bar."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._hours: dict[int, HourFigure] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.updateGeometry)

    def set_hours(self, hours: Sequence[HourFigure]) -> None:
        self._hours = {one.hour: one for one in hours if one.kept + one.breached}
        self.setAccessibleName(words.hours_name())
        self.setAccessibleDescription("; ".join(words.hour_tip(one) for one in hours))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(240), self._look.px(64))

    def _box(self, hour: int) -> QRectF:
        step = self.width() / 24
        one = self._hours.get(hour)
        if one is None:
            return QRectF()
        wait = one.p95_ms if one.p95_ms is not None else one.p50_ms or 0
        full = self.height() - self._look.px(18)
        tall = max(self._look.px(3), full * min(TOP, wait / PROMISE_MS) / TOP)
        return QRectF(hour * step, full - tall, step * 0.68, tall)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        full = self.height() - self._look.px(18)
        for hour, one in self._hours.items():
            wait = one.p95_ms if one.p95_ms is not None else one.p50_ms or 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color(tone_of_wait(wait, PROMISE_MS)))
            painter.drawRoundedRect(self._box(hour), 2, 2)
        line = full - full / TOP
        pen = QPen(self._look.color("breach"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(0, line), QPointF(self.width(), line))
        painter.setFont(self._look.font(11))
        above = QRectF(0, line - self._look.px(15), self.width(), self._look.px(14))
        # On a patch of the card, so that a tall bar of the evening does not run through it.
        patch = painter.boundingRect(above, Qt.AlignmentFlag.AlignRight, "10 s")
        painter.fillRect(patch.adjusted(-2, 1, 0, -1), self._look.color("card"))
        painter.drawText(above, Qt.AlignmentFlag.AlignRight, "10 s")
        painter.setPen(self._look.color("ink2"))
        foot = QRectF(0, full + self._look.px(2), self.width(), self._look.px(16))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, words.hour(0))
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, words.hour(12))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, words.hour(24))
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            one = self._hours.get(int(event.pos().x() * 24 / max(1, self.width())))
            if one is not None:
                QToolTip.showText(event.globalPos(), words.hour_tip(one), self)
                return True
        return super().event(event)
