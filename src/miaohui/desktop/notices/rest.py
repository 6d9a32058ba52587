"""A sentence after two hours on end: said once for each two hours, to who buys; it stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.strings import limits as words
from miaohui.wire.accounts import Role
from miaohui.wire.sessions import SessionCard

__all__ = ["RestReminder", "on_end_ms"]

LOOK_MS = 60_000
REST_MS = 2 * 3_600_000
GAP_MS = 15 * 60_000  # a shorter break between two sessions is none


def _ms(utc: str) -> int:
    return round(amounts.local(utc).timestamp() * 1000)


def on_end_ms(cards: Iterable[SessionCard], now_ms: int) -> int:
    """The time that somebody has been talking on end: back from now through sessions that follow each
    other; 0 where none is open."""
    spans = sorted(
        (_ms(each.opened_utc), now_ms if each.closed_utc is None else _ms(each.closed_utc))
        for each in cards
    )
    open_now = any(each.closed_utc is None for each in cards)
    if not spans or not open_now:
        return 0
    start = now_ms
    for opened, closed in sorted(spans, key=lambda span: span[1], reverse=True):
        if closed < start - GAP_MS:
            break
        start = min(start, opened)
    return max(0, now_ms - start)


class RestReminder(QObject):
    """Looks once a minute. In distress nothing is said."""

    def __init__(self, bridge: Bridge, say: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._say = bridge, say
        self._told = 0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        bridge = self._bridge
        if not bridge.is_attached or bridge.is_quiet:
            return
        view = bridge.client.view
        if view.account is None or view.account.role is not Role.CUSTOMER:
            return
        rounds = on_end_ms(view.sessions, bridge.clock.utc_ms()) // REST_MS
        if rounds > self._told:
            self._say(words.rest())
        self._told = rounds
