"""The button over the conversation that says how many messages wait below."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractScrollArea, QPushButton

from miaohui.desktop.chat.icon import tinted
from miaohui.desktop.look.theme import Theme
from miaohui.desktop.strings import chat as words

__all__ = ["NewerButton"]


class NewerButton(QPushButton):
    """Shown while the end is out of sight; clicking leads there."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        self._area = area
        self.setObjectName("newer")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(14, 14))
        self.hide()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        self.setFont(font)
        self.setIcon(tinted("chat-down.svg", theme.ink2, 14))
        self.setStyleSheet(
            f"QPushButton{{background:{theme.card};color:{theme.ink};"
            f"border:1px solid {theme.line};border-radius:15px;padding:6px 14px}}"
            f"QPushButton:hover{{background:{theme.accent_soft}}}"
            f"QPushButton:focus{{border:2px solid {theme.accent};padding:5px 13px}}"
        )

    def place(self, *, shown: bool, unseen: int) -> None:
        if not shown:
            if self.isVisible():
                self.hide()
            return
        text = words.newer(unseen)
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
        self.adjustSize()
        frame = self._area.viewport().geometry()
        self.move(frame.center().x() - self.width() // 2, frame.bottom() - self.height() - 10)
        self.show()
        self.raise_()
