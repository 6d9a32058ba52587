"""The one path to a person's eye: what happened becomes a toast, and where nobody looks at the
window, a notification of the system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from miaohui.client.snapshots import CommandFailed, Notice, NoticeCode
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.notices.announcer import SpokenNews
from miaohui.desktop.notices.arrivals import Arrivals
from miaohui.desktop.notices.outside import Outside
from miaohui.desktop.notices.rest import RestReminder
from miaohui.desktop.notices.toast import Toasts
from miaohui.desktop.strings import errors, shell
from miaohui.wire.accounts import Role

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Notices"]

# What the conversation itself says where it is on screen.
ON_SCREEN = {NoticeCode.BREACH, NoticeCode.ENDS_SOON, NoticeCode.CLOSED, NoticeCode.MESSAGE}
IN_A_SHEET = {NoticeCode.RELAY_KEY_CHANGED}  # asked in the middle of the window: no toast
# What a page itself shows as it comes.
SHOWN_BY = {
    NoticeCode.INCOMING: "desk",
    NoticeCode.HANDOVER_WAITS: "desk",
    NoticeCode.STARTED: "sessions",
}


class Notices(QObject):
    """Signals: ``session_asked(session)`` and ``desk_asked``: the person wants to see what a
    notice is about; ``unread_changed(count)``."""

    session_asked = Signal(str)
    desk_asked = Signal()
    unread_changed = Signal(int)

    def __init__(self, bridge: Bridge, window: QWidget, host: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window, self._unread = bridge, window, 0
        self.session_on_screen: Callable[[], str] = lambda: ""
        self.toasts = Toasts(host, bridge.look)
        self.page_on_screen: Callable[[], str] = lambda: ""
        self.announcer = SpokenNews(bridge, host, lambda: self.session_on_screen())
        self.toasts.shown.connect(self.announcer.say)
        self.outside = Outside(bridge, window)
        self.outside.opened.connect(self._open)
        self._arrivals = Arrivals(bridge)
        self._arrivals.arrived.connect(self._heard)
        self._arrivals.passed.connect(self.outside.withdraw)
        bridge.session_changed.connect(self._count)
        bridge.notice.connect(self._heard)
        bridge.command_failed.connect(self._failed)
        bridge.trouble.connect(self._trouble)
        self._rest = RestReminder(bridge, self.say, self)

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
        if notice.code is NoticeCode.BREACH and self._bridge.look.calm:
            return  # nobody in calm mode is told of seconds
        self.announcer.tell(notice.code, words)
        looked_at = self._window.isActiveWindow()
        if not looked_at:
            self.outside.tell(notice, words)
        if notice.code in IN_A_SHEET:
            return
        if notice.code is NoticeCode.MESSAGE:
            return  # the list shows it
        if looked_at and self.page_on_screen() == SHOWN_BY.get(notice.code, "none"):
            return
        shown = self.session_on_screen()
        if looked_at and notice.session and notice.session == shown and notice.code in ON_SCREEN:
            return  # the panel and the conversation say it where the person looks
        if notice.session:
            subject = notice.session
            self.toasts.show(words, shell.open_(), lambda: self._open(subject))
        else:
            self.toasts.show(words)

    def _open(self, subject: str) -> None:
        """``subject``: a session, or what waits at the desk: an order, a handover."""
        desk = self._bridge.client.view.desk
        handed = desk is not None and any(one.session == subject for one in desk.handover_offers)
        if self._bridge.client.session(subject) is not None and not handed:
            self.session_asked.emit(subject)
        elif desk is not None:
            self.desk_asked.emit()

    def _count(self) -> None:
        unread = self._arrivals.unread
        if unread != self._unread:
            self._unread = unread
            self.unread_changed.emit(unread)

    def _failed(self, failure: CommandFailed) -> None:
        sentence = errors.sentence(failure.code, failure.detail)
        if failure.text:
            sentence = f"{sentence} {shell.words_back()}"
        self.toasts.show(sentence)

    def _trouble(self, code: str, detail: str, retry_ms: int) -> None:
        self.toasts.show(errors.sentence(code, detail, retry_ms))
