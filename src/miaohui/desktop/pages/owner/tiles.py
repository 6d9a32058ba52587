"""Figures side by side, each on a card of its own, as many in a row as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.label import Elided, label, restyle

__all__ = ["FigureTile", "TileRow"]

LEAST = 148  # of the design's pixels: a tile is no narrower


class FigureTile(QFrame):
    """A figure, what it is, and a line about it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(2)
        self.figure = label("", "figure")
        self.name = Elided(name)
        self.about = Elided("", "small")
        for part in (self.figure, self.name, self.about):
            column.addWidget(part)

    def show_figure(self, figure: str, about: str, tone: str = "") -> None:
        """``tone``: kept, warn or breach where the figure speaks of the promise."""
        self.figure.setText(figure)
        self.about.setText(about)
        self.about.setToolTip(about)
        restyle(self.figure, tone=tone)
        self.setAccessibleName(f"{self.name.text()} {figure}, {about}")


class TileRow(QWidget):
    """Rows of tiles of one width."""

    def __init__(self, look: Look, tiles: list[FigureTile]) -> None:
        super().__init__()
        self._look, self._tiles, self._across = look, tiles, 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        self._arrange()
        look.changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(LEAST), super().minimumSizeHint().height())

    def _arrange(self) -> None:
        most = len(self._tiles)
        across = max(1, min(most, (self.width() + 12) // (self._look.px(LEAST) + 12)))
        rows = -(-most // across)
        across = -(-most // rows)  # no row with a single one left over, where it can be helped
        if across == self._across:
            return
        self._across = across
        for tile in self._tiles:
            self._grid.removeWidget(tile)
        for at in range(most):
            self._grid.setColumnStretch(at, int(at < across))
        for at, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, at // across, at % across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
