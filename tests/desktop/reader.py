"""A screen reader's ear and eye, for tests: the events that Qt tells, and the tree that it shows.

PySide has no handler of accessible events; Qt has one, and it is a plain function.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import PySide6
import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
)

INSTALL = "_ZN11QAccessible20installUpdateHandlerEPFvP16QAccessibleEventE"
HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
# Nothing is kept of the object: it may be half made, and Python would take it for its base class.
TOLD = {
    QAccessible.Event.Announcement,
    QAccessible.Event.ObjectShow,
    QAccessible.Event.ValueChanged,
    QAccessible.Event.DescriptionChanged,
    QAccessible.Event.DialogStart,
    QAccessible.Event.DialogEnd,
}
CONTROLS = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.EditableText,
    QAccessible.Role.Slider,
    QAccessible.Role.SpinBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.ButtonMenu,
    QAccessible.Role.List,
    QAccessible.Role.Table,
}


class Heard(NamedTuple):
    """``text``: an announcement's, or what the object is called by then."""

    kind: QAccessible.Event
    role: QAccessible.Role
    text: str


class Said(list[Heard]):
    """Every event since it began."""

    def texts(self) -> list[str]:
        """What a reader says by itself, in its order: announcements and notifications."""
        return [
            one.text
            for one in self
            if one.kind is QAccessible.Event.Announcement
            or (
                one.role is QAccessible.Role.Notification
                and one.kind is QAccessible.Event.ObjectShow
            )
        ]


@contextmanager
def reading() -> Iterator[Said]:
    """A reader runs; skips where Qt's function is not to be found."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the name of Qt's function is known for Linux")
    library = ctypes.CDLL(str(Path(PySide6.__path__[0], "Qt", "lib", "libQt6Gui.so.6")))
    install = library[INSTALL]
    install.argtypes, install.restype = [ctypes.c_void_p], ctypes.c_void_p
    said = Said()

    def hear(place: int) -> None:
        event = shiboken6.wrapInstance(place, QAccessibleEvent)
        if event.type() not in TOLD:
            return
        seen = event.accessibleInterface()
        role = QAccessible.Role.NoRole if seen is None else seen.role()
        text = "" if seen is None else name_of(seen)
        if event.type() is QAccessible.Event.Announcement:
            text = shiboken6.wrapInstance(place, QAccessibleAnnouncementEvent).message()
        said.append(Heard(event.type(), role, text))

    handler = HANDLER(hear)
    before = install(ctypes.cast(handler, ctypes.c_void_p))
    QAccessible.setActive(True)
    try:
        yield said
    finally:
        QAccessible.setActive(False)
        install(before)


def name_of(seen: QAccessibleInterface) -> str:
    return seen.text(QAccessible.Text.Name)


def walk(thing: QObject) -> Iterator[QAccessibleInterface]:
    """What a reader can reach from here, and sees."""

    def below(seen: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
        state = seen.state()
        if state.invisible:
            return
        yield seen
        for index in range(seen.childCount()):
            child = seen.child(index)
            if child is not None:
                yield from below(child)

    seen = QAccessible.queryAccessibleInterface(thing)
    assert seen is not None
    yield from below(seen)


def controls(thing: QObject) -> list[QAccessibleInterface]:
    return [one for one in walk(thing) if one.role() in CONTROLS and one.state().focusable]


def named(thing: QObject, role: QAccessible.Role) -> list[str]:
    return [name_of(one) for one in walk(thing) if one.role() is role]
