"""A small rounded mark with a few words or a figure."""

from PySide6.QtWidgets import QLabel

from miaohui.desktop.widgets.label import label, restyle

__all__ = ["pill", "set_tone"]


def pill(text: str = "", tone: str = "plain") -> QLabel:
    """``tone``: plain, accent, or kept, warn and breach, which belong to the promise alone."""
    made = label(text, "pill")
    made.setProperty("tone", tone)
    return made


def set_tone(mark: QLabel, text: str, tone: str) -> None:
    """Other words in another tone."""
    mark.setText(text)
    restyle(mark, tone=tone)
