"""Stopped time: what stands beside a conversation in distress, instead of the promise."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from miaohui.client.snapshots import PanelView
from miaohui.desktop.look import amounts
from miaohui.desktop.strings import care as words
from miaohui.desktop.widgets.button import button, fold
from miaohui.desktop.widgets.card import rule, scrolled
from miaohui.desktop.widgets.label import label

__all__ = ["StoppedPanel"]


class StoppedPanel(QFrame):
    """No ring, no bars, no figure but what is left. Signals: ``card_wanted``: the help card;
    ``resume_wanted``; ``end_wanted``."""

    card_wanted = Signal()
    resume_wanted = Signal()
    end_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self._peer = ""
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        self._title = label("", "strong", wrap=True)
        self._left = label("", "body", wrap=True)
        self._day = label("", "second", wrap=True)
        self._sees = label("", "second", wrap=True)
        for place, part in enumerate((self._title, self._left, self._day, self._sees)):
            if place > 1:
                column.addWidget(rule())
            column.addWidget(part)
        column.addStretch(1)
        foot = QVBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setSpacing(10)
        self.card = button("", "outline")
        self.card.setObjectName("care-card")
        self.card.clicked.connect(self.card_wanted)
        self.resume = button("", "plain")
        self.resume.setObjectName("care-resume")
        self.resume.clicked.connect(self.resume_wanted)
        self.end = button("", "plain")
        self.end.setObjectName("care-end")
        self.end.clicked.connect(self.end_wanted)
        foot.addWidget(self.card)
        foot.addWidget(self.resume)
        foot.addWidget(self.end)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scrolled(inner, on_card=True), 1)
        whole.addLayout(foot)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        self._title.setText(words.stopped())
        self._day.setText(words.quiet_day())
        self._sees.setText(words.peer_sees(self._peer))
        self.card.setText(words.card())
        self.resume.setText(words.go_on())
        self.end.setText(words.end())
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        for press in (self.resume, self.end):
            fold(press, self.width() - 40)

    def show_time(self, panel: PanelView, peer: str) -> None:
        """Shows the time that is left, and what the other side sees."""
        left = words.remaining(amounts.clock(panel.remaining_ms))
        if self._left.text() != left:
            self._left.setText(left)
        if peer != self._peer:
            self._peer = peer
            self._sees.setText(words.peer_sees(peer))
