"""The system's wish that the app ends: a signal, or the end of the person's session."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication

__all__ = ["Ending"]

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
)


class Ending(QObject):
    """Says so once a wish; what is written down is finished before the loop ends. A second
    signal ends the process as it would have without us. Signals: ``asked``."""

    asked = Signal()

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__()
        # Python runs a handler between two of its own instructions, and while nothing happens in
        # a window there is none: a byte in a socket wakes Qt's loop.
        self._reads, self._writes = socket.socketpair()
        for end in (self._reads, self._writes):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reads.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._wakeup = signal.set_wakeup_fd(self._writes.fileno(), warn_on_full_buffer=False)
        self._before = {each: signal.signal(each, self._heard) for each in SIGNALS}
        app.commitDataRequest.connect(self._log_out)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self._restore()
        self.asked.emit()

    def _woken(self) -> None:
        self._reads.recv(64)

    def _log_out(self, _manager: object) -> None:
        self.asked.emit()

    def _restore(self) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)
        self._before = {}

    def close(self) -> None:
        self._restore()
        signal.set_wakeup_fd(self._wakeup)
        self._notifier.setEnabled(False)
        self._reads.close()
        self._writes.close()
