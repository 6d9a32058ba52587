"""The tour's hand: real clicks and keys on what a person could see and reach, nothing else."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QInputMethodEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QLabel,
    QMenu,
    QScrollArea,
    QWidget,
)
from tests.tour.deadline import Deadline

from miaohui.desktop.widgets.label import Elided

__all__ = ["CannotDo", "Hand"]

W = TypeVar("W", bound=QWidget)
LOOK_S = 0.03  # between two looks at the screen


class CannotDo(Exception):
    """Something a person at this window could not do now; the message says what and why."""


class Hand:
    """Clicks, writes and waits at one window. Every wait ends at the deadline at the latest."""

    def __init__(self, window: QWidget, deadline: Deadline) -> None:
        self._window, self._deadline = window, deadline

    # --- finding -----------------------------------------------------------------------------
    def find(self, kind: type[W], words: str, within: QWidget | None = None) -> W:
        """The visible widget of this class that bears these words: its text, accessible name,
        placeholder or object name. CannotDo where there is none."""
        found = self.seek(kind, words, within)
        if found is None:
            raise CannotDo(f"there is no visible {kind.__name__} {words!r}")
        return found

    def seek(self, kind: type[W], words: str, within: QWidget | None = None) -> W | None:
        """Like `find`, but None where there is none."""
        for one in self.all_of(kind, within):
            if words in _words_of(one):
                return one
        return None

    def all_of(self, kind: type[W], within: QWidget | None = None) -> list[W]:
        """Every visible widget of this class, in the order of their making."""
        root = within or self._window
        found = [one for one in root.findChildren(kind) if one.isVisible()]
        if isinstance(root, kind) and root.isVisible():
            found.insert(0, root)
        return found

    def says(self, words: str, within: QWidget | None = None) -> bool:
        """Whether a visible label contains these words."""
        return any(words in one.text() for one in self.all_of(QLabel, within))

    def tick(self, box: QCheckBox) -> None:
        """Clicks a box where its mark is."""
        self.click(box, QPoint(box.height() // 2, box.height() // 2))

    # --- clicking ----------------------------------------------------------------------------
    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Clicks it where a person's pointer would land; what covers it there is not ignored."""
        self._reach(widget)
        spot = at or widget.visibleRegion().boundingRect().center()
        top = widget.window()
        hit = top.childAt(widget.mapTo(top, spot)) if top is not widget else widget
        if hit is None or not (hit is widget or widget.isAncestorOf(hit)):
            over = "nothing" if hit is None else f"{type(hit).__name__} {_name_of(hit)!r}"
            raise CannotDo(f"{_called(widget)} is covered: {over} lies there")
        where = hit.mapFrom(top, widget.mapTo(top, spot))
        _move(hit, where)
        QTest.mouseClick(hit, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)

    async def hint(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Rests the pointer on it until its hint would come, and asks for it."""
        self._reach(widget)
        spot = at or widget.rect().center()
        _move(widget, spot)
        asked = QHelpEvent(QEvent.Type.ToolTip, spot, widget.mapToGlobal(spot))
        QApplication.sendEvent(widget, asked)
        await self.rest(0.2)

    def wheel(self, widget: QWidget, pixels: int) -> None:
        """Turns the wheel over what scrolls it: positive scrolls down."""
        around: QWidget | None = widget
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if around is not None:
            widget = around.viewport()
        spot = QPointF(widget.rect().center())
        turned = QWheelEvent(
            spot,
            QPointF(widget.mapToGlobal(spot.toPoint())),
            QPoint(0, -pixels),
            QPoint(0, -pixels),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, turned)

    def click_row(self, view: QAbstractItemView, index: QModelIndex) -> None:
        """Clicks a row of a list, scrolled to where it is not on screen."""
        if not index.isValid():
            raise CannotDo(f"{_called(view)} has no such row")
        view.scrollTo(index)
        box = view.visualRect(index).intersected(view.viewport().rect())
        if box.isEmpty():
            raise CannotDo(f"row {index.row()} of {_called(view)} is not on screen")
        self.click(view.viewport(), box.center())

    async def choose(self, opener: QWidget, words: str) -> None:
        """Opens a button's menu and clicks the entry that contains these words."""
        self.click(opener)
        await self.pick(words)

    async def context(self, widget: QWidget, at: QPoint, words: str) -> None:
        """Opens the menu of a place by the right button and clicks the entry of these words."""
        _move(widget, at)
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
        QApplication.sendEvent(widget, asked)
        await self.pick(words)

    async def pick(self, words: str) -> None:
        """Clicks the entry that contains these words in the menu that is open."""
        await self.until(_open_menus, "the menu opened")
        menu = _open_menus()[-1]
        for action in menu.actions():
            if words in action.text().replace("&", "") and action.isEnabled():
                spot = menu.actionGeometry(action).center()
                _move(menu, spot)
                QTest.mouseClick(
                    menu, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot
                )
                await self.until(self._window.isActiveWindow, "the menu gave the keyboard back")
                return
        offered = ", ".join(one.text() for one in menu.actions())
        menu.close()
        raise CannotDo(f"the menu has no entry {words!r}; it has {offered}")

    def take_keyboard(self) -> None:
        """A window manager gives the keyboard back when a menu or dialog has closed; off screen
        there is none that would."""
        active = QApplication.activeWindow()
        if (active is None or not active.isVisible()) and not _open_menus():
            self._window.activateWindow()

    # --- writing -----------------------------------------------------------------------------
    def write(self, field: QWidget, text: str) -> None:
        """Clicks into a field and writes: ASCII by keys, anything else as an input method does
        it, composed first and committed then."""
        self.click(field)
        self.write_on(text)

    def write_on(self, text: str) -> None:
        """Writes where the focus is."""
        for part in _parts(text):
            target = QApplication.focusWidget()
            if target is None or not self._window.isAncestorOf(target):
                active = QApplication.activeWindow()
                held = "nothing" if active is None else _called(active)
                raise CannotDo(f"no field has the keyboard; {held} is active")
            if part.isascii():
                QTest.keyClicks(target, part)
            else:
                composing = QInputMethodEvent(part, [])
                QApplication.sendEvent(target, composing)
                done = QInputMethodEvent("", [])
                done.setCommitString(part)
                QApplication.sendEvent(target, done)
                QTest.keyRelease(target, Qt.Key.Key_Space)  # the key that chose the words

    def press(self, keys: str) -> None:
        """Presses a key or a combination ("Return", "Ctrl+K", "Esc") where the focus is."""
        target = QApplication.focusWidget() or self._window
        QTest.keySequence(target, QKeySequence(keys))

    def clear(self, field: QWidget) -> None:
        """Empties a field as a person does."""
        self.click(field)
        self.press("Ctrl+A")
        self.press("Backspace")

    # --- waiting -----------------------------------------------------------------------------
    async def until(
        self, done: Callable[[], object], what: str, *, at_most: float = math.inf
    ) -> None:
        """Until `done()` is true; CannotDo("waited … for …") where that does not come while the
        step has time. ``at_most``: seconds, where there is another way to go on."""
        patience = min(at_most, self._deadline.left_s())
        try:
            async with asyncio.timeout(max(0.0, patience)):
                while True:
                    self.take_keyboard()
                    if done():
                        return
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise CannotDo(f"waited {patience:.0f} s and this did not come: {what}") from None

    async def rest(self, seconds: float) -> None:
        """A moment, so that the eye (and layouts, and fades) can follow."""
        self.take_keyboard()
        await asyncio.sleep(min(seconds, max(0.0, self._deadline.left_s())))
        self.take_keyboard()

    def _reach(self, widget: QWidget) -> None:
        """Brings it into sight and makes sure that it can be used."""
        if not widget.isVisible():
            raise CannotDo(f"{_called(widget)} is not visible")
        if not widget.isEnabled():
            raise CannotDo(f"{_called(widget)} cannot be used now")
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget, 0, 0)
            parent = parent.parentWidget()
        if widget.visibleRegion().isEmpty():
            raise CannotDo(f"{_called(widget)} is out of sight")


