"""The sentences that a screen reader says by itself, wherever its reader is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QLabel, QWidget

from miaohui.client.snapshots import Difference, Inserted, NoticeCode, PanelView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import shell
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role

__all__ = ["SpokenNews"]

LIVE_AT_MOST = 5  # more messages at once are a past that is being read
TICK_MS = 500
SOON_MS = 3000  # before the promise is broken, for who has to answer
URGENT = {
    NoticeCode.BREACH,
    NoticeCode.ENDS_SOON,
    NoticeCode.INCOMING,
    NoticeCode.HANDOVER_WAITS,
    NoticeCode.HANDOVER_UNTAKEN,
    NoticeCode.STARTED,
}


class SpokenNews(QObject):
    """Says what happens; nothing is computed where no reader runs. On Linux by a label with the
    role of a notification: Orca before 46 is silent about announcements, and says the label in
    every version; elsewhere by Qt's announcement."""

    def __init__(
        self,
        bridge: Bridge,
        host: QWidget,
        session_on_screen: Callable[[], str],
        *,
        by_label: bool = sys.platform.startswith("linux"),
    ) -> None:
        super().__init__(host)
        self._bridge, self._host, self._on_screen = bridge, host, session_on_screen
        self._names: dict[str, str] = {}
        self._handovers: dict[str, bool] = {}
        self._turn = ("", "")  # the open turn, and what was said of it
        self._last = ""
        self._label: QLabel | None = None
        if by_label:
            self._label = QLabel(host)
            set_spoken_role(self._label, NOTIFICATION)
            self._label.resize(1, 1)
            self._label.hide()
        self._forgetting = QTimer(self, singleShot=True, interval=1000)
        self._forgetting.timeout.connect(self._forget)
        self._ticking = QTimer(self, interval=TICK_MS)
        self._ticking.timeout.connect(self._tick)
        bridge.messages_changed.connect(self._messages_changed)
        bridge.session_changed.connect(self._session_changed)

    def say(self, text: str, *, urgent: bool = False) -> None:
        """The same words within a second are said once."""
        if not QAccessible.isActive() or not text or text == self._last:
            return
        self._last = text
        self._forgetting.start()
        if self._label is not None:
            self._label.hide()
            self._label.setText(text)
            self._label.setAccessibleName(text)
            self._label.show()
            return
        told = QAccessibleAnnouncementEvent(self._host, text)
        politeness = QAccessible.AnnouncementPoliteness
        told.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
        QAccessible.updateAccessibility(told)

    def tell(self, code: NoticeCode, words: str) -> None:
        """A notice's sentence."""
        if code is not NoticeCode.MESSAGE:  # those are said with who wrote, and what
            self.say(words, urgent=code in URGENT)

    def _forget(self) -> None:
        self._last = ""
        if self._label is not None:
            self._label.hide()

    def _messages_changed(self, session: str, differences: Sequence[Difference]) -> None:
        if not QAccessible.isActive():
            return
        view = self._bridge.client.session(session)
        if view is None or not view.synced:
            return
        total = len(self._bridge.client.messages(session))
        for one in differences:
            if not isinstance(one, Inserted) or len(one.messages) > LIVE_AT_MOST:
                continue
            if one.index + len(one.messages) < total:
                continue  # an older page
            for message in one.messages:
                if message.kind == "message" and not message.mine:
                    self._say_message(view.card.peer_name, message.name, message.text)

    def _say_message(self, peer: str, name: str, text: str) -> None:
        who = sanitize.line(name or peer) or shell.the_other()
        if self._bridge.settings.speak_words and text:
            self.say(shell.said_by(who, sanitize.text(text)))
        else:
            self.say(shell.notice(NoticeCode.MESSAGE, who, ""))

    def _session_changed(self, session: str) -> None:
        if not QAccessible.isActive():
            return
        view, panel = self._bridge.client.session(session), self._bridge.client.panel(session)
        if view is None or panel is None:
            return
        before, name = self._names.get(session), view.card.peer_name
        self._names[session] = name
        if before is not None and before != name:
            self.say(shell.handed_over(sanitize.line(before), sanitize.line(name)), urgent=True)
        offered = self._handovers.get(session)
        self._handovers[session] = panel.handover_offered
        if offered is False and panel.handover_offered:
            self.say(shell.handover_offered(), urgent=True)
        if panel.wait_ms is not None and not self._ticking.isActive():
            self._ticking.start()

    def _tick(self) -> None:
        session = self._on_screen()
        panel = self._bridge.client.panel(session) if session else None
        if panel is None or panel.wait_ms is None or not QAccessible.isActive():
            self._ticking.stop()
            return
        said = self._of_wait(panel)
        turn = f"{session} {panel.wait_key}"
        if said and self._turn != (turn, said) and not self._bridge.look.calm:
            self._turn = (turn, said)
            self.say(said, urgent=True)

    def _of_wait(self, panel: PanelView) -> str:
        """Said of the open turn by now; a breach is the relay's to say."""
        wait = panel.wait_ms or 0
        desk = self._bridge.client.view.desk is not None
        if panel.breach_confirmed:
            return ""
        if desk:
            soon = panel.promise_ms - SOON_MS <= wait < panel.promise_ms
            return shell.seconds_left(SOON_MS // 1000) if soon else ""
        return shell.promise_over(panel.promise_ms // 1000) if wait >= panel.promise_ms else ""
