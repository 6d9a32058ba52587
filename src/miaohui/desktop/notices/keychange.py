"""The sheet at the moment at which a relay shows another key: both ids, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from miaohui.desktop.strings import relaykey as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.label import label

__all__ = ["KeyChange"]


class KeyChange(QWidget):
    """Signals: ``decided``: the sheet may go. Only the button accepts; Esc leaves all as it is."""

    decided = Signal()

    def __init__(self, known: str, shown: str, accept: Callable[[], None]) -> None:
        """``known`` and ``shown``: the keys' ids."""
        super().__init__()
        self.shown = shown
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(12)
        column.addWidget(label(words.changed_title(), "heading", wrap=True))
        column.addWidget(label(words.changed(), "body", wrap=True))
        frame, inside = card("note", margin=16, gap=8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (what, key_id) in enumerate(
            ((words.known_key(), known), (words.shown_key(), shown))
        ):
            grid.addWidget(label(what, "second"), row, 0)
            told = label(" ".join(key_id[at : at + 4] for at in range(0, len(key_id), 4)), "strong")
            told.setAccessibleName(f"{what} {key_id}")
            grid.addWidget(told, row, 1)
        inside.addLayout(grid)
        column.addWidget(frame)
        column.addWidget(label(words.until_then(), "second", wrap=True))
        column.addSpacing(8)
        row_ = ButtonRow()
        self.later = button(words.not_now(), "primary")
        self.later.setProperty("focusFirst", True)
        self.later.clicked.connect(self.decided)
        self.accept = button(words.accept())
        self.accept.clicked.connect(accept)
        self.accept.clicked.connect(self.decided)
        row_.add(self.accept)
        row_.add(self.later)
        column.addWidget(row_)
