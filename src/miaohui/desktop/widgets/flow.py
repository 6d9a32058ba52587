"""A layout that goes on in the next line where a row is full."""

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget
from shiboken6 import isValid

__all__ = ["FlowLayout"]


class FlowLayout(QLayout):
    """Lays its items from left to right, wrapping; heights follow the width."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        gap: int = 8,
        level: bool = False,
        middle: bool = False,
        push_last: bool = False,
    ) -> None:
        """``level``: items of one row stand on one line, however tall they are; ``middle``: their
        middles do. ``push_last``: the last item stands at the end of its row."""
        # Before the base: with a parent it asks for the items at once, and Qt knows no exceptions.
        self._share = 1.0 if level else 0.5 if middle else 0.0
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._push_last = push_last
        super().__init__(parent)
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def addLayout(self, layout: QLayout) -> None:  # noqa: N802
        """A row within the flow, kept together; its widgets come to lie in the same holder."""
        self.addChildLayout(layout)
        self.addItem(layout)

    def count(self) -> int:
        self._forget_gone()
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        self._forget_gone()
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._forget_gone()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def _forget_gone(self) -> None:
        # A row that its owner deleted leaves an item behind that raises at every call, and a
        # layout that raises is asked again and again.
        if not all(map(isValid, self._items)):
            self._items = [item for item in self._items if isValid(item)]

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        self._forget_gone()
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        self._forget_gone()
        x, y, row = rect.x(), rect.y(), 0
        begun: list[tuple[QLayoutItem, QRect]] = []
        for item in self._items:
            if item.isEmpty():  # hidden
                continue
            hint = item.sizeHint()
            width = min(hint.width(), max(rect.width(), 1))
            if x > rect.x() and x + width > rect.right() + 1:
                self._set(begun, row, move=move)
                x, y, row, begun = rect.x(), y + row + self._gap, 0, []
            high = hint.height()
            if width < hint.width() and item.hasHeightForWidth():
                high = item.heightForWidth(width)  # wider than the row: its words wrap
            begun.append((item, QRect(QPoint(x, y), QSize(width, high))))
            x += width + self._gap
            row = max(row, high)
        if self._push_last and begun:
            last, box = begun[-1]
            begun[-1] = (last, box.translated(rect.right() - box.right(), 0))
        self._set(begun, row, move=move)
        return y + row - rect.y()

    def _set(self, row: list[tuple[QLayoutItem, QRect]], high: int, *, move: bool) -> None:
        if not move:
            return
        for item, box in row:
            item.setGeometry(box.translated(0, round((high - box.height()) * self._share)))
