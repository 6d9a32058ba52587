"""Notifications of the system's, by the way that this system has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.system.notification import Notification, Urgency
from miaohui.desktop.widgets.icon import tinted

if TYPE_CHECKING:
    from miaohui.desktop.system.bus_notifications import BusNotifications

__all__ = ["Notifier"]


class Notifier(QObject):
    """By the session's bus on Linux; elsewhere, and where nobody answers there, by the tray, if
    there is one. The window works without either: what is said here is said there as well.
    Signals: ``opened(subject)``: the person wants to see what a notification is about; the
    window is in front by then."""

    opened = Signal(str)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._bus: BusNotifications | None = None
        self._tray: QSystemTrayIcon | None = None
        bridge.detached.connect(self.close)
        self._by_tray = ""  # the subject of its balloon, which is one at a time

    def show(self, one: Notification) -> None:
        if sys.platform.startswith("linux"):
            self._bridge.run(self, self._by_bus(one))
        else:
            self._show_by_tray(one)

    def withdraw(self, subject: str) -> None:
        """Read, or no longer true."""
        if self._bus is not None:
            self._bridge.run(self, self._withdraw(self._bus, subject))

    def close(self) -> None:
        if self._bus is not None:
            self._bus.disconnect()

    async def _by_bus(self, one: Notification) -> None:
        from miaohui.desktop.system.bus_notifications import BusNotifications, Unavailable

        if self._bus is None:
            self._bus = BusNotifications(self._opened)
        try:
            await self._bus.show(one)
        except Unavailable:
            self._show_by_tray(one)

    async def _withdraw(self, bus: BusNotifications, subject: str) -> None:
        from miaohui.desktop.system.bus_notifications import Unavailable

        try:
            await bus.withdraw(subject)
        except Unavailable:
            return  # it went with whoever showed it

    def _show_by_tray(self, one: Notification) -> None:
        # An icon made before the desktop's panel is there never appears.
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(tinted("clock", QColor("#3D5AFE"), 32), self)
            self._tray.activated.connect(self.raise_window)
            self._tray.messageClicked.connect(lambda: self._opened(self._by_tray))
            self._tray.show()
        self._by_tray = one.subject
        icon = QSystemTrayIcon.MessageIcon.Information
        if one.urgency is Urgency.CRITICAL:
            icon = QSystemTrayIcon.MessageIcon.Warning
        self._tray.showMessage(one.title, one.text, icon)

    def _opened(self, subject: str) -> None:
        self.raise_window()
        self.opened.emit(subject)

    def raise_window(self) -> None:
        """In front, with the keyboard, as far as the desktop lets it."""
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
