"""The part of a screen that windows may take, where a widget is."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

__all__ = ["area_of"]


def area_of(widget: QWidget) -> QRect:
    """In the screen's logical pixels, without panels and docks.

    Not by the widget itself: with PySide 6.11 the screen that it names did not outlive it.
    """
    middle = widget.mapToGlobal(widget.rect().center())
    screen = QGuiApplication.screenAt(middle) or QGuiApplication.primaryScreen()
    return screen.availableGeometry()
