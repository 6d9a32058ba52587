"""A page on its way: built, dressed and laid out in small steps, out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from miaohui.desktop.loop.scheduler import finish
from miaohui.desktop.widgets.page import Pane

if TYPE_CHECKING:
    from miaohui.desktop.look.stylesheet import Stylesheet

__all__ = ["Assembly"]

P = TypeVar("P", bound=QWidget)


class Assembly(Generic[P]):
    """Whoever cannot wait has it finished at once; the steps that were taken are not taken again."""

    def __init__(self, page: P, stack: QStackedWidget, stylesheet: Stylesheet) -> None:
        self.page = page
        self.steps = self._steps(stack, stylesheet)

    def finish(self) -> P:
        """The page, ready to be shown."""
        finish(self.steps)
        return self.page

    def _steps(self, stack: QStackedWidget, stylesheet: Stylesheet) -> Iterator[None]:
        page = self.page
        # Not in its place before it is whole: whoever takes a picture of the window has Qt tell
        # every widget in it its size, hidden ones, too.
        if isinstance(page, Pane):
            yield from page.steps
        yield
        page.setProperty("unmade", True)  # to be dressed below, in steps
        # No page of the stack yet: an empty stack would show it undressed.
        page.setParent(stack)
        page.setProperty("unmade", None)
        yield from stylesheet.wearing(page)
        page.resize(stack.size())
        page.ensurePolished()
        yield
        stack.addWidget(page)
        inside = page.layout()
        if inside is not None:
            inside.activate()
        yield
        for inner in page.findChildren(QStackedWidget):
            for place in range(inner.count()):
                hidden = inner.widget(place)
                below = None if hidden is None else hidden.layout()
                if hidden is not None and below is not None and place != inner.currentIndex():
                    hidden.resize(inner.size())
                    below.activate()
                    yield
