"""Notifications of the system's, where it has a place for them."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.widgets.icon import tinted

__all__ = ["Notifier"]


class Notifier(QObject):
    """Shows a message by the tray, and nothing where there is none: the toast is in the window
    anyway. The tray never hides the window, it only brings it to the front."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None

    def show(self, title: str, text: str) -> bool:
        """True where there was a place to show it."""
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return False
        if self._tray is None:
            self._tray = QSystemTrayIcon(tinted("clock", QColor("#3D5AFE"), 32), self)
            self._tray.activated.connect(self._raise)
            self._tray.messageClicked.connect(self._raise)
            self._tray.show()
        self._tray.showMessage(sanitize.notification(title), sanitize.notification(text))
        return True

    def _raise(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
