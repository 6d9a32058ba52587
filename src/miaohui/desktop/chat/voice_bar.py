"""The bar above the text box: a voice note while it is recorded, and before it is sent."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from miaohui.desktop.chat.icon import tinted
from miaohui.desktop.chat.waveform import PlayerState, VoiceShown, bars
from miaohui.desktop.look import amounts
from miaohui.desktop.look.theme import Theme, light, ui_font
from miaohui.desktop.strings import chat as words
from miaohui.voice.limits import LEVELS, LOUDEST, MOST_MS

__all__ = ["VoiceBar"]

STEP = 0.1


class _Wave(QWidget):
    """Bars, and how much of them is behind. Signal: ``sought(share)``."""

    sought = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = light()
        self.peaks: tuple[int, ...] = (0,) * LEVELS
        self.share = 0.0
        self.is_note = False
        self.setMinimumWidth(60)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(self.rect()).adjusted(3, 3, -3, -3)
            ink = QBrush(QColor(self.theme.ink2 if self.is_note else self.theme.accent))
            bars(painter, area, self.peaks, self.share, QBrush(QColor(self.theme.accent)), ink)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.is_note:
            self.sought.emit(event.position().x() / max(1, self.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}
        by = moves.get(Qt.Key(event.key()))
        if by is None or not self.is_note:
            event.ignore()
        else:
            self.sought.emit(min(1.0, max(0.0, self.share + by)))


class VoiceBar(QWidget):
    """Signals, each something that a person wants: ``stopped`` the recording, ``toggled`` and
    ``sought(share)`` and ``speed_wanted`` of the note that waits, ``dropped`` either, ``sent``."""

    stopped = Signal()
    toggled = Signal()
    sought = Signal(float)
    speed_wanted = Signal()
    dropped = Signal()
    sent = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._scale = light(), 1.0
        self._heard: deque[int] = deque([0] * LEVELS, LEVELS)
        self._playing = False
        self.main = QToolButton(self, autoRaise=True)
        self.main.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.main.clicked.connect(self._pressed)
        self.wave = _Wave(self)
        self.wave.sought.connect(self.sought)
        self.time = QLabel(self)
        self.speed = QToolButton(self, autoRaise=True)
        self.speed.clicked.connect(self.speed_wanted)
        self.drop = QToolButton(self, autoRaise=True)
        self.drop.clicked.connect(self.dropped)
        self.send = QPushButton(self)
        self.send.setObjectName("send")
        self.send.clicked.connect(self.sent)
        for button in (self.speed, self.drop):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.trouble = QLabel(words.no_sound_comes(), self)
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.main)
        row.addWidget(self.wave, 1)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.time)
        row.addWidget(self.speed)
        row.addWidget(self.drop)
        row.addWidget(self.send)
        self.set_look(self._theme, 1.0)
        self.retranslate()
        self.hide()

    @property
    def records(self) -> bool:
        return not self.wave.is_note

    def begin(self) -> None:
        """A recording begins."""
        self._heard.extend([0] * LEVELS)
        self._turn(is_note=False)
        self.show_level(0, 0.0, silent=False)
        self.show()
        self.main.setFocus()

    def show_level(self, ms: int, loudness: float, *, silent: bool) -> None:
        """The time so far, and the loudness now, 0 to 1."""
        self._heard.append(round(loudness * LOUDEST))
        self.wave.peaks = tuple(self._heard)
        self.time.setText(words.recorded(ms // 1000, MOST_MS // 1000))
        self.trouble.setVisible(silent)
        self.wave.setVisible(not silent)
        self.wave.update()

    def show_note(self, ms: int, peaks: tuple[int, ...], shown: VoiceShown) -> None:
        """The note that waits, as its player has it."""
        fresh = self.records or self.isHidden()
        self._turn(is_note=True)
        self.wave.peaks, self.wave.share = peaks, shown.share
        playing = shown.state is PlayerState.PLAYING
        begun = playing or shown.state is PlayerState.PAUSED
        self.time.setText(amounts.clock(round(ms * shown.share) if begun else ms))
        self.speed.setText(words.speed(shown.speed))
        self.wave.setAccessibleDescription(words.note_waits(round(ms / 1000)))
        if playing is not self._playing:
            self._playing = playing
            self._tint()
        self.wave.update()
        self.show()
        if fresh:
            self.main.setFocus()

    def set_look(self, theme: Theme, scale: float) -> None:
        self._theme, self._scale = theme, scale
        self.wave.theme = theme
        side = round(32 * scale)
        for tool in (self.main, self.drop):
            tool.setIconSize(QSize(round(18 * scale), round(18 * scale)))
            tool.setFixedSize(side, side)
        self.wave.setFixedHeight(side)
        small = ui_font(scale, pixels=12)
        for label in (self.time, self.trouble, self.speed):
            label.setFont(small)
        self.time.setStyleSheet(f"color:{theme.ink2};background:transparent")
        self.trouble.setStyleSheet(f"color:{theme.ink};background:transparent")
        self.send.setFont(ui_font(scale, bold=True))
        self._tint()

    def retranslate(self) -> None:
        self.send.setText(words.send_note())
        self.trouble.setText(words.no_sound_comes())
        self.speed.setAccessibleName(words.next_speed())
        self.speed.setToolTip(words.next_speed())
        self.drop.setAccessibleName(words.drop_note())
        self.drop.setToolTip(words.drop_note())
        self._name()

    def event(self, event: QEvent) -> bool:
        # The window has its own use for Escape; here it means the note.
        override = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if override and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dropped.emit()
        else:
            super().keyPressEvent(event)

    # --- its own ways -------------------------------------------------------------------------
    def _turn(self, *, is_note: bool) -> None:
        self.wave.is_note = is_note
        self.wave.share = 0.0
        self.wave.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_note else Qt.FocusPolicy.NoFocus)
        self.speed.setVisible(is_note)
        self.send.setVisible(is_note)
        if is_note:
            self.trouble.hide()
            self.wave.show()
        else:
            self._playing = False
        self._name()
        self._tint()

    def _name(self) -> None:
        main = words.play_or_pause() if self.wave.is_note else words.stop_recording()
        self.main.setAccessibleName(main)
        self.main.setToolTip(main)
        wave = words.note_place() if self.wave.is_note else words.loudness()
        self.wave.setAccessibleName(wave)

    def _tint(self) -> None:
        name = "chat-stop.svg"
        if self.wave.is_note:
            name = "chat-pause.svg" if self._playing else "chat-play.svg"
        size = round(18 * self._scale)
        self.main.setIcon(tinted(name, self._theme.accent, size))
        self.drop.setIcon(tinted("chat-close.svg", self._theme.ink2, size))

    def _pressed(self) -> None:
        (self.stopped if self.records else self.toggled).emit()
