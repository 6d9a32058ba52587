"""A box for several lines, whose hint makes room for what an input method is composing."""

from __future__ import annotations

from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

__all__ = ["TextBox"]


class TextBox(QPlainTextEdit):
    """Qt paints the hint while the document is empty, and a composition is not yet in it: the
    first syllable of every text would stand on top of the hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""

    def setPlaceholderText(self, text: str) -> None:
        self._hint = text
        self._show_hint()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._show_hint()

    def _show_hint(self) -> None:
        composed = self.textCursor().block().layout().preeditAreaText()
        shown = "" if composed else self._hint
        if shown != self.placeholderText():
            super().setPlaceholderText(shown)
