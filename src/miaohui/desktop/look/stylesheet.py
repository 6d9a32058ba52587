"""The window's style sheet, worn section by section.

Qt reads a sheet anew for every widget that wears one and keeps what it read, a third of a megabyte
for this one. So the root wears the sheet that the window began with, and all inside it share that.
Another sheet on the root would be applied to every widget of every page in one go, which answers
nobody for half a second: when the look changes, each section takes on a sheet of its own (none
where the look is the first one again), one a turn of the loop, those on screen first; nothing is
painted until they have. The plain containers between root and sections have no look: the window's
ground shows through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QFrame,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from miaohui.desktop.look.look import Look
from miaohui.desktop.loop.scheduler import Scheduler

__all__ = ["Stylesheet"]

FEW = 12  # a plain container with fewer widgets in it is one section
# Names with a ground of their own in the sheet, or around something that has its own sheet.
OF_ITS_OWN = ("onCard", "rail", "column", "held")
PARTS = (QFrame, QAbstractButton, QAbstractSlider, QAbstractSpinBox, QLineEdit)


class Stylesheet(QObject):
    """Styles what stands in ``root`` and follows the look."""

    def __init__(self, root: QWidget, look: Look, scheduler: Scheduler | None = None) -> None:
        super().__init__(root)
        self._root, self._look = root, look
        self._scheduler = scheduler if scheduler is not None else Scheduler(self)
        self._late: list[QWidget] = []  # sections whose sheet is still the one before
        self._sheet, self._look_no = "", 0
        self._open(root)
        self._base()
        self._ground = self._sheet
        root.setStyleSheet(self._ground)
        look.changed.connect(self._follow)

    def wear(self, part: QWidget) -> None:
        """A part that is new here, or is about to be shown, has the present look."""
        sections = list(self._sections(part))
        for section in sections:
            self._put_on(section)
        self._late = [one for one in self._late if one not in sections]

    def wearing(self, part: QWidget) -> Iterator[None]:
        """The same in steps, for a part that nobody sees yet."""
        from shiboken6 import isValid

        for section in list(self._sections(part)):
            if isValid(section):
                self._put_on(section)
                yield
                section.ensurePolished()
                yield

    def catching_up(self, page: QWidget) -> Iterator[None]:
        """Steps that bring a hidden page up to the present look."""
        from shiboken6 import isValid

        for section in list(self._late):
            if isValid(section) and page.isAncestorOf(section):
                self._put_on(section)
                yield
        if self._measure(page):
            yield

    @property
    def is_settled(self) -> bool:
        """True where everybody wears the present look."""
        return not self._late

    def hurry(self, page: QWidget) -> None:
        """A page that is about to be shown does not wait for its turn."""
        from shiboken6 import isValid

        mine = [one for one in self._late if isValid(one) and page.isAncestorOf(one)]
        for section in mine:
            self._put_on(section)
        self._late = [one for one in self._late if one not in mine]
        self._measure(page)

    def _measure(self, page: QWidget) -> bool:
        """What was dressed anew while it was hidden has other sizes than its layouts remember."""
        if page.property("measured") == self._look_no:
            return False
        page.setProperty("measured", self._look_no)
        for one in page.findChildren(QWidget):
            one.updateGeometry()
        return True

    def _base(self) -> None:
        """What the sheet leaves open comes from the application."""
        from miaohui.desktop.look import styles
        from miaohui.desktop.look.theme import ui_font

        self._sheet, self._look_no = self._look.sheet(), self._look_no + 1
        QApplication.setFont(ui_font(self._look.scale))
        QApplication.setPalette(styles.palette(self._look.theme))

    def _follow(self) -> None:
        if self._look.sheet() == self._sheet:
            return  # calm mode, say
        self._root.setUpdatesEnabled(False)
        self._base()
        sections = list(self._sections(self._root))
        self._late = sorted(sections, key=lambda one: not one.isVisible())
        self._scheduler.begin(self._catch_up(lambda one: one.isVisible()), self._caught_up)

    def _catch_up(self, wanted: Callable[[QWidget], bool]) -> Iterator[None]:
        from shiboken6 import isValid

        while self._late:
            section = self._late[0]
            if isValid(section):
                if not wanted(section):
                    return
                self._put_on(section)
            self._late = self._late[1:] if self._late[:1] == [section] else self._late
            yield

    def _caught_up(self) -> None:
        # Behind whatever else the new look has begun: it is seen all at once.
        self._scheduler.begin(self._light_up())

    def _light_up(self) -> Iterator[None]:
        from shiboken6 import isValid

        self._late = [one for one in self._late if isValid(one)]
        if any(one.isVisible() for one in self._late):
            # A page came meanwhile: nothing is painted until it is dressed, too.
            self._late.sort(key=lambda one: not one.isVisible())
            self._scheduler.begin(self._catch_up(lambda one: one.isVisible()), self._caught_up)
        else:
            self._root.setUpdatesEnabled(True)
            self._scheduler.begin(self._catch_up(lambda _one: True))
        yield

    def _put_on(self, section: QWidget) -> None:
        if section.property("dressed") == self._look_no:
            return
        section.setProperty("dressed", self._look_no)
        # What was dressed by itself before it came to lie in here would keep the look of then.
        for inner in section.findChildren(QWidget):
            if inner.property("dressed"):
                inner.setProperty("dressed", None)
                inner.setStyleSheet("")
        own = "" if self._sheet == self._ground else self._sheet
        if section.styleSheet() not in (own, self._sheet):  # a dialog comes dressed
            section.setStyleSheet(own)

    # --- what wears a sheet ----------------------------------------------------------------------
    def _sections(self, part: QWidget) -> Iterator[QWidget]:
        if part.property("dressed") or not self._is_open(part):
            yield part
            return
        self._open(part)
        for child in part.children():
            if isinstance(child, QWidget):
                yield from self._sections(child)

    def _is_open(self, part: QWidget) -> bool:
        if part.property("undressed"):
            return True
        if part.isWindow() or part.property("kind") or part.objectName() in OF_ITS_OWN:
            return False
        if isinstance(part, QScrollArea | QStackedWidget):
            return True
        return not isinstance(part, PARTS) and len(part.findChildren(QWidget)) > FEW

    def _open(self, part: QWidget) -> None:
        if not part.property("undressed"):
            part.setProperty("undressed", True)
            part.installEventFilter(self)
            # What was polished before wears the root's look until it is asked again.
            style = part.style()
            style.unpolish(part)
            style.polish(part)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Somebody put a new part into a plain container, or opened a dialog over it.
        if event.type() == QEvent.Type.ChildPolished:
            child = event.child()  # type: ignore[attr-defined]
            known = child.property("undressed") or child.property("unmade")
            if isinstance(child, QWidget) and not known:
                self.wear(child)
        return False
