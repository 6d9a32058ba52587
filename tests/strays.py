"""Windows that nobody asked for."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from miaohui.desktop.navigation.window import MainWindow

__all__ = ["strays"]


class _Watch(QObject):
    """Hears of every widget that is shown while it has no parent."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QWidget)
            # Menus, tool tips and dialogs are windows of their own by their flags.
            and watched.windowType() in (Qt.WindowType.Widget, Qt.WindowType.Window)
            and watched.isWindow()
            and not isinstance(watched, MainWindow)
        ):
            where = traceback.extract_stack(limit=4)[:-1]
            steps = " < ".join(f"{each.filename}:{each.lineno}" for each in reversed(where))
            self.found.append(f"{type(watched).__name__} at {steps}")
        return False


@contextmanager
def strays(app: QApplication) -> Iterator[list[str]]:
    """The parts that were shown before they were put into a window, with the lines that did it:
    each flashes as a window of its own and takes the keyboard."""
    watch = _Watch()
    app.installEventFilter(watch)
    try:
        yield watch.found
    finally:
        app.removeEventFilter(watch)
