"""A plan as text: the TOML itself, with each mistake at its line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from miaohui.checks.plan.reader import Mistake
from miaohui.desktop.look.language import say
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.button import sentence

__all__ = ["PlanText"]

MOST_SHOWN = 12


class PlanText(QWidget):
    """Signals: ``changed``: the person wrote something else."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._mistakes: tuple[Mistake, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(8)
        self.edit = QPlainTextEdit()
        self.edit.setProperty("kind", "field")
        self.edit.setAccessibleName(words.text_name())
        self.edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.edit.setTabChangesFocus(True)
        self.edit.textChanged.connect(self._changed)
        column.addWidget(self.edit, 1)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        column.addLayout(self._list)
        self.presses: list[QPushButton] = []
        self._quiet = False
        look.changed.connect(self._mark)

    def set_text(self, text: str) -> None:
        """Shown as it is; where the person writes stays where it was."""
        if text == self.edit.toPlainText():
            return
        self._quiet = True
        self.edit.setPlainText(text)
        self._quiet = False

    def text(self) -> str:
        return self.edit.toPlainText()

    def _changed(self) -> None:
        if not self._quiet:
            self.changed.emit()

    def show_mistakes(self, mistakes: Sequence[Mistake]) -> None:
        """A line for each, which leads there; the lines themselves are marked."""
        if tuple(mistakes) == self._mistakes:
            return
        self._mistakes = tuple(mistakes)
        for press in self.presses:
            press.hide()
            press.deleteLater()
        self.presses = []
        for one in self._mistakes[:MOST_SHOWN]:
            said = words.at_line(one.line, say(one.chinese, one.english))
            press = sentence(f"✗ {said}")
            press.clicked.connect(lambda _=False, line=one.line: self.go_to(line))
            self.presses.append(press)
            self._list.addWidget(press)
        self._mark()

    def _mark(self) -> None:
        marks = []
        for one in self._mistakes:
            block = self.edit.document().findBlockByNumber(one.line - 1)
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(block)
            mark.cursor = cursor
            form = mark.format
            form.setBackground(self._look.color("accent_soft"))
            form.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.format = form
            marks.append(mark)
        self.edit.setExtraSelections(marks)

    def go_to(self, line: int) -> None:
        block = self.edit.document().findBlockByNumber(line - 1)
        self.edit.setTextCursor(QTextCursor(block))
        self.edit.setFocus()
