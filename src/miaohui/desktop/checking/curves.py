"""The chart of waits: how many were answered within a time, one line a target, the promise marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.checks.results import TargetResult
from miaohui.desktop.checking.axis import Linear
from miaohui.desktop.checking.distribution import Curve, curves_of, reach_ms, spread
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkresults as words
from miaohui.promise.constants import PROMISE_MS

__all__ = ["CurveChart"]

DASHES: tuple[tuple[float, ...], ...] = ((), (5, 3), (1.5, 2.5), (6, 2, 1.5, 2))
STEP_MS = 500
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


class CurveChart(QWidget):
    """Steps of Kaplan-Meier; the chosen target's line is strong and has its band. The pointer, or
    the arrow keys, read the values at a time."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._curves: tuple[Curve, ...] = ()
        self._chosen = ""
        self._reach = 25_000
        self._read_ms: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(words.curve_name())
        look.changed.connect(self.updateGeometry)

    def show_targets(self, targets: Sequence[TargetResult], threshold: float) -> None:
        self._curves = curves_of(targets, threshold)
        self._reach = reach_ms(self._curves)
        self.setAccessibleDescription("; ".join(self.readings(PROMISE_MS)))
        self.update()

    def choose(self, target: str) -> None:
        if target != self._chosen:
            self._chosen = target
            self.update()

    @property
    def read_ms(self) -> float | None:
        """The time that is read now."""
        return self._read_ms

    def readings(self, ms: float) -> list[str]:
        """The reading of every line at ``ms``, in words."""
        found = []
        for curve in self._curves:
            now = curve.at(ms)
            found.append(words.curve_value(curve.name, now.share, now.low, now.high, now.at_risk))
        return found

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(420), self._look.px(270))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(220), self._look.px(220))

    # --- places ----------------------------------------------------------------------------------
    def plot(self) -> QRectF:
        """The area of the lines; the axes' figures and the names stand around it."""
        px = self._look.px
        fonts = QFontMetrics(self._look.font(12))
        names = max((fonts.horizontalAdvance(one.name) for one in self._curves), default=0)
        right = min(names, self.width() * 0.24) + px(12)
        top = px(26)
        return QRectF(px(46), top, self.width() - px(46) - right, self.height() - top - px(30))

    def _axes(self) -> tuple[Linear, Linear]:
        box = self.plot()
        return (
            Linear(0.0, float(self._reach), box.left(), box.right()),
            Linear(0.0, 1.0, box.bottom(), box.top()),
        )

    def _color(self, curve: Curve) -> QColor:
        quiet = curve.tone == "quiet" or (curve.tone == "breach" and self._look.calm)
        return self._look.color("ink2" if quiet else curve.tone)

    # --- painting --------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = self._look
        painter.setFont(look.font(12))
        if not self._curves:
            painter.setPen(look.color("ink2"))
            painter.drawText(QRectF(self.rect()), MIDDLE, words.curve_none())
        else:
            across, up = self._axes()
            self._grid(painter, across, up)
            chosen = [one for one in self._curves if one.target == self._chosen]
            for curve in [one for one in self._curves if one not in chosen] + chosen:
                self._curve(painter, curve, across, up, strong=curve in chosen or not chosen)
            self._names(painter, up)
            if self._read_ms is not None:
                self._reading(painter, across, up, self._read_ms)
        if self.hasFocus():
            painter.setPen(QPen(look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def _grid(self, painter: QPainter, across: Linear, up: Linear) -> None:
        look, box = self._look, self.plot()
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = up.place(share)
            painter.setPen(QPen(look.color("line"), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(look.color("ink2"))
            text = f"{share * 100:.0f}" + ("%" if share == 1 else "")
            label = QRectF(0, y - look.px(9), box.left() - look.px(8), look.px(18))
            painter.drawText(label, RIGHT, text)
        step = 5 if self._reach <= 25_000 else 10
        for second in range(0, self._reach // 1000 + 1, step):
            x = across.place(second * 1000)
            last = second * 1000 == self._reach
            place = QRectF(x - look.px(30), box.bottom() + look.px(6), look.px(60), look.px(18))
            painter.drawText(place, MIDDLE, f"{second} s" if last else str(second))
        x = across.place(PROMISE_MS)
        pen = QPen(look.color("ink2" if look.calm else "breach"), 1.4)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, box.top() - look.px(6)), QPointF(x, box.bottom()))
        painter.setPen(look.color("ink2" if look.calm else "breach_ink"))
        head = QRectF(x - look.px(80), 0, look.px(160), box.top() - look.px(6))
        painter.drawText(head, MIDDLE, words.promise_line(PROMISE_MS // 1000))

    def _curve(
        self, painter: QPainter, curve: Curve, across: Linear, up: Linear, *, strong: bool
    ) -> None:
        color, until = self._color(curve), float(self._reach)
        if strong and curve.target == self._chosen:
            band = curve.band(until)
            upper = [QPointF(across.place(ms), up.place(high)) for ms, _low, high in band]
            lower = [QPointF(across.place(ms), up.place(low)) for ms, low, _high in reversed(band)]
            soft = QColor(color)
            soft.setAlphaF(0.13)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(soft)
            painter.drawPolygon(QPolygonF(upper + lower))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(color, self._look.px(3) if strong and self._chosen else self._look.px(2))
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashes = DASHES[curve.style % len(DASHES)]
        if dashes:
            pen.setDashPattern(list(dashes))
        painter.setOpacity(1.0 if strong else 0.75)
        painter.setPen(pen)
        path = QPainterPath()
        for number, (ms, share) in enumerate(curve.corners(until)):
            spot = QPointF(across.place(ms), up.place(share))
            if number:
                path.lineTo(spot)
            else:
                path.moveTo(spot)
        painter.drawPath(path)
        painter.setPen(QPen(color, 1.5))
        reach = self._look.px(5)
        for ms, share in curve.marks(until):
            x, y = across.place(ms), up.place(share)
            painter.drawLine(QPointF(x, y - reach), QPointF(x, y + reach))
        painter.setOpacity(1.0)

    def _names(self, painter: QPainter, up: Linear) -> None:
        """Each line's name at its end, so that it is known without its colour."""
        look, box = self._look, self.plot()
        high = look.px(17)
        ends = [up.place(one.at(self._reach).share) for one in self._curves]
        places = spread(ends, high, box.top(), box.bottom())
        room = self.width() - box.right() - look.px(8)
        for curve, y in zip(self._curves, places, strict=True):
            chosen = curve.target == self._chosen
            painter.setFont(look.font(12, bold=chosen))
            token = "ink" if chosen else "ink2"
            painter.setPen(look.color(token))
            shown = QFontMetrics(painter.font()).elidedText(
                curve.name, Qt.TextElideMode.ElideRight, int(room)
            )
            place = QRectF(box.right() + look.px(6), y - high / 2, room + 2, high)
            painter.drawText(place, LEFT, shown)
        painter.setFont(look.font(12))

    def _reading(self, painter: QPainter, across: Linear, up: Linear, ms: float) -> None:
        look, box = self._look, self.plot()
        x = across.place(ms)
        painter.setPen(QPen(look.color("ink2"), 1))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        for curve in self._curves:
            painter.setPen(QPen(look.color("card"), 1))
            painter.setBrush(self._color(curve))
            painter.drawEllipse(QPointF(x, up.place(curve.at(ms).share)), look.px(4), look.px(4))
        lines = [words.curve_at(round(ms)), *self.readings(ms)]
        fonts = QFontMetrics(painter.font())
        pad, high = look.px(8), look.px(18)
        wide = min(
            max(fonts.horizontalAdvance(one) for one in lines) + 2.0 * pad, self.width() - 4.0
        )
        tall = high * len(lines) + 2 * pad
        # Beside the line, on the side with more room; low, where the curves have left it empty.
        left = x + pad if x + pad + wide <= self.width() else max(2.0, x - pad - wide)
        panel = QRectF(left, max(2.0, box.bottom() - tall - pad), wide, tall)
        painter.setPen(QPen(look.color("line"), 1))
        painter.setBrush(look.color("card"))
        painter.drawRoundedRect(panel, 8, 8)
        painter.setPen(look.color("ink"))
        for number, text in enumerate(lines):
            shown = fonts.elidedText(text, Qt.TextElideMode.ElideRight, int(wide - 2 * pad))
            row = QRectF(panel.left() + pad, panel.top() + pad + number * high, wide, high)
            painter.drawText(row, LEFT, shown)

    # --- reading ---------------------------------------------------------------------------------
    def read(self, ms: float | None) -> None:
        """Shows the values at ``ms``, and says them to a screen reader; None ends it."""
        if not self._curves or ms == self._read_ms:
            return
        self._read_ms = None if ms is None else max(0.0, min(float(self._reach), ms))
        if self._read_ms is not None:
            said = [words.curve_at(round(self._read_ms)), *self.readings(self._read_ms)]
            self.setAccessibleDescription("; ".join(said))
            changed = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(changed)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        across, _up = self._axes()
        x = event.position().x()
        inside = across.begin - 4 <= x <= across.end + 4
        self.read(round(across.value(x) / 100) * 100 if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.read(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -STEP_MS, Qt.Key.Key_Right: STEP_MS}.get(Qt.Key(event.key()), 0)
        if step:
            now = PROMISE_MS - step if self._read_ms is None else self._read_ms
            self.read(now + step)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.read(None)
        self.update()
