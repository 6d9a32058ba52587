"""Buttons: primary, plain, quiet, chips and menu buttons; each with a name, a key, a ring."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QActionGroup, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
)

from miaohui.desktop.look import sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.icon import tinted
from miaohui.desktop.widgets.label import label

__all__ = ["MenuButton", "button", "chip", "fold", "icon_button", "one_of", "sentence"]


class Button(QPushButton):
    """Its words are words: no character in them is a key or a trick."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setText(text)

    def setText(self, text: str) -> None:
        self._words = sanitize.line(text).replace("&", "&&")
        super().setText(self._words)

    def fold(self, width: int) -> None:
        """Its words in as many lines as they need."""
        super().setText(self._words)
        metrics = self.fontMetrics()
        edges = self.sizeHint().width() - metrics.horizontalAdvance(self._words)
        if self.sizeHint().width() <= width:
            return
        between = " " if " " in self._words else ""
        lines = [""]
        for part in self._words.split() if between else self._words:
            longer = f"{lines[-1]}{between}{part}".strip()
            if lines[-1] and metrics.horizontalAdvance(longer) > width - edges:
                lines.append(part)
            else:
                lines[-1] = longer
        super().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter presses what has the keyboard, as in a dialog; a chip is chosen by the space bar,
        # and Enter goes on to what the page is for. One held down presses nothing.
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not enter or self.isCheckable():
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(sanitize.line(name))


def fold(press: QPushButton, width: int) -> None:
    """A button of ours fits into ``width``, in more than one line where it must."""
    if isinstance(press, Button):
        press.fold(width)


def button(text: str = "", kind: str = "plain", *, name: str = "") -> QPushButton:
    """``kind``: primary (one a page), outline, plain, quiet, link."""
    made = Button(text)
    _set_up(made, kind, name)
    return made


def _set_up(made: Button, kind: str, name: str) -> None:
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if name:
        made.setAccessibleName(name)


class _Sentence(Button):
    """Its words stand in as many lines as they take, in a label that no click reaches."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 3, 5, 3)
        words = label(sanitize.line(text), "sentence", wrap=True)
        words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column.addWidget(words)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout is not None else -1

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalSizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return layout.totalMinimumSize() if layout is not None else super().minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()


def sentence(text: str) -> QPushButton:
    """A mistake in words, and the way to its place; as wide as there is room."""
    made = _Sentence(text)
    _set_up(made, "mistake", text)
    return made


def chip(text: str = "", *, checkable: bool = True) -> QPushButton:
    """A filter or a choice, on or off."""
    made = button(text, "chip")
    made.setCheckable(checkable)
    return made


def one_of(group: QButtonGroup, made: QPushButton) -> None:
    """One choice of several, of which one holds: a radio button for a screen reader. Qt asks the
    group, and not the siblings, which others it excludes."""
    made.setAutoExclusive(True)
    group.addButton(made)


class _IconButton(Button):
    """Follows the look as long as it is there: a method's connection goes with its object."""

    def __init__(self, look: Look, icon: str) -> None:
        super().__init__("")
        self._look, self._icon = look, icon
        look.changed.connect(self._tint)

    def _tint(self) -> None:
        side = self._look.px(18)
        self.setIcon(tinted(self._icon, self._look.color("ink2"), side))
        self.setIconSize(QSize(side, side))


def icon_button(look: Look, icon: str, name: str) -> QPushButton:
    """A button that shows only a picture; ``name`` is its tool tip and accessible name."""
    made = _IconButton(look, icon)
    _set_up(made, "icon", name)
    made.setToolTip(name)
    made._tint()
    return made


class MenuButton(QPushButton):
    """A button that opens a list of choices, one of them current.

    The menu is shown with ``popup``, never ``exec``: the network goes on meanwhile.
    """

    def __init__(self, kind: str = "menu") -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self._menu = QMenu(self)
        self._prefix = ""
        self._choices: list[tuple[str, str]] = []
        self._current = ""
        self.chosen: Callable[[str], None] = lambda key: None
        self.clicked.connect(self._open)

    @property
    def current(self) -> str:
        return self._current

    def menu_shown(self) -> QMenu:
        """The menu itself, for tests and key handling."""
        return self._menu

    def set_choices(
        self, choices: Sequence[tuple[str, str]], current: str, prefix: str = ""
    ) -> None:
        """``choices``: key and words; ``prefix`` stands before the current one's words."""
        self._choices = [(key, sanitize.line(words)) for key, words in choices]
        self._prefix = prefix
        self._menu.clear()
        group = QActionGroup(self._menu)
        for key, words in self._choices:
            action = self._menu.addAction(words.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(key == current)
            action.triggered.connect(lambda _=False, key=key: self._choose(key))
            group.addAction(action)
        self._show(current)

    def _show(self, key: str) -> None:
        self._current = key
        words = next((words for one, words in self._choices if one == key), "")
        self.setText(f"{self._prefix}{words} ▾".replace("&", "&&"))
        self.setAccessibleName(f"{self._prefix}{words}")

    def _choose(self, key: str) -> None:
        self._show(key)
        self.chosen(key)

    def _open(self) -> None:
        self._menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))
