"""The main window: its frame brought to life, once there is a client to live on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miaohui.desktop.look.splash import Splash
from miaohui.desktop.navigation.frame import WindowFrame

if TYPE_CHECKING:
    from miaohui.desktop.checking.running import Running
    from miaohui.desktop.navigation.leaving import Leaving
    from miaohui.desktop.navigation.routes import Routes
    from miaohui.desktop.notices.notices import Notices

__all__ = ["MainWindow"]


class MainWindow(WindowFrame):
    """``begin`` adds notices and the ways between pages to the frame."""

    def __init__(self, splash: Splash) -> None:
        super().__init__(splash)
        self.routes: Routes | None = None
        self.notices: Notices | None = None
        self._key_asked = ""  # the id of the relay's other key that the person was asked about
        self._leaving: Leaving | None = None

    def begin(self, running: Running) -> None:
        """The bridge has its client: from here on the window lives."""
        from PySide6.QtGui import QKeySequence, QShortcut

        from miaohui.desktop.look.theme import covers_chinese
        from miaohui.desktop.loop.preload import ahead
        from miaohui.desktop.navigation.leaving import Leaving
        from miaohui.desktop.navigation.rail import Rail
        from miaohui.desktop.navigation.routes import Routes
        from miaohui.desktop.navigation.status_lines import StatusLines
        from miaohui.desktop.notices.notices import Notices

        if self.rail is None:
            self.rail = Rail(self._bridge.look)
            self.rail.hide()
            self._row.insertWidget(0, self.rail)
        self.strip = StatusLines()
        self._column.insertWidget(0, self.strip)
        self.notices = notices = Notices(self._bridge, self, self._root)
        self.routes = routes = Routes(self._bridge, self, notices, running)
        notices.session_on_screen = self._session_on_screen
        notices.page_on_screen = lambda: routes.now
        notices.unread_changed.connect(self.set_unread)
        find = QShortcut(QKeySequence("Ctrl+K"), self)
        find.activated.connect(routes.focus_search)
        leave = QShortcut(QKeySequence("Esc"), self)
        leave.activated.connect(routes.step_back)
        self._bridge.app_changed.connect(self._view_changed)
        self._bridge.app_changed.connect(self._key_changed)
        self._bridge.language_changed.connect(self._view_changed)
        self._bridge.update_changed.connect(self._update_changed)
        self._bridge.language_changed.connect(self._show_update)
        if not covers_chinese():
            self.strip.show_font_missing()
            if self._bridge.settings.language == "system":
                self._bridge.speak_english()  # boxes instead of letters help nobody
        if self._bridge.settings_recovered:
            from miaohui.client.snapshots import NoticeCode
            from miaohui.desktop.strings import shell

            notices.say(shell.notice(NoticeCode.SETTINGS_RECOVERED, "", ""))
        self._leaving = Leaving(self._bridge, self)
        self._leaving.left.connect(self.closing)
        self._view_changed()
        self._key_changed()
        self._bridge.scheduler.begin(ahead(), idle=True)

    def may_leave(self) -> bool:
        return self._leaving is None or self._leaving.may_leave()

    def _session_on_screen(self) -> str:
        """The conversation that is shown now, a customer's or one on the desk."""
        return "" if self.routes is None else self.routes.session_on_screen

    def practice_failed(self) -> None:
        """Practice did not start, or broke off."""
        if self.routes is not None:
            self.routes.page("start").practice_failed()
            self.routes.follow()
        if self.notices is not None:
            from miaohui.desktop.strings import start

            self.notices.say(start.practise_failed())

    def practice_progress(self, stage: str) -> None:
        if self.routes is not None and self.routes.now == "start":
            self.routes.page("start").practice_progress(stage)

    def practice_ready(self) -> None:
        if self.routes is not None:
            self.routes.page("start").practice_ready()

    def _key_changed(self) -> None:
        """The relay shows a key that nothing led to: asked once about each."""
        client = self._bridge.client
        known, shown = client.view.key_id, client.view.new_key_id
        if shown == self._key_asked:
            return
        self._key_asked = shown
        if not shown:
            return
        from miaohui.desktop.notices.keychange import KeyChange

        body = KeyChange(known, shown, client.accept_relay_key)
        sheet = self.show_sheet(body, width=560)
        body.decided.connect(sheet.close_sheet)

    def _update_changed(self) -> None:
        """A newer version is told of once, in passing; one that is needed stays in the strip."""
        notice = self._bridge.update
        self._show_update()
        if notice is not None and not notice.is_needed and self.notices is not None:
            from miaohui.desktop.strings import about

            self.notices.say(about.is_there(notice.version))

    def _show_update(self) -> None:
        notice = self._bridge.update
        if self.strip is not None:
            needed = notice is not None and notice.is_needed
            self.strip.show_update_needed(notice.version if notice and needed else "")

    def _view_changed(self) -> None:
        if self.strip is not None:
            view = self._bridge.client.view
            self.strip.show_view(view, practice=False)
