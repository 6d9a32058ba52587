"""The curve of power: how sure the verdict is with more and more sessions of each target."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.checks.plan.plan import Claim
from miaohui.checks.statistics.samplesize import Need, need, power_of
from miaohui.desktop.checking.axis import Linear
from miaohui.desktop.look.amounts import percent
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkplan as words

__all__ = ["Power", "PowerCurve", "power_for"]

POINTS = 10
MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Power:
    """``points``: sessions, the chance of "met" where good, of "not met" where poor."""

    needed: Need
    points: tuple[tuple[int, float, float], ...]
    wanted: float
    sessions: int
    turns: int
    now: tuple[float, float]


def power_for(claim: Claim, sessions: int, turns: int) -> Power:
    """Worked out beside the window: some tens of tails of a distribution."""
    needed = need(claim, turns)
    most = max(8, sessions, 2 * (needed.sessions or 40))
    most = min(most, 4 * max(sessions, needed.sessions or 40, 2))
    steps = sorted({1 + round(number * (most - 1) / POINTS) for number in range(POINTS + 1)})
    points = tuple((count, *power_of(claim, count, turns)) for count in steps)
    return Power(needed, points, claim.power, sessions, turns, power_of(claim, sessions, turns))


class PowerCurve(QWidget):
    """Two lines, told apart by their dashes and names; the pointer or the arrows read values."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._power: Power | None = None
        self._read: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(words.curve_name())
        look.changed.connect(self.updateGeometry)

    def show_power(self, power: Power | None) -> None:
        self._power, self._read = power, None
        if power is not None:
            self.setAccessibleDescription(self._said(power.sessions, *power.now))
        self.update()

    @staticmethod
    def _said(sessions: int, met: float, not_met: float) -> str:
        return words.curve_reading(sessions, percent(met, places=0), percent(not_met, places=0))

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(260), self._look.px(190))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(180), self._look.px(190))

    def _axes(self) -> tuple[Linear, Linear]:
        px = self._look.px
        points = self._power.points if self._power is not None else ((1, 0.0, 0.0),)
        across = Linear(1, max(2, points[-1][0]), px(40), self.width() - px(10))
        return across, Linear(0.0, 1.0, self.height() - px(46), px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, power = self._look, self._power
        painter.setFont(look.font(11))
        if power is not None:
            across, up = self._axes()
            for share in (0.0, 0.5, 1.0):
                y = up.place(share)
                painter.setPen(QPen(look.color("line"), 1))
                painter.drawLine(QPointF(across.begin, y), QPointF(across.end, y))
                painter.setPen(look.color("ink2"))
                place = QRectF(0, y - look.px(8), across.begin - look.px(6), look.px(16))
                painter.drawText(place, RIGHT, f"{share * 100:.0f}%")
            wanted = QPen(look.color("ink2"), 1)
            wanted.setDashPattern([2, 3])
            painter.setPen(wanted)
            y = up.place(power.wanted)
            painter.drawLine(QPointF(across.begin, y), QPointF(across.end, y))
            for which, dash in ((1, []), (2, [4.0, 2.5])):
                pen = QPen(look.color("accent" if which == 1 else "ink2"), look.px(2))
                if dash:
                    pen.setDashPattern(dash)
                painter.setPen(pen)
                line = [QPointF(across.place(one[0]), up.place(one[which])) for one in power.points]
                painter.drawPolyline(QPolygonF(line))
            self._here(painter, across, up, power)
            self._legend(painter, across)
        if self.hasFocus():
            painter.setPen(QPen(look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _here(self, painter: QPainter, across: Linear, up: Linear, power: Power) -> None:
        """Where the plan stands, or the value that is read."""
        look = self._look
        sessions, met, not_met = (power.sessions, *power.now)
        name = words.curve_here()
        if self._read is not None:
            sessions, met, not_met = power.points[self._read]
            name = ""
        x = across.place(sessions)
        painter.setPen(QPen(look.color("ink2"), 1))
        painter.drawLine(QPointF(x, up.end), QPointF(x, up.begin))
        painter.setPen(QPen(look.color("card"), 1))
        for value, token in ((met, "accent"), (not_met, "ink2")):
            painter.setBrush(look.color(token))
            painter.drawEllipse(QPointF(x, up.place(value)), look.px(4), look.px(4))
        painter.setPen(look.color("ink2"))
        here = self._under(painter, x, up.begin, f"{name} {sessions}".strip())
        painter.setPen(look.color("ink2"))
        painter.drawText(here[0], MIDDLE, here[1])
        for end in (power.points[0][0], power.points[-1][0]):
            place, text = self._under(painter, across.place(end), up.begin, str(end))
            if not place.intersects(here[0].adjusted(-look.px(6), 0, look.px(6), 0)):
                painter.drawText(place, MIDDLE, text)

    def _under(self, painter: QPainter, x: float, y: float, text: str) -> tuple[QRectF, str]:
        """Where a figure stands under its place on the axis, within the picture."""
        look = self._look
        wide = painter.fontMetrics().horizontalAdvance(text) + look.px(4)
        left = min(max(x - wide / 2, 0.0), self.width() - wide)
        return QRectF(left, y + look.px(2), wide, look.px(16)), text

    def _legend(self, painter: QPainter, across: Linear) -> None:
        look = self._look
        y = self.height() - look.px(12)
        left = across.begin
        for text, token, dash in (
            (words.curve_met(), "accent", []),
            (words.curve_not_met(), "ink2", [4.0, 2.5]),
        ):
            pen = QPen(look.color(token), look.px(2))
            if dash:
                pen.setDashPattern(dash)
            painter.setPen(pen)
            painter.drawLine(QPointF(left, y), QPointF(left + look.px(18), y))
            painter.setPen(look.color("ink2"))
            wide = painter.fontMetrics().horizontalAdvance(text) + look.px(4)
            place = QRectF(left + look.px(22), y - look.px(9), wide, look.px(18))
            painter.drawText(place, LEFT, text)
            left += look.px(34) + wide

    # --- reading ---------------------------------------------------------------------------------
    def read(self, number: int | None) -> None:
        if self._power is None:
            return
        if number is not None:
            number = max(0, min(len(self._power.points) - 1, number))
            said = self._said(*self._power.points[number])
            self.setToolTip(said)
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(
                QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            )
        self._read = number
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._power is None:
            return
        sessions = self._axes()[0].value(event.position().x())
        away = [abs(one[0] - sessions) for one in self._power.points]
        self.read(away.index(min(away)))

    def leaveEvent(self, event: QEvent) -> None:
        self.read(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.read(0 if self._read is None else self._read + step)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.read(None)
