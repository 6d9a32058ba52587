"""The keyboard's place when the widget that had it is hidden or cannot be used for now."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

__all__ = ["Keyboard"]

BACK = (QEvent.Type.EnabledChange, QEvent.Type.ShowToParent)


class Keyboard(QObject):
    """Of one window, or of one sheet in it.

    Qt hands the keyboard on to whatever comes next in the whole window: a button that is dead
    while its work runs sent people from the end of a page to the rail. Here it stays with the
    nearest surroundings, from where Tab goes on, and comes back when the button does.
    """

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._left: QWidget | None = None
        self._holder: QWidget | None = None

    def stays(self) -> bool:
        """To be asked first in ``focusNextPrevChild``: True where the widget with the keyboard
        is going, and its surroundings have it now."""
        now = self._host.window().focusWidget()
        if now is None or not self._host.isAncestorOf(now) or _usable(now):
            return False
        holder = now.parentWidget()
        while holder is not None and holder is not self._host and not _usable(holder):
            holder = holder.parentWidget()
        if holder is None or not _usable(holder):
            return False
        self._forget()
        self._left, self._holder = now, holder
        now.installEventFilter(self)
        holder.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _forget(self) -> None:
        # One that Qt has deleted took its filter along.
        self._left = self._holder = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._left:
            watched.removeEventFilter(self)
        elif event.type() in BACK and _usable(self._left):
            watched.removeEventFilter(self)
            back, holder = self._left, self._holder
            self._forget()
            if self._host.window().focusWidget() is holder:
                back.setFocus(Qt.FocusReason.OtherFocusReason)
        return False


def _usable(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled()
