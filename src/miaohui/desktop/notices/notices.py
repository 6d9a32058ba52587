"""The one path to a person's eye: what happened becomes a toast, and where nobody looks at the
window, a notification of the system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from miaohui.client.snapshots import CommandFailed, Notice, NoticeCode
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.notices.toast import Toasts
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.system.tray import Notifier
from miaohui.wire.accounts import Role

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Notices"]

# What the conversation itself says where it is on screen.
ON_SCREEN = {NoticeCode.BREACH, NoticeCode.ENDS_SOON, NoticeCode.CLOSED}
IN_A_SHEET = {NoticeCode.RELAY_KEY_CHANGED}  # asked in the middle of the window: no toast
# Worth leaving another program for; the rest waits in the window.
OUTSIDE = {
    NoticeCode.BREACH,
    NoticeCode.ENDS_SOON,
    NoticeCode.CLOSED,
    NoticeCode.MESSAGE,
    NoticeCode.INCOMING,
    NoticeCode.RECEIPT_BROKEN,
    NoticeCode.DOUBT,
    *IN_A_SHEET,
}


class Notices(QObject):
    """Signals: ``session_asked(session)``: the person wants to see what a notice is about."""

    session_asked = Signal(str)

    def __init__(self, bridge: Bridge, window: QWidget, host: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self.session_on_screen: Callable[[], str] = lambda: ""
        self.toasts = Toasts(host, bridge.look)
        self._notifier = Notifier(window)
        bridge.notice.connect(self._heard)
        bridge.command_failed.connect(self._failed)
        bridge.trouble.connect(self._trouble)

    def say(self, text: str) -> None:
        """A sentence for the person, now."""
        self.toasts.show(text)

    def _heard(self, notice: Notice) -> None:
        length = "" if notice.ms is None else amounts.clock(notice.ms)
        talk = self._bridge.client.session(notice.session) if notice.session else None
        doubt = notice.code is NoticeCode.DOUBT
        name = "" if doubt else notice.name
        name = name or ("" if talk is None else talk.card.peer_name)
        account = self._bridge.client.view.account
        answers = account is not None and account.role is Role.RESPONDER
        kind = notice.name if doubt else ""
        words = shell.notice(notice.code, name, length, kind=kind, responder=answers)
        if not words:
            return
        if notice.code is NoticeCode.ENDS_SOON and not self._bridge.settings.ends_notice:
            return
        looked_at = self._window.isActiveWindow()
        if self._bridge.settings.notifications and not looked_at and notice.code in OUTSIDE:
            self._notifier.show(shell.app_name(), words)
        if notice.code in IN_A_SHEET:
            return
        if notice.code is NoticeCode.MESSAGE and looked_at:
            return  # the list shows it
        shown = self.session_on_screen()
        if looked_at and notice.session and notice.session == shown and notice.code in ON_SCREEN:
            return  # the panel and the conversation say it where the person looks
        if notice.code is NoticeCode.BREACH and self._bridge.look.calm:
            return  # nobody in calm mode is told of seconds
        if notice.session:
            session = notice.session
            self.toasts.show(words, shell.open_(), lambda: self.session_asked.emit(session))
        else:
            self.toasts.show(words)

    def _failed(self, failure: CommandFailed) -> None:
        sentence = errors.sentence(failure.code, failure.detail)
        if failure.text:
            sentence = f"{sentence} {shell.words_back()}"
        self.toasts.show(sentence)

    def _trouble(self, code: str, detail: str, retry_ms: int) -> None:
        self.toasts.show(errors.sentence(code, detail, retry_ms))
