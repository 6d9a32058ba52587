"""The privacy page: one screen of plain words on what is kept where, how long, for whom."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from miaohui.desktop.strings import keeping as words
from miaohui.desktop.strings import shell
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import Pane

__all__ = ["KeepingPane"]


class KeepingPane(Pane):
    """Read and closed. Signals: ``read``: the person has seen it."""

    read = Signal()

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 6)
        column.setSpacing(2)
        column.addWidget(label(words.title(), "heading", wrap=True))
        column.addSpacing(4)
        for name, sentence in words.rows():
            column.addWidget(label(name, "strong"))
            column.addWidget(label(sentence, "small", wrap=True))
            column.addSpacing(6)
        column.addWidget(label(words.ways(), "small", wrap=True))
        yield
        close = self._close_below(shell.understood())
        close.setObjectName("keeping-close")
        close.clicked.connect(self.read)
