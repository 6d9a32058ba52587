"""A figure with its words under it, as in "3.1 s / median"."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from miaohui.desktop.widgets.label import label, restyle

__all__ = ["Figure"]


class Figure(QWidget):
    """``kind`` is the figure's size: figure, big or huge."""

    def __init__(self, kind: str = "figure") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._figure = label("", kind)
        self._words = label("", "small")
        column.addWidget(self._figure)
        column.addWidget(self._words)

    def show_figure(self, figure: str, words: str, tone: str = "") -> None:
        """``tone``: kept, warn or breach where the figure speaks of the promise, else empty."""
        self._figure.setText(figure)
        self._words.setText(words)
        restyle(self._figure, tone=tone)
        self.setAccessibleName(f"{words} {figure}")

    def text(self) -> str:
        return self._figure.text()
