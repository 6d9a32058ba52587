"""Buttons side by side at the right; one above the other where their words need more room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLayout, QPushButton, QWidget

__all__ = ["ButtonRow"]

WAY = QBoxLayout.Direction


class ButtonRow(QWidget):
    """Looks again whenever a button wants other room: by another look, or other words."""

    def __init__(self, *, gap: int = 10) -> None:
        super().__init__()
        self._gap = gap
        self._row = QBoxLayout(WAY.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(gap)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # as below
        self._row.addStretch(1)
        self._buttons: list[QPushButton] = []

    def add(self, button: QPushButton) -> None:
        self._buttons.append(button)
        self._row.addWidget(button)

    @property
    def is_stacked(self) -> bool:
        return self._row.direction() == WAY.TopToBottom

    def minimumSizeHint(self) -> QSize:
        widest = max((one.sizeHint().width() for one in self._shown()), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def _shown(self) -> list[QPushButton]:
        return [one for one in self._buttons if not one.isHidden()]

    def _arrange(self) -> None:
        shown = self._shown()
        wide = sum(one.sizeHint().width() for one in shown) + self._gap * max(0, len(shown) - 1)
        wanted = WAY.TopToBottom if wide > self.width() else WAY.LeftToRight
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
