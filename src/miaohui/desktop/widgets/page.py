"""Parts of the window that are built in steps: panes, and the pages that the rail leads to."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from miaohui.desktop.widgets.button import button

__all__ = ["Pane", "WindowPage"]


class Pane(QWidget):
    """``steps`` build it, a little each; whoever shows it takes them first. ``foot`` stays in
    sight below it where it must be scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: Iterator[None] = self._steps()
        self.foot: QWidget | None = None

    def _steps(self) -> Iterator[None]:
        yield from ()

    def _close_below(self, words: str) -> QPushButton:
        """A foot with one button, which has the keyboard from the first."""
        self.foot = QWidget(self)
        row = QHBoxLayout(self.foot)
        row.setContentsMargins(24, 6, 24, 18)
        row.addStretch(1)
        press = button(words, "primary")
        press.setProperty("focusFirst", True)
        row.addWidget(press)
        return press


class WindowPage(Pane):
    """Whatever the window's frame asks of what it shows."""

    @property
    def session(self) -> str:
        """The conversation that stands on it, or empty."""
        return ""

    def focus_search(self) -> bool:
        """Puts the cursor in its own search; False where it has none."""
        return False

    def step_back(self) -> bool:
        """Esc: leaves what lies over it; False where nothing does."""
        return False
