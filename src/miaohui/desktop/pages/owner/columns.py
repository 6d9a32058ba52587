"""Two columns of cards, side by side where there is room, else one under the other."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.look.look import Look

__all__ = ["TwoColumns"]

NARROW = 810  # of the design's pixels: below, one column


class TwoColumns(QWidget):
    """``left`` and ``right`` are filled by whoever makes it. ``shares``: of the width."""

    def __init__(self, look: Look, gap: int, shares: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self._look = look
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(gap)
        self.left, self.right = QVBoxLayout(), QVBoxLayout()
        for each, share in zip((self.left, self.right), shares, strict=True):
            each.setSpacing(14)
            self._columns.addLayout(each, share)
        look.changed.connect(self._arrange)

    def _arrange(self) -> None:
        way = QBoxLayout.Direction
        wide = self.width() >= self._look.px(NARROW)
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
