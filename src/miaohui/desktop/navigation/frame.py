"""The window's frame: splash, rows, sheets, title and style sheet; what pages may lean on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.look.place import DESIGNED, fitting, smallest
from miaohui.desktop.look.splash import Splash
from miaohui.desktop.widgets.screenarea import area_of

if TYPE_CHECKING:
    from miaohui.desktop.bridge import Bridge
    from miaohui.desktop.navigation.rail import Rail
    from miaohui.desktop.navigation.status_lines import StatusLines
    from miaohui.desktop.pages.start import StartPage
    from miaohui.desktop.widgets.keyboard import Keyboard
    from miaohui.desktop.widgets.sheet import Sheet

__all__ = ["WindowFrame"]


class WindowFrame(QMainWindow):
    """Shown behind its splash; ``furnish`` builds the first page. Signals: ``closing``,
    ``practice_asked``."""

    closing = Signal()
    practice_asked = Signal()

    def __init__(self, splash: Splash) -> None:
        super().__init__()
        self.rail: Rail | None = None
        self.strip: StatusLines | None = None
        self._sheet: Sheet | None = None
        self._keyboard: Keyboard | None = None
        self.first_page: StartPage | None = None
        self._page_words, self._unread = "", 0
        self.setWindowTitle("秒回 Miaohui")
        self.take_place(())
        self.setCentralWidget(splash)

    def furnish(self, bridge: Bridge) -> None:
        """The first page in place of the splash: the two doors at the first start, else the
        rail beside an empty page."""
        from miaohui.desktop.look.stylesheet import Stylesheet
        from miaohui.desktop.strings import shell
        from miaohui.desktop.widgets.keyboard import Keyboard
        from miaohui.desktop.widgets.spoken import HOST, set_spoken_role

        self._bridge = bridge
        self.setWindowTitle(shell.app_name())
        self._root = QWidget()
        self._root.setObjectName("paper")
        set_spoken_role(self._root, HOST)
        self._keyboard = Keyboard(self)
        self._row = QHBoxLayout(self._root)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.stack = QStackedWidget()
        self._column.addWidget(self.stack)
        self._row.addLayout(self._column, 1)
        if not bridge.settings.relay_url:
            from miaohui.desktop.pages.start import StartPage

            self.first_page = StartPage(bridge)
            self.stack.addWidget(self.first_page)
        else:
            from miaohui.desktop.navigation.rail import Rail

            self.rail = Rail(bridge.look)
            self._row.insertWidget(0, self.rail)
        self.stylesheet = Stylesheet(self._root, bridge.look, bridge.scheduler)
        self.stylesheet.wear(self._root)
        self.setCentralWidget(self._root)

    def take_place(self, left: Sequence[int]) -> None:
        """Goes where it was left (x, y, width, height, 1 where maximised), within today's screens."""
        whole = len(left) == 5
        wanted = QRect(left[0], left[1], left[2], left[3]) if whole else QRect()
        screen = QGuiApplication.screenAt(wanted.center()) if whole else None
        available = area_of(self) if screen is None else screen.availableGeometry()
        if QGuiApplication.platformName() == "offscreen":
            # A screen of 800 x 800 that nobody looks at.
            available = QRect(0, 0, 2 * DESIGNED.width(), 2 * DESIGNED.height())
        self.setMinimumSize(smallest(available.size()))
        place = fitting(wanted, available)
        # Where it was never left, the desktop knows best where a new window goes.
        self.setGeometry(place) if whole else self.resize(place.size())
        if whole and left[4]:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def place(self) -> tuple[int, ...]:
        """As ``take_place`` takes it."""
        rect = self.normalGeometry() if self.isMaximized() else self.geometry()
        return (rect.x(), rect.y(), rect.width(), rect.height(), int(self.isMaximized()))

    @property
    def root(self) -> QWidget:
        """The widget that sheets and toasts are laid over."""
        return self._root

    def show_sheet(self, body: QWidget, *, width: int = 640) -> Sheet:
        """A dialog over the pages; the one before it goes."""
        from miaohui.desktop.widgets.sheet import Sheet

        if self._sheet is not None:
            self._sheet.close_sheet()
        sheet = Sheet(
            self._root, self._bridge.look, body, width=width, scheduler=self._bridge.scheduler
        )
        sheet.closed.connect(self._sheet_closed)
        self._sheet = sheet
        return sheet

    @property
    def sheet(self) -> Sheet | None:
        return self._sheet

    def _sheet_closed(self) -> None:
        if self.sender() is self._sheet:
            self._sheet = None

    def set_page_title(self, words: str) -> None:
        self._page_words = words
        self._retitle()

    def set_unread(self, count: int) -> None:
        """Messages that nobody has read: in the title, and at the program's icon where the
        desktop has a place for it."""
        self._unread = count
        self._retitle()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.setBadgeNumber(count)

    def _retitle(self) -> None:
        from miaohui.desktop.strings import shell

        practice = self._bridge.is_attached and self._bridge.client.view.link.practice
        words = self._page_words
        title = shell.window_title(words, practice=practice) if words else shell.app_name()
        self.setWindowTitle(f"({self._unread}) {title}" if self._unread else title)

    def focusNextPrevChild(self, next: bool) -> bool:
        if self._keyboard is not None and self._keyboard.stays():
            return True
        return super().focusNextPrevChild(next)

    def may_leave(self) -> bool:
        """True where closing the window needs no question."""
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_leave():
            event.ignore()
            return
        self.closing.emit()
        super().closeEvent(event)
