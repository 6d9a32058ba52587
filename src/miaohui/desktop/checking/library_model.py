"""The two lists of the library: rows of a plan or a run, and the drawing of one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miaohui.desktop.look.look import Look
from miaohui.desktop.models.keyedrows import Index, KeyedRows
from miaohui.desktop.strings import check as words

__all__ = ["ROW", "LibraryDelegate", "LibraryModel", "LibraryRow"]

ROW = Qt.ItemDataRole.UserRole
GAP = 10
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """``key``: the file or folder; ``share``: how much is done, None where that says nothing."""

    key: str
    title: str
    line: str
    state: str
    share: float | None = None


class LibraryModel(KeyedRows[LibraryRow]):
    """Plans or runs."""

    def key(self, row: LibraryRow) -> str:
        return row.key

    def name(self, row: LibraryRow) -> str:
        return row.title

    def spoken(self, row: LibraryRow) -> str:
        return words.row_spoken(row.title, row.line, row.state)


class LibraryDelegate(QStyledItemDelegate):
    """A card: title and state in the first line, the rest in the second; a run's bar below."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(260), self._look.px(66) + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: LibraryRow = index.data(ROW)
        look = self._look
        chosen = bool(
            option.state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver)
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(1, 1, -6, -GAP)
        painter.setPen(QPen(look.color("accent" if chosen else "line"), 2 if chosen else 1))
        painter.setBrush(look.color("card"))
        painter.drawRoundedRect(box, 12, 12)
        inner = box.adjusted(look.px(16), look.px(8), -look.px(16), -look.px(8))
        high = inner.height() / 2
        painter.setFont(look.font(12))
        state = QFontMetrics(painter.font()).horizontalAdvance(row.state) + look.px(12)
        painter.setPen(look.color("ink2"))
        first = QRectF(inner.left(), inner.top(), inner.width(), high)
        painter.drawText(first, RIGHT, row.state)
        second = QRectF(inner.left(), inner.top() + high, inner.width(), high)
        shown = QFontMetrics(painter.font()).elidedText(
            row.line, Qt.TextElideMode.ElideRight, int(second.width())
        )
        painter.drawText(second, LEFT, shown)
        painter.setFont(look.font(15, bold=True))
        painter.setPen(look.color("ink"))
        shown = QFontMetrics(painter.font()).elidedText(
            row.title, Qt.TextElideMode.ElideRight, int(inner.width() - state)
        )
        painter.drawText(first, LEFT, shown)
        if row.share is not None:
            bar = QRectF(box.left() + 14, box.bottom() - look.px(5), box.width() - 28, look.px(3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("line"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
            bar.setWidth(max(1.0, bar.width() * min(1.0, row.share)))
            painter.setBrush(look.color("accent"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()
