"""The chart of one session: its waits as bars with their probes, its gaps, the promise's line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from miaohui.checks.results import SessionResult
from miaohui.desktop.checking.sessionlayout import (
    PlacedWait,
    SessionWaits,
    place_waits,
    tone_of_bar,
)
from miaohui.desktop.look.amounts import clock
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkresults as words

__all__ = ["SessionBars"]

MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
HEAD, FOOT = 20, 22


class SessionBars(QWidget):
    """The pointer, or the arrow keys, read one bar after the other."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._session: SessionResult | None = None
        self._at = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(words.bars_name())
        look.changed.connect(self.updateGeometry)

    def show_session(self, session: SessionResult | None) -> None:
        before = None if self._session is None else self._session.slot
        self._session = session
        if session is None or session.slot != before:
            self._at = -1
        told = [self.words_of(one) for one in self.placed().places]
        self.setAccessibleDescription("; ".join(told))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(300), self._look.px(190))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(160), self._look.px(190))

    # --- places ----------------------------------------------------------------------------------
    def placed(self) -> SessionWaits:
        """Bars and gaps at the present size, from the head of the plot down."""
        session = self._session
        bars = session.bars if session is not None else ()
        gaps = session.gaps if session is not None else ()
        tall = self.height() - self._look.px(HEAD) - self._look.px(FOOT)
        return place_waits(bars, gaps, self.width() - 2.0, max(10.0, tall), self._look.scale)

    def _box(self, one: PlacedWait) -> QRectF:
        return QRectF(one.left + 1, one.top + self._look.px(HEAD), one.width, one.height)

    def words_of(self, one: PlacedWait) -> str:
        if one.gap is not None:
            return words.gap(one.gap.seconds, one.gap.broken_after_ms)
        bar = one.bar
        if bar is None:
            return ""
        state = words.turn_state(bar.state, bar.severity)
        return words.bar_tip(one.number, bar.at_utc_ms, words.probe(bar.probe), bar.wait_ms, state)

    # --- painting --------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, waits = self._look, self.placed()
        painter.setFont(look.font(11))
        if not waits.places:
            painter.setPen(look.color("ink2"))
            state = "" if self._session is None else words.slot_state(self._session.state.value)
            if state:
                painter.drawText(QRectF(self.rect()), MIDDLE, words.bars_none(state))
        else:
            for one in waits.places:
                if one.gap is not None:
                    self._gap(painter, one)
                else:
                    self._bar(painter, one, labelled=waits.labelled)
            line = waits.line + look.px(HEAD)
            pen = QPen(look.color("ink2" if look.calm else "breach"), 1.2)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(0, line), QPointF(self.width(), line))
            for number, one in enumerate(waits.places):
                if number == self._at:
                    painter.setPen(QPen(look.color("accent"), 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(self._box(one).adjusted(-2, -2, 2, 1), 4, 4)
            # Over the bars, on patches of the card: a tall bar must not run through a figure.
            for one in waits.places:
                if one.bar is not None and waits.labelled:
                    self._figure(painter, one, marked=waits.marked)
        if self.hasFocus():
            painter.setPen(QPen(look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _bar(self, painter: QPainter, one: PlacedWait, *, labelled: bool) -> None:
        assert one.bar is not None
        look, box = self._look, self._box(one)
        tone = tone_of_bar(one.bar)
        if tone == "quiet" or (tone == "breach" and look.calm):
            tone = "ink3"
        if one.bar.state in ("kept", "breached"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(tone))
        else:  # ended while waiting, or not counted: only its outline
            painter.setPen(QPen(look.color(tone), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if labelled:
            painter.setPen(look.color("ink2"))
            foot = QRectF(
                box.center().x() - look.px(24), box.bottom() + 3, look.px(48), look.px(FOOT) - 4
            )
            short = words.probe_short(one.bar.probe)
            fonts = QFontMetrics(painter.font())
            if fonts.horizontalAdvance(short) <= one.width * 1.6:
                painter.drawText(foot, MIDDLE, short)

    def _figure(self, painter: QPainter, one: PlacedWait, *, marked: bool) -> None:
        """The wait on its bar; on a patch where the promise's line would cross it."""
        assert one.bar is not None
        look, box = self._look, self._box(one)
        wait = one.bar.wait_ms
        text = clock(-(-wait // 1000) * 1000) if wait >= 60_000 else str(-(-wait // 1000))
        if one.bar.state == "breached" and marked:
            text += " ✗"
        place = QRectF(
            box.center().x() - look.px(24), box.top() - look.px(16), look.px(48), look.px(15)
        )
        ground = painter.boundingRect(place, MIDDLE, text).adjusted(-1, 0, 1, 0)
        painter.fillRect(ground, look.color("card"))
        painter.setPen(look.color("ink2"))
        painter.drawText(place, MIDDLE, text)

    def _gap(self, painter: QPainter, one: PlacedWait) -> None:
        """A silence that was meant: a pale column, its length written along it."""
        assert one.gap is not None
        look, box = self._look, self._box(one)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("fill"))
        painter.setOpacity(0.6)
        painter.drawRoundedRect(box, 3, 3)
        painter.setOpacity(1.0)
        painter.setPen(look.color("ink2"))
        painter.save()
        painter.translate(box.center().x(), box.bottom() - 4)
        painter.rotate(-90)
        along = QRectF(0, -look.px(9), box.height() - 8, look.px(18))
        text = words.gap_short(one.gap.seconds)
        if one.gap.broken_after_ms is not None:
            text += " ·"
        painter.drawText(along, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    # --- reading ---------------------------------------------------------------------------------
    @property
    def at(self) -> int:
        """The bar that is read now; -1: none."""
        return self._at

    def _index_at(self, x: float) -> int:
        for number, one in enumerate(self.placed().places):
            if one.left - 2 <= x - 1 <= one.left + one.width + 2:
                return number
        return -1

    def read(self, number: int) -> None:
        """Marks one bar and says it to a screen reader."""
        places = self.placed().places
        if not places:
            return
        self._at = max(0, min(len(places) - 1, number))
        said = self.words_of(places[self._at])
        self.setAccessibleDescription(said)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )
        box = self._box(places[self._at])
        spot = QPoint(int(box.left()), int(box.bottom()))
        if self.isVisible():
            QToolTip.showText(self.mapToGlobal(spot), said, self)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().x())
        if index >= 0:
            self.read(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.read(max(0, self._at + step))
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._at = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos().x())
            if index >= 0:
                said = self.words_of(self.placed().places[index])
                QToolTip.showText(event.globalPos(), said, self)
                return True
        return super().event(event)
