"""News for a person who looks at another program: what is worth it, how loudly, and when not."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from miaohui.client.snapshots import Notice, NoticeCode
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import shell
from miaohui.desktop.system.notification import Notification, Urgency
from miaohui.desktop.system.notifier import Notifier

__all__ = ["Outside", "is_hushed"]


class _Loudness(NamedTuple):
    urgency: Urgency
    category: str  # of the freedesktop specification


LOUDNESS = {
    NoticeCode.BREACH: _Loudness(Urgency.CRITICAL, "im"),
    NoticeCode.ENDS_SOON: _Loudness(Urgency.NORMAL, "im"),
    NoticeCode.CLOSED: _Loudness(Urgency.LOW, "im"),
    NoticeCode.MESSAGE: _Loudness(Urgency.NORMAL, "im.received"),
    NoticeCode.INCOMING: _Loudness(Urgency.CRITICAL, "im.received"),
    NoticeCode.HANDOVER_WAITS: _Loudness(Urgency.CRITICAL, "im.received"),
    NoticeCode.HANDOVER_UNTAKEN: _Loudness(Urgency.NORMAL, "im"),
    NoticeCode.STARTED: _Loudness(Urgency.CRITICAL, "im"),
    NoticeCode.RECEIPT_BROKEN: _Loudness(Urgency.NORMAL, "im.error"),
    NoticeCode.DOUBT: _Loudness(Urgency.NORMAL, "im.error"),
}


# What is worth nothing any more when its time to answer is over.
PASSING = {NoticeCode.INCOMING, NoticeCode.HANDOVER_WAITS}


def is_hushed(hour: int, begins: int, ends: int) -> bool:
    """True for an hour of the day in the quiet hours, over midnight as well; the same hour
    twice is none."""
    if begins <= ends:
        return begins <= hour < ends
    return hour >= begins or hour < ends


class Outside(QObject):
    """Tells by the system's notifications and by the window's place in the task bar. Nobody's
    words are in it: they would stand on a locked screen. Signals: ``opened(subject)``."""

    opened = Signal(str)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._notifier = Notifier(bridge, window)
        self._notifier.opened.connect(self.opened)

    def tell(self, notice: Notice, words: str) -> None:
        """``words``: the notice's sentence. Nothing where a person wants none of it."""
        loudness, settings = LOUDNESS.get(notice.code), self._bridge.settings
        if loudness is None or not settings.notifications or self._is_hushed_now():
            return
        QApplication.alert(self._window)
        self._notifier.show(
            Notification(
                subject=notice.session or notice.code,
                title=shell.app_name(),
                text=sanitize.notification(words),
                action=shell.open_(),
                urgency=loudness.urgency,
                category=loudness.category,
                stays_ms=notice.ms if notice.code in PASSING else None,
                sound=settings.sounds,
            )
        )

    def withdraw(self, subject: str) -> None:
        """It was read, or is over."""
        self._notifier.withdraw(subject)

    def raise_window(self) -> None:
        self._notifier.raise_window()

    def _is_hushed_now(self) -> bool:
        settings = self._bridge.settings
        now = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000)
        return is_hushed(now.hour, settings.hushed_from, settings.hushed_to)
