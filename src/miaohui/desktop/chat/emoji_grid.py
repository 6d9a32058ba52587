"""A small grid of emoji that pops up over its button."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QWidget

from miaohui.desktop.look.theme import Theme, ui_font
from miaohui.desktop.strings.emoji import emoji
from miaohui.desktop.widgets.screenarea import area_of

__all__ = ["EmojiGrid"]

COLUMNS = 8


class EmojiGrid(QFrame):
    """Signal: `chosen(str)`. Arrows move, Enter chooses, Esc closes."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 8)
        grid.setSpacing(2)
        self._buttons: list[QToolButton] = []
        face = ui_font(pixels=20)
        # Where no face draws an emoji, it is not offered: nobody should send an empty box.
        metrics = QFontMetrics(face)
        drawn = [pair for pair in emoji() if metrics.inFontUcs4(ord(pair[0][0]))]
        for place, (character, name) in enumerate(drawn):
            button = QToolButton(self, autoRaise=True)
            button.setText(character)
            button.setFont(face)
            button.setFixedSize(36, 36)
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(lambda _checked=False, text=character: self._choose(text))
            grid.addWidget(button, place // COLUMNS, place % COLUMNS)
            self._buttons.append(button)

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"EmojiGrid{{background:{theme.card};border:1px solid {theme.line};"
            f"border-radius:{theme.radius_card}px}}"
            f"QToolButton{{border:0;border-radius:{theme.radius_button}px;color:{theme.ink}}}"
            f"QToolButton:hover,QToolButton:focus{{background:{theme.accent_soft}}}"
        )

    def open_over(self, button: QWidget) -> None:
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(0, -self.height() - 6))
        screen = area_of(button)
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        corner.setY(max(screen.top(), corner.y()))
        self.move(corner)
        self.show()
        if self._buttons:
            self._buttons[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        at = next((i for i, button in enumerate(self._buttons) if button is focused), 0)
        step = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -COLUMNS,
            Qt.Key.Key_Down: COLUMNS,
        }.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._buttons[at].text())
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        elif step is not None and 0 <= at + step < len(self._buttons):
            self._buttons[at + step].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def _choose(self, text: str) -> None:
        self.close()
        self.chosen.emit(text)
