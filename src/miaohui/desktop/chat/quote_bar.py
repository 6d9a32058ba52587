"""The strip above the text box: what is being answered, or edited."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from miaohui.desktop.chat.icon import tinted
from miaohui.desktop.look import sanitize
from miaohui.desktop.look.theme import Theme, light, ui_font
from miaohui.desktop.strings import chat as words

__all__ = ["QuoteBar"]


class QuoteBar(QWidget):
    """Signal: `closed`, when a person takes it away."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = light()
        self._icon = QLabel(self)
        self._title = QLabel(self)
        self._text = QLabel(self)
        for label in (self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(1)
        self._full = ""
        self._picture = "chat-quote.svg"
        self._close = QToolButton(self, autoRaise=True)
        self._close.setIconSize(QSize(14, 14))
        self._close.setAccessibleName(words.close_strip())
        self._close.setToolTip(words.close_strip())
        self._close.clicked.connect(self.closed)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._title)
        lines.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 4)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addLayout(lines, 1)
        row.addWidget(self._close)
        self.set_scale(1.0)

    def show_quote(self, author: str, text: str) -> None:
        self._show("chat-quote.svg", words.quoting(author), text)

    def show_editing(self, text: str) -> None:
        self._show("chat-edit.svg", words.editing(), text)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._close.setIcon(tinted("chat-close.svg", theme.ink2, 14))
        self._icon.setPixmap(tinted(self._picture, theme.accent, 18).pixmap(18, 18))
        self._title.setStyleSheet(f"color:{theme.ink};background:transparent")
        self._text.setStyleSheet(f"color:{theme.ink2};background:transparent")

    def set_scale(self, scale: float) -> None:
        self._title.setFont(ui_font(scale, pixels=12, bold=True))
        self._text.setFont(ui_font(scale, pixels=12))
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _show(self, picture: str, title: str, text: str) -> None:
        self._picture = picture
        self._title.setText(sanitize.line(title))
        self._full = " ".join(sanitize.line(text).split())
        self.set_theme(self._theme)
        self.show()
        self._elide()

    def _elide(self) -> None:
        room = max(20, self._text.width())
        shown = self._text.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room)
        self._text.setText(shown)
