"""Closing the window while a paid session runs: asked first, with what each way costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from miaohui.client.snapshots import LinkState
from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import leaving as words
from miaohui.desktop.strings import shell
from miaohui.wire import sessions as wire
from miaohui.wire.accounts import Role

if TYPE_CHECKING:
    from miaohui.desktop.bridge import Bridge
    from miaohui.desktop.navigation.frame import WindowFrame
    from miaohui.desktop.widgets.sheet import Sheet
    from miaohui.wire.frame import Command
    from miaohui.wire.sessions import SessionCard

__all__ = ["Leaving"]


class Leaving(QObject):
    """Signals: ``left``: the window may go, whatever was to be done before is done."""

    left = Signal()

    def __init__(self, bridge: Bridge, window: WindowFrame) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._sheet: Sheet | None = None

    def may_leave(self) -> bool:
        """True where nothing runs that somebody pays for; else the question is on the screen. A
        log-out of the system's is not held up: the relay pauses by itself."""
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication) and app.isSavingSession():
            return True
        running = self._running()
        if not running:
            return True
        if self._sheet is None:
            self._ask(running)
        return False

    def _running(self) -> Sequence[SessionCard]:
        # Local practice ends with the window, and costs nobody anything.
        if not self._bridge.is_hearing or self._bridge.settings.practice:
            return ()
        cards = self._bridge.client.view.sessions
        open_ = [one for one in cards if one.state != "closed"]
        return [one for one in open_ if self._phase(one.session) != "closed"]

    def _ask(self, running: Sequence[SessionCard]) -> None:
        from miaohui.desktop.widgets.asking import ask

        client = self._bridge.client
        live = client.view.link.state is LinkState.LIVE
        account = client.view.account
        pauses = [one for one in running if self._phase(one.session) in ("active", "waiting")]
        lines = [
            words.sessions([sanitize.line(one.peer_name) for one in running]),
            words.about_stay(),
        ]
        answers: list[tuple[str, str, Callable[[], None]]] = []
        if account is not None and account.role is not Role.CUSTOMER:
            lines.append(words.about_desk())
            answers.append((shell.close(), "plain", self.left.emit))
        elif not live:
            lines.append(words.about_offline())
            answers.append((shell.close(), "plain", self.left.emit))
        else:
            if pauses:
                lines.append(words.about_pause())
                answers.append((words.pause(), "plain", lambda: self._first(pauses, self._pause)))
            else:
                lines.append(words.about_paused())
                answers.append((shell.close(), "plain", self.left.emit))
            lines += [words.about_end(self._cost(one.session)) for one in running]
            answers.append((words.end(), "plain", lambda: self._first(running, self._end)))
        answers.append((words.stay(), "primary", self._window.showMinimized))
        self._sheet = ask(
            self._window,
            self._bridge.look,
            words.title(),
            "\n".join(lines),
            answers,
            leave=words.back(),
            scheduler=self._bridge.scheduler,
        )
        self._sheet.closed.connect(self._sheet_gone)

    def _sheet_gone(self) -> None:
        self._sheet = None

    def _phase(self, session: str) -> str:
        panel = self._bridge.client.panel(session)
        return "" if panel is None else panel.phase

    def _cost(self, session: str) -> str:
        from miaohui.desktop.pages.sessions.dealings import end_cost

        cost = self._bridge.client.if_ended(session)
        return "" if cost is None else end_cost(cost)

    def _pause(self, session: str) -> Command:
        return wire.Pause(id=self._bridge.new_id(), session=session)

    def _end(self, session: str) -> Command:
        return wire.End(id=self._bridge.new_id(), session=session, now=True)

    def _first(self, cards: Sequence[SessionCard], make: Callable[[str], Command]) -> None:
        """Does it with every one, and leaves when the relay has taken the last; what it refuses is
        said, and the window stays."""
        rest = list(cards)

        def following(_answer: object = None) -> None:
            if not rest:
                self.left.emit()
                return
            self._bridge.ask(self, make(rest.pop(0).session), following)

        following()
