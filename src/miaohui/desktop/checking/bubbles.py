"""The messages of a run's sessions, bubble by bubble, for choosing what may be disclosed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from miaohui.checks.analysis.analyse import PRIVATE, bundle_file
from miaohui.checks.record.trace import read_trace
from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import check as words
from miaohui.promise.bundle import read_bundle
from miaohui.promise.errors import JournalError
from miaohui.promise.reader import read_journal
from miaohui.wire.journal import Message

__all__ = ["BubbleDelegate", "BubbleModel", "SaidBubble", "said_in"]

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class SaidBubble:
    """One text: where it was said, by whom, and how it is named on the command line."""

    slot: str
    seq: int
    where: str
    mine: bool
    text: str

    @property
    def key(self) -> str:
        return f"{self.slot}:{self.seq}"


def said_in(folder: Path) -> tuple[SaidBubble, ...]:
    """Every text that is kept in the run's folder; what cannot be read is left out."""
    found: list[SaidBubble] = []
    for slot, course in read_trace(folder).courses.items():
        file = bundle_file(folder, PRIVATE, slot)
        if file is None or not file.exists():
            continue
        try:
            bundle = read_bundle(file.read_bytes())
            entries = read_journal(bundle.journal).entries
        except (JournalError, OSError, ValueError):
            continue
        texts = {one.seq: one.body for one in bundle.bodies if isinstance(one.body, str)}
        name = course.slot.responder_name or course.slot.shop_name
        for entry in entries:
            if isinstance(entry, Message) and entry.seq in texts:
                mine = entry.author == "customer"
                found.append(SaidBubble(slot, entry.seq, f"{name} {slot}", mine, texts[entry.seq]))
    return tuple(found)


class BubbleModel(QAbstractListModel):
    """Each bubble with a box, none ticked. Signals: ``chosen_changed``."""

    chosen_changed = Signal()

    def __init__(self, said: Sequence[SaidBubble]) -> None:
        super().__init__()
        self._said = tuple(said)
        self._chosen: set[str] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._said)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._said):
            return None
        one = self._said[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return words.bubble(one.where, sanitize.line(one.text), mine=one.mine)
        if role == Qt.ItemDataRole.ToolTipRole:
            return sanitize.tip(one.text)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if one.key in self._chosen else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        key = self._said[index.row()].key
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._chosen.add(key)
        else:
            self._chosen.discard(key)
        self.dataChanged.emit(index, index, [role])
        self.chosen_changed.emit()
        return True

    def chosen(self) -> tuple[str, ...]:
        """``SLOT:SEQ`` of each that is ticked, in the order of the talk."""
        return tuple(one.key for one in self._said if one.key in self._chosen)


class BubbleDelegate(QStyledItemDelegate):
    """A row as wide as the list: what is longer ends in "…" and is read whole in its tip."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, super().sizeHint(option, index).height())
