"""The table of targets: heads and rows that stand as high as they are, inside a page that scrolls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from miaohui.checks.results import TargetResult
from miaohui.desktop.checking.target_model import TARGET, TargetDelegate, TargetHead, TargetModel
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkresults as words

__all__ = ["TargetTable"]


class TargetTable(QWidget):
    """Signals: ``target_chosen(target)``, by click, arrow keys or the reader."""

    target_chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.model = TargetModel()
        self.head = TargetHead(look, self.model)
        self.list = QListView()
        self.list.setModel(self.model)
        self._delegate = TargetDelegate(look, self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.list.setHorizontalScrollBarPolicy(off)
        self.list.setVerticalScrollBarPolicy(off)
        self.list.setAccessibleName(words.table_name())
        self.list.selectionModel().currentChanged.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 4, 1, 6)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.list)
        look.changed.connect(self._fit)

    def show_targets(self, targets: Sequence[TargetResult], threshold: float) -> None:
        self.model.show_targets(targets, threshold)
        self._fit()

    def choose(self, target: str) -> None:
        row = self.model.row_of(target)
        if row >= 0 and self.list.currentIndex().row() != row:
            self.list.selectionModel().setCurrentIndex(
                self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    @property
    def chosen(self) -> str:
        target = self.list.currentIndex().data(TARGET)
        return "" if target is None else str(target.target)

    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        target = current.data(TARGET) if current.isValid() else None
        if target is not None:
            self.target_chosen.emit(target.target)

    def _fit(self) -> None:
        self._delegate.width = self.list.viewport().width()
        rows = self.model.rowCount()
        tall = self.list.sizeHintForRow(0) if rows else self._look.px(38)
        self.list.setFixedHeight(max(1, rows) * tall + 2)
        self.list.doItemsLayout()
        self.head.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
