"""A customer's card as its reader sees it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import customercard as words
from miaohui.desktop.widgets.label import Label, label
from miaohui.wire.orders import CustomerCard

__all__ = ["CardNote", "card_words"]


def card_words(card: CustomerCard) -> str:
    return "\n".join(
        words.lines(
            address_=sanitize.line(card.address),
            topics_=sanitize.line(card.topics),
            avoid_=sanitize.line(card.avoid),
            listens=card.manner == "listen",
            nudge_s=card.nudge_s,
        )
    )


class CardNote(QFrame):
    """The responder's view of it, with what the silence asks of them now."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "note")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        self.title = label(words.theirs(), "strong")
        self.body = label("", "small", wrap=True)
        self.now = label("", "strong", wrap=True)
        for each in (self.title, self.body, self.now):
            column.addWidget(each)
        self._card: CustomerCard | None = None
        self.now.hide()
        self.hide()

    def show_card(self, card: CustomerCard | None) -> None:
        self._card = card
        self.setVisible(card is not None)
        self.title.setText(words.theirs())
        if card is not None:
            self.body.setText(card_words(card))

    def tick(self, silent_ms: int | None) -> None:
        """``silent_ms``: how long nobody has written in running time; None: somebody is owed an
        answer, or time stands still."""
        card = self._card
        due = (
            card is not None
            and card.nudge_s is not None
            and silent_ms is not None
            and silent_ms >= card.nudge_s * 1000
        )
        self.now.setVisible(due)
        if due and silent_ms is not None:
            _say(self.now, words.now_speak(silent_ms // 1000))


def _say(shown: Label, text: str) -> None:
    if shown.text() != text:
        shown.setText(text)
