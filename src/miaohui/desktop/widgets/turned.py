"""Fields that the wheel turns only where they have the keyboard: a page scrolls over them unharmed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QSlider, QSpinBox, QWidget

__all__ = ["DecimalField", "NumberField", "Slider", "keep_from_wheel"]


def keep_from_wheel(field: QWidget) -> None:
    """The wheel does not give it the keyboard: Qt would, before it asks who has it."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class NumberField(QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        keep_from_wheel(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class DecimalField(QDoubleSpinBox):
    """A number with a fraction."""

    def __init__(self) -> None:
        super().__init__()
        keep_from_wheel(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Slider(QSlider):
    """A number on a line."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        keep_from_wheel(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
