"""The week's rota, drawn: a row a person, a bar a shift, and below the people needed and there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import rota as words
from miaohui.desktop.widgets.avatar import avatar_color, draw_avatar
from miaohui.runtime.clock import utc_ms_of
from miaohui.wire.rota import Rota, ShiftView

__all__ = ["RotaChart", "clock_of", "hours_of", "need_words", "weekday_at"]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
HEAD = 40  # of the design's pixels
ROW = 52
BAR = 34
FOOT = 66
NAMES = 104
BLOCK_H = 4  # hours that one figure of the crowd stands for


def local_at(rota: Rota, utc: str) -> datetime:
    """A moment by the shop's own clock."""
    return datetime.fromtimestamp(utc_ms_of(utc) / 1000, UTC) + timedelta(
        minutes=rota.utc_offset_min
    )


def clock_of(moment: datetime, *, end: bool = False) -> str:
    """``18``, ``18:30``; ``24`` for midnight as an end."""
    hour = 24 if end and moment.hour == 0 and moment.minute == 0 else moment.hour
    return f"{hour}:{moment.minute:02d}" if moment.minute else f"{hour}"


def hours_of(rota: Rota, from_utc: str, to_utc: str) -> str:
    """``18–23``, ``20–2``."""
    first, last = local_at(rota, from_utc), local_at(rota, to_utc)
    return f"{clock_of(first)}–{clock_of(last, end=True)}"


def weekday_at(rota: Rota, utc: str) -> int:
    """0 is Monday."""
    return local_at(rota, utc).weekday()


def need_words(tenths: int) -> str:
    """Tenths of a person as words: ``0``, ``0.4``, ``2``."""
    whole, part = divmod(tenths, 10)
    return f"{whole}.{part}" if part else f"{whole}"


