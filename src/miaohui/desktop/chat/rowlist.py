"""A list view whose geometry is its own: only rows in view are laid out, and the anchor holds."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    Qt,
)
from PySide6.QtGui import QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from miaohui.desktop.chat import scroll_bar
from miaohui.desktop.chat.canvas import ChatCanvas
from miaohui.desktop.chat.layout import BubbleLayout, LayoutHit
from miaohui.desktop.chat.model import CHIP_ROLE, ChatModel
from miaohui.desktop.chat.reading import ScrollAnchor

__all__ = ["Index", "RowList"]

Index = QModelIndex | QPersistentModelIndex
Hint = QAbstractItemView.ScrollHint

WHEEL_STEP = 48


class RowList(QListView):
    """QListView asks every row's height at every append; this one asks those in view.

    It stays a QListView because a screen reader finds every row in one, also those out of view.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._rows: ChatModel | None = None
        self._reading = ScrollAnchor()
        self._canvas = ChatCanvas()
        self._syncing = False
        super().__init__(parent)

    # What becomes of the geometry is told to the view by these

    def settled(self) -> None:
        """The visible rows and the scroll bar are in place."""

    def forgotten(self) -> None:
        """Every row was exchanged."""

    def arrived(self, start: int, end: int) -> None:
        """Rows came after the last while something older was being read."""

    @property
    def chat_model(self) -> ChatModel:
        assert self._rows is not None
        return self._rows

    @property
    def follows_end(self) -> bool:
        return self._reading.follows_end

    def row_layout(self, row: int) -> BubbleLayout:
        # The bar lies within the margin of the rows, which are centred on the whole view.
        width = float(max(120, self.viewport().width() + scroll_bar.WIDTH))
        return self._canvas.layout(self.chat_model.row(row), width)

    def hit(self, at: QPointF) -> tuple[int, LayoutHit] | None:
        """The row under a point and what of it; outside the rows the nearest row's text."""
        count = self.chat_model.rowCount()
        if not count:
            return None
        row = self._reading.row_at(int(at.y()))
        if row < 0:
            row = 0 if at.y() < self._reading.y_of(0) else count - 1
        return row, self.row_layout(row).hit_test(at - QPointF(0, self._reading.y_of(row)))

    def scroll_by(self, pixels: int) -> None:
        self._reading.scroll_by(pixels)
        self.refresh()

    # The model

    def setModel(self, model: QAbstractItemModel | None) -> None:
        if model is not None and not isinstance(model, ChatModel):
            raise TypeError("a chat view shows a ChatModel")
        # Asking self.model() while setModel runs crashes the binding; hence the own reference.
        self._rows = model
        self._forget()
        super().setModel(model)
        if model is not None:
            model.rowsRemoved.connect(self.refresh)
        self.refresh()

    def reset(self) -> None:
        self._forget()
        super().reset()
        self.refresh()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        count = end - start + 1
        at_end = start == len(self._reading.heights)
        self._reading.insert(start, count)
        super().rowsInserted(parent, start, end)
        following = self._reading.follows_end
        self.refresh()
        if at_end and not following:
            self.arrived(start, end)

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        super().rowsAboutToBeRemoved(parent, start, end)
        self._reading.remove(start, end - start + 1)

    def dataChanged(self, first: Index, last: Index, roles: Any = ()) -> None:  # noqa: N802
        # A counting wait is not told to screen readers ten times a second.
        if list(roles) != [CHIP_ROLE]:
            QAbstractItemView.dataChanged(self, first, last, roles)
        reading = self._reading
        if first.row() <= reading.last and last.row() >= reading.first:
            self.refresh()

    # Geometry, in place of the list's own

    def doItemsLayout(self) -> None:
        self.refresh()

    def updateGeometries(self) -> None:
        if not self._syncing:
            self.refresh()

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid() or index.row() >= len(self._reading.heights):
            return QRect()
        row = index.row()
        height = self._reading.heights.height(row)
        return QRect(0, self._reading.y_of(row), self.viewport().width(), height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._reading.row_at(point.y()) if self._rows is not None else -1
        return self.chat_model.index(row, 0) if row >= 0 else QModelIndex()

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        reading, row = self._reading, index.row()
        height = self.row_layout(row).height
        top, room = reading.y_of(row), reading.height
        if hint == Hint.EnsureVisible:
            if top >= 0 and top + height <= room:
                return
            hint = Hint.PositionAtTop if top < 0 or height > room else Hint.PositionAtBottom
        if hint == Hint.PositionAtCenter:
            reading.place(row, (room - height) // 2)
        else:
            reading.place(row, 0 if hint == Hint.PositionAtTop else room - height)
        self.refresh()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self._reading.value

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        moves = QAbstractItemView.CursorAction
        last = self.chat_model.rowCount() - 1
        row = self.currentIndex().row()
        if row < 0:
            row = self._reading.last
        elif action in (moves.MoveUp, moves.MovePrevious, moves.MoveLeft):
            row -= 1
        elif action in (moves.MoveDown, moves.MoveNext, moves.MoveRight):
            row += 1
        if action == moves.MoveHome:
            row = 0
        elif action == moves.MoveEnd:
            row = last
        elif action == moves.MovePageUp:
            row = self._reading.first
        elif action == moves.MovePageDown:
            row = self._reading.last
        return self.chat_model.index(max(0, min(row, last)), 0)

    def verticalScrollbarValueChanged(self, value: int) -> None:  # noqa: N802
        """Nothing: the list would look for a hovered row and fetch more, neither is wanted."""

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._syncing:
            self.scroll_by(-dy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.refresh()

    def refresh(self) -> None:
        """Settle what is visible, then bring the scroll bar along."""
        if self._rows is None or self._syncing:
            return
        self._syncing = True
        try:
            reading = self._reading
            reading.height = self.viewport().height()
            reading.settle(lambda row: self.row_layout(row).height)
            bar = self.verticalScrollBar()
            bar.setPageStep(max(1, reading.height))
            bar.setSingleStep(WHEEL_STEP)
            bar.setEnabled(reading.maximum > 0)
            bar.setRange(0, reading.maximum)
            bar.setValue(reading.value)
        finally:
            self._syncing = False
        self.viewport().update()
        self.settled()

    def visible(self) -> range:
        return range(self._reading.first, self._reading.last + 1)

    def _forget(self) -> None:
        self._canvas.forget()
        self._reading.reset(self._rows.rowCount() if self._rows is not None else 0)
        self.forgotten()