def cut_labels(root: QWidget, spare: QSize | None = None) -> Sequence[str]:
    """Texts of visible labels that do not fit their place and do not say so with an ellipsis."""
    spare = spare or QSize(1, 1)
    found = []
    for one in root.findChildren(QLabel):
        text = "" if isinstance(one, Elided) else one.text()
        if not one.isVisible() or not text or one.visibleRegion().isEmpty():
            continue
        if one.wordWrap():
            fits = one.heightForWidth(one.width()) <= one.height() + spare.height()
        else:
            fits = one.sizeHint().width() <= one.width() + spare.width()
        if not fits and "…" not in text and one.minimumSizeHint().width() > 4:
            found.append(text)
    return found


def _words_of(widget: QWidget) -> tuple[str, ...]:
    said = [widget.accessibleName(), widget.objectName()]
    for name in ("text", "placeholderText", "title"):
        value = widget.property(name)
        if isinstance(value, str):
            said.append(value.replace("&&", "&"))
    return tuple(one for one in said if one)


def _name_of(widget: QWidget) -> str:
    return next(iter(_words_of(widget)), "")


def _called(widget: QWidget) -> str:
    name = _name_of(widget)
    return f"{type(widget).__name__} {name!r}" if name else type(widget).__name__


def _move(widget: QWidget, at: QPoint) -> None:
    """The pointer arrives; not by QTest, whose way lets the loop run inside our own step."""
    spot = QPointF(at)
    none = Qt.MouseButton.NoButton
    moved = QMouseEvent(
        QEvent.Type.MouseMove,
        spot,
        QPointF(widget.mapToGlobal(at)),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, moved)


def _open_menus() -> list[QMenu]:
    return [
        one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()
    ]


def _parts(text: str) -> list[str]:
    """Runs of ASCII and runs of anything else, in order."""
    parts: list[str] = []
    for character in text:
        if parts and parts[-1].isascii() == character.isascii():
            parts[-1] += character
        else:
            parts.append(character)
    return parts
