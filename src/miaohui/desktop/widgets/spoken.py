"""The places that a screen reader hears of by another role than their class has.

A widget says which by ``set_spoken_role``; a dialog is named by its title and described by what it
says, and while one is open, what lies behind it is not there for the reader.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QLabel, QWidget
from shiboken6 import isValid

__all__ = [
    "DIALOG",
    "HOST",
    "NOTIFICATION",
    "install",
    "set_spoken_role",
    "show_spoken",
    "terms_of",
    "title_of",
]

BY_LABEL = sys.platform.startswith("linux")
ROLE = "spokenRole"
DIALOG, HOST, NOTIFICATION = "dialog", "host", "notification"
TITLES = ("title", "heading")
MOST_CHARS = 800  # of a dialog's words; the rest is read by walking through it

_kept: list[QAccessibleInterface] = []
_installed: list[object] = []


def set_spoken_role(widget: QWidget, role: str) -> None:
    """Before anybody asked for the widget's interface: Qt keeps the first one."""
    install()
    widget.setProperty(ROLE, role)


def show_spoken(note: QLabel, text: str) -> None:
    """Shows a note that a reader says by itself, too: the outcome of what was just pressed. The
    note has the role of a notification; see ``notices.announcer`` for why, on Linux, that is it."""
    note.hide()
    note.setText(text)
    note.setAccessibleName(text)
    note.show()
    if not BY_LABEL and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(note, text))


def install() -> None:
    """Once a process; a second call does nothing."""
    if not _installed:
        _installed.append(_made)
        QAccessible.installFactory(_made)


def title_of(dialog: QWidget) -> str:
    """The first heading on it, or the name that somebody gave it."""
    for one in dialog.findChildren(QLabel):
        if one.property("kind") in TITLES and one.text():
            return one.text()
    return ""


def terms_of(dialog: QWidget) -> str:
    """All that it says, without the title: what is agreed to is heard before the button."""
    title = title_of(dialog)
    said = [
        one.text()
        for one in dialog.findChildren(QLabel)
        if one.isVisible() and one.text() and one.text() != title
    ]
    return " ".join(said)[:MOST_CHARS]


class _DialogInterface(QAccessibleWidget):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Dialog, "")
        self._dialog = widget

    def text(self, kind: QAccessible.Text) -> str:
        if kind is QAccessible.Text.Name:
            return self._dialog.accessibleName() or title_of(self._dialog)
        if kind is QAccessible.Text.Description:
            return terms_of(self._dialog)
        return super().text(kind)

    def state(self) -> QAccessible.State:
        state = super().state()
        state.modal = True
        return state


class _HostInterface(QAccessibleWidget):
    """Its children, or the topmost dialog alone."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Client, "")
        self._host = widget

    def _dialog(self) -> QAccessibleInterface | None:
        over = [
            one
            for one in self._host.children()
            if isinstance(one, QWidget) and one.property(ROLE) == DIALOG and one.isVisible()
        ]
        return QAccessible.queryAccessibleInterface(over[-1]) if over else None

    def childCount(self) -> int:
        return 1 if self._dialog() is not None else super().childCount()

    def child(self, index: int) -> QAccessibleInterface:
        dialog = self._dialog()
        return super().child(index) if dialog is None else dialog

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        dialog = self._dialog()
        if dialog is None:
            return super().indexOfChild(child)
        return 0 if child.object() is dialog.object() else -1


class _NotificationInterface(QAccessibleWidget):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Notification, "")


INTERFACES: dict[str, Callable[[QWidget], QAccessibleInterface]] = {
    DIALOG: _DialogInterface,
    HOST: _HostInterface,
    NOTIFICATION: _NotificationInterface,
}


def _made(_key: str, thing: QObject | None) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget):
        return None
    make = INTERFACES.get(str(thing.property(ROLE)))
    if make is None:
        return None
    # Qt deletes an interface with its widget; until then Python's half of it has to be there.
    _kept[:] = [one for one in _kept if isValid(one)]
    made = make(thing)
    _kept.append(made)
    return made