class RotaChart(QWidget):
    """Signals: ``chosen(shift)``: by a click, or by Enter on the one that the arrows went to."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rota: Rota | None = None
        self._current = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words.chart_name())
        look.changed.connect(self.updateGeometry)

    # --- facts ---------------------------------------------------------------------------------
    def show_rota(self, rota: Rota) -> None:
        self._rota = rota
        if self._current not in {each.shift for each in rota.shifts}:
            self._current = ""
        self.setAccessibleDescription("; ".join(self._words(each) for each in self._ordered()))
        self.updateGeometry()
        self.update()

    @property
    def current(self) -> str:
        """The shift that is marked, or empty."""
        return self._current

    def mark(self, shift: str) -> None:
        self._current = shift
        self.update()

    def _people(self) -> Sequence[str]:
        return [] if self._rota is None else [each.responder for each in self._rota.people]

    def _name(self, responder: str) -> str:
        people = [] if self._rota is None else self._rota.people
        return next((each.name for each in people if each.responder == responder), "")

    def _ordered(self) -> list[ShiftView]:
        shifts = [] if self._rota is None else self._rota.shifts
        return sorted(shifts, key=lambda each: (each.from_utc, each.responder))

    def _words(self, shift: ShiftView) -> str:
        if self._rota is None:
            return ""
        at = words.when(
            weekday_at(self._rota, shift.from_utc),
            hours_of(self._rota, shift.from_utc, shift.to_utc),
        )
        name = sanitize.line(self._name(shift.responder))
        return words.shift_words(name, at, draft=shift.state == "draft")

    # --- places --------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        rows = max(1, len(self._people()))
        return QSize(self._look.px(640), self._look.px(HEAD + ROW * rows + FOOT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(420), self.sizeHint().height())

    def _left(self) -> float:
        return min(self._look.px(NAMES), self.width() * 0.25)

    def _x(self, ms: float) -> float:
        """``ms`` since the week's beginning."""
        return self._left() + (self.width() - self._left()) * ms / (7 * DAY_MS)

    def _box(self, shift: ShiftView) -> QRectF:
        rota = self._rota
        people = self._people()
        if rota is None or shift.responder not in people:
            return QRectF()
        start = utc_ms_of(rota.from_utc)
        first = max(0, utc_ms_of(shift.from_utc) - start)
        last = min(7 * DAY_MS, utc_ms_of(shift.to_utc) - start)
        px = self._look.px
        top = px(HEAD) + px(ROW) * people.index(shift.responder) + (px(ROW) - px(BAR)) / 2
        return QRectF(
            self._x(first) + 1, top, max(4.0, self._x(last) - self._x(first) - 2), px(BAR)
        )

    def _at(self, place: QPointF) -> ShiftView | None:
        return next((each for each in self._ordered() if self._box(each).contains(place)), None)

    # --- painting ------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        rota = self._rota
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if rota is not None:
            self._paint_grid(painter, rota)
            for shift in rota.shifts:
                self._paint_shift(painter, shift)
            self._paint_crowd(painter, rota)
        painter.end()

    def _paint_grid(self, painter: QPainter, rota: Rota) -> None:
        look, px = self._look, self._look.px
        bottom = px(HEAD) + px(ROW) * len(rota.people)
        start = local_at(rota, rota.from_utc)
        for day in range(7):
            # The night that begins on this day, and on the first the rest of the one before.
            for first, last in ((23, 30), (-1, 6)) if day == 0 else ((23, 30),):
                left = self._x(max(0, day * DAY_MS + first * HOUR_MS))
                right = self._x(min(7 * DAY_MS, day * DAY_MS + last * HOUR_MS))
                night = QRectF(left, px(HEAD) - px(10), right - left, bottom - px(HEAD) + px(10))
                painter.fillRect(night, look.color("paper"))
        painter.setPen(QPen(look.color("line"), 1))
        for day in range(7):
            painter.drawLine(
                QPointF(self._x(day * DAY_MS), 0), QPointF(self._x(day * DAY_MS), bottom)
            )
        for row in range(len(rota.people) + 1):
            y = px(HEAD) + px(ROW) * row
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.setPen(look.color("ink"))
        painter.setFont(look.font(12, bold=True))
        for day in range(7):
            left = self._x(day * DAY_MS) + px(6)
            box = QRectF(left, 0, self._x((day + 1) * DAY_MS) - left, px(24))
            text = words.day(day, (start + timedelta(days=day)).day)
            text = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        for row, person in enumerate(rota.people):
            middle = px(HEAD) + px(ROW) * row + px(ROW) / 2
            side = px(26)
            draw_avatar(painter, look, QRectF(0, middle - side / 2, side, side), person.name)
            painter.setPen(look.color("ink2"))
            painter.setFont(look.font(12))
            box = QRectF(side + px(6), middle - px(12), self._left() - side - px(10), px(24))
            name = painter.fontMetrics().elidedText(
                sanitize.line(person.name), Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_shift(self, painter: QPainter, shift: ShiftView) -> None:
        rota, look = self._rota, self._look
        box = self._box(shift)
        if rota is None or box.isNull():
            return
        colour = avatar_color(self._name(shift.responder))
        draft = shift.state == "draft"
        if shift.state == "over":
            colour = look.color("ink3")
        pen = QPen(colour, 1.4)
        if draft:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(look.color("card") if draft else colour)
        painter.drawRoundedRect(box, 6, 6)
        if shift.shift == self._current:
            painter.setPen(QPen(look.color("accent"), 2.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 8, 8)
        painter.setFont(look.font(11))
        painter.setPen(look.color("ink") if draft else QColor("#FFFFFF"))
        text = hours_of(rota, shift.from_utc, shift.to_utc)
        if painter.fontMetrics().horizontalAdvance(text) > box.width() - 2:
            text = text.replace("–", "–\n")
            painter.setFont(look.font(10))
        widest = max(map(painter.fontMetrics().horizontalAdvance, text.split("\n")))
        if widest <= box.width():  # else its place says it, and its tip and the reader's words
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_crowd(self, painter: QPainter, rota: Rota) -> None:
        look, px = self._look, self._look.px
        top = px(HEAD) + px(ROW) * len(rota.people) + px(14)
        painter.setFont(look.font(11))
        painter.setPen(look.color("ink2"))
        for line, text in enumerate((words.needed(), words.there())):
            box = QRectF(0, top + line * px(18), self._left() - px(6), px(18))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        for block in range(7 * 24 // BLOCK_H):
            hours = slice(block * BLOCK_H, (block + 1) * BLOCK_H)
            needed, there = rota.needed[hours], rota.there[hours]
            if not needed or not there:
                continue
            # The hour in which most are missing speaks for its four.
            short, need, have = max((n - 10 * h, n, h) for n, h in zip(needed, there, strict=True))
            box = QRectF(self._x(block * BLOCK_H * HOUR_MS) + 1, top - px(3), 0, px(42))
            box.setRight(self._x((block + 1) * BLOCK_H * HOUR_MS) - 1)
            missing = short > 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if missing else "paper"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setFont(look.font(10))
            painter.setPen(look.color("ink2"))
            upper = QRectF(box.left(), top, box.width(), px(18))
            painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, f"{-(-need // 10)}")
            painter.setFont(look.font(10, bold=True))
            painter.setPen(look.color("link" if missing else "ink"))
            lower = QRectF(box.left(), top + px(18), box.width(), px(18))
            painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, f"{have}")

    # --- hands ---------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position())
        if found is not None:
            self._choose(found.shift)

    def _choose(self, shift: str) -> None:
        self.mark(shift)
        self.chosen.emit(shift)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shifts = [each.shift for each in self._ordered()]
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if not shifts or (
            step is None and event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            super().keyPressEvent(event)
            return
        if step is None:
            if self._current:
                self._choose(self._current)
            return
        at = shifts.index(self._current) if self._current in shifts else (-1 if step > 0 else 0)
        self.mark(shifts[(at + step) % len(shifts)])
        now = next(each for each in self._ordered() if each.shift == self._current)
        self.setAccessibleDescription(self._words(now))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(QPointF(event.pos()))
            text = "" if found is None else self._words(found)
            text = text or self._crowd_tip(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _crowd_tip(self, x: float, y: float) -> str:
        rota = self._rota
        if rota is None or y < self._look.px(HEAD) + self._look.px(ROW) * len(rota.people):
            return ""
        hour = int((x - self._left()) / max(1.0, self.width() - self._left()) * 7 * 24)
        if not 0 <= hour < len(rota.needed) or hour >= len(rota.there):
            return ""
        at = words.when(hour // 24, f"{hour % 24}–{hour % 24 + 1}")
        return words.crowd(at, need_words(rota.needed[hour]), rota.there[hour])
