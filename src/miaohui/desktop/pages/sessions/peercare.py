"""A responder's own card while their customer has stopped the clock in distress."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import care as words
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import Fitted
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label

__all__ = ["PeerCareCard"]


class PeerCareCard(QFrame):
    """Words that help, words that do not, and the ways on. Signals: ``hand_over_wanted``; ``end_wanted``."""

    hand_over_wanted = Signal()
    end_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "care")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(6)
        self._title = label("", "heading", wrap=True)
        self._lines = [label("", "second", wrap=True) for _ in range(5)]
        for each in (self._title, *self._lines):
            column.addWidget(each)
        flow = FlowLayout(gap=8)
        self.hand_over = button("", "outline")
        self.hand_over.setObjectName("peer-hand-over")
        self.hand_over.clicked.connect(self.hand_over_wanted)
        self.end = button("", "plain")
        self.end.setObjectName("peer-end")
        self.end.clicked.connect(self.end_wanted)
        flow.addWidget(self.hand_over)
        flow.addWidget(self.end)
        holder = QWidget()
        holder.setLayout(flow)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 6, 6, 6)
        whole.addWidget(Fitted(inside))
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 8, 6)
        foot.addWidget(holder)
        whole.addLayout(foot)  # in sight at every size of text
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        self._title.setText(words.peer_title())
        self.setAccessibleName(sanitize.line(words.peer_title()))
        told = (
            words.peer_about(),
            words.peer_say(),
            words.peer_not(),
            words.peer_danger(),
            words.peer_end_about(),
        )
        for each, text in zip(self._lines, told, strict=True):
            each.setText(text)
        self.hand_over.setText(say.hand_over_to())
        self.end.setText(words.peer_end())
