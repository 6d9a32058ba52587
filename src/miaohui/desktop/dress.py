"""The window's dress: its style sheet, worn section by section.

One sheet on the whole window would be applied to every widget of every page in one go, which
answers nobody for half a second. So plain containers wear none (they show the window's ground
through), and each section inside them wears its own. When the look changes, the sections change
one a turn of the loop, those on screen first; nothing is painted until they have.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QTimer
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

from miaohui.desktop.look import Look
from miaohui.runtime.clock import stamp_ns

__all__ = ["Dress"]

TURN_NS = 15_000_000  # of one turn of the loop; one section at least
FEW = 12  # a plain container with fewer widgets in it is one section
# Names with a ground of their own in the sheet, or around something that has its own sheet.
OF_ITS_OWN = ("onCard", "rail", "column", "held")
PARTS = (QFrame, QAbstractButton, QAbstractSlider, QAbstractSpinBox, QLineEdit)


class Dress(QObject):
    """Dresses what stands in ``root`` and follows the look."""

    def __init__(self, root: QWidget, look: Look) -> None:
        super().__init__(root)
        self._root, self._look = root, look
        self._late: list[QWidget] = []  # sections whose sheet is still the one before
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._next)
        self._sheet, self._look_no = "", 0
        self._open(root)
        self._base()
        look.changed.connect(self._follow)

    def wear(self, part: QWidget) -> None:
        """A part that is new here, or is about to be shown, has the present look."""
        sections = list(self._sections(part))
        for section in sections:
            self._put_on(section)
        self._late = [one for one in self._late if one not in sections]

    @property
    def is_settled(self) -> bool:
        """Whether everybody wears the present look."""
        return not self._late

    def hurry(self, page: QWidget) -> None:
        """A page that is about to be shown does not wait for its turn."""
        from shiboken6 import isValid

        mine = [one for one in self._late if isValid(one) and page.isAncestorOf(one)]
        for section in mine:
            self._put_on(section)
        self._late = [one for one in self._late if one not in mine]

    def _base(self) -> None:
        """What the sheet leaves open comes from the application."""
        from miaohui.desktop import styles
        from miaohui.desktop.theme import ui_font

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
        self._turn.start()

    def _next(self) -> None:
        from shiboken6 import isValid

        while self._late and not isValid(self._late[0]):
            self._late.pop(0)
        if not self._late or not self._late[0].isVisible():
            self._root.setUpdatesEnabled(True)
        if not self._late:
            self._turn.stop()
            return
        began = stamp_ns()
        while self._late and stamp_ns() - began < TURN_NS:
            section = self._late.pop(0)
            if isValid(section):
                self._put_on(section)

    def _put_on(self, section: QWidget) -> None:
        if section.property("dressed") == self._look_no:
            return
        section.setProperty("dressed", self._look_no)
        # What was dressed by itself before it came to lie in here would keep the look of then.
        for inner in section.findChildren(QWidget):
            if inner.property("dressed"):
                inner.setProperty("dressed", None)
                inner.setStyleSheet("")
        if section.styleSheet() != self._sheet:  # a dialog comes dressed
            section.setStyleSheet(self._sheet)

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Somebody put a new part into a plain container, or opened a dialog over it.
        if event.type() == QEvent.Type.ChildPolished:
            child = event.child()  # type: ignore[attr-defined]
            if isinstance(child, QWidget) and not child.property("undressed"):
                self.wear(child)
        return False
