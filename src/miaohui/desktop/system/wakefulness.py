"""The machine's sleep and its network: when it is back, the link is tried at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import SLOT, QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

__all__ = ["Wakefulness"]

LOGIN1 = "org.freedesktop.login1"
LOGIN1_PATH = "/org/freedesktop/login1"
MANAGER = "org.freedesktop.login1.Manager"


class Wakefulness(QObject):
    """Signals: ``woke``: the machine slept until now; ``online``: there is a network again. Where
    the system tells neither, the link's own heartbeat finds out some seconds later."""

    woke = Signal()
    online = Signal()

    def watch(self) -> None:
        from PySide6.QtNetwork import QNetworkInformation

        if sys.platform.startswith("linux"):
            from PySide6.QtDBus import QDBusConnection

            self.watch_login1(QDBusConnection.systemBus())
        if QNetworkInformation.loadDefaultBackend():
            network = QNetworkInformation.instance()
            network.reachabilityChanged.connect(self.reachability_changed)

    def watch_login1(self, bus: QDBusConnection) -> None:
        """Hears of sleep from the daemon that has the machine's power, where it is there."""
        if bus.isConnected():
            slot = SLOT("sleeping(bool)")
            bus.connect(LOGIN1, LOGIN1_PATH, MANAGER, "PrepareForSleep", self, slot)  # type: ignore[call-overload]

    @Slot(bool)
    def sleeping(self, begins: bool) -> None:
        if not begins:
            self.woke.emit()

    def reachability_changed(self, now: object) -> None:
        from PySide6.QtNetwork import QNetworkInformation

        if now is QNetworkInformation.Reachability.Online:
            self.online.emit()
