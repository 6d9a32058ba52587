"""The table of a check's targets: a model, the drawing of one row, and the heads above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from miaohui.checks.results import TargetResult
from miaohui.desktop.checking.axis import Linear, share_axis, ticks_between
from miaohui.desktop.checking.columns import ORDER, Columns, lay_out
from miaohui.desktop.checking.figures import TargetRow, row_of
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkresults as words

__all__ = ["TARGET", "TargetDelegate", "TargetHead", "TargetModel"]

Index = QModelIndex | QPersistentModelIndex
TARGET = Qt.ItemDataRole.UserRole
ROW, SMALL = 38, 18
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TargetModel(QAbstractListModel):
    """Targets as the plan has them, each with the words of its row."""

    def __init__(self) -> None:
        super().__init__()
        self._targets: tuple[TargetResult, ...] = ()
        self.rows: tuple[TargetRow, ...] = ()
        self.threshold = 0.9
        self._columns: tuple[float, float, Columns] | None = None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._targets)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._targets):
            return None
        target, row = self._targets[index.row()], self.rows[index.row()]
        if role == TARGET:
            return target
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(
                (
                    words.interval(target.rate.low, target.rate.high),
                    words.mark_needed(target.pass_mark, target.rate.n),
                    words.design(target.design_effect),
                )
            )
        return None

    def show_targets(self, targets: Sequence[TargetResult], threshold: float) -> None:
        same = [one.target for one in targets] == [one.target for one in self._targets]
        if not same:
            self.beginResetModel()
        self._targets, self.threshold = tuple(targets), threshold
        self.rows = tuple(row_of(one, threshold) for one in targets)
        self._columns = None
        if not same:
            self.endResetModel()
        elif targets:
            self.dataChanged.emit(self.index(0), self.index(len(targets) - 1))

    def row_of(self, target: str) -> int:
        names = [one.target for one in self._targets]
        return names.index(target) if target in names else -1

    def columns(self, look: Look, width: float) -> Columns:
        """The same for heads and rows; worked out once a width, scale and set of figures."""
        if self._columns is None or self._columns[:2] != (width, look.scale):
            plain, bold = QFontMetrics(look.font(14)), QFontMetrics(look.font(15, bold=True))
            head = QFontMetrics(look.font(12))
            wanted: dict[str, float] = {}
            for key in ORDER:
                fonts = bold if key in ("name", "rate") else plain
                texts = [getattr(row, key) for row in self.rows]
                widest = max((fonts.horizontalAdvance(one) for one in texts), default=0)
                # The rate's head reaches over the chart beside it.
                title = 0 if key == "rate" else head.horizontalAdvance(words.column(key))
                wanted[key] = float(max(widest, title) + 2)
            self._columns = (width, look.scale, lay_out(width, look.scale, wanted))
        return self._columns[2]

    def axis(self, begin: float, end: float) -> Linear:
        lows = [one.rate.low for one in self._targets if one.rate.n]
        return share_axis(lows, self.threshold, begin, end)


class TargetHead(QWidget):
    """The heads of the columns, and the figures of the intervals' axis."""

    def __init__(self, look: Look, model: TargetModel) -> None:
        super().__init__()
        self._look, self._model = look, model
        model.modelReset.connect(self.update)
        model.dataChanged.connect(lambda *_: self.update())
        look.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(300), self._look.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = self._look
        columns = self._model.columns(look, self.width())
        painter.setFont(look.font(12))
        painter.setPen(look.color("ink2"))
        fonts = QFontMetrics(painter.font())
        begin, wide = columns.places["chart"]
        for key, (left, width) in columns.places.items():
            if key == "chart":
                continue
            room = begin + wide - left if key == "rate" else width + 4
            title = words.column(key)
            if key == "rate":
                room -= self._axis(painter, fonts, begin, wide, left, title)
            shown = fonts.elidedText(title, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(left, 0, room, self.height()), LEFT, shown)
        painter.setPen(QPen(look.color("line"), 1))
        foot = self.height() - 0.5
        painter.drawLine(QPointF(0, foot), QPointF(self.width(), foot))
        painter.end()

    def _axis(
        self, painter: QPainter, fonts: QFontMetrics, begin: float, wide: float, left: float,
        title: str,
    ) -> float:  # fmt: skip
        """Draws the figures that lie clear of the head's words; how much room they take."""
        axis = self._model.axis(begin, begin + wide)
        clear = left + fonts.horizontalAdvance(title) + self._look.px(10)
        right = begin + wide
        taken = 0.0
        for share in reversed(ticks_between(axis, 0.1)):
            text = f"{share * 100:.0f}" + ("%" if share > 0.99 else "")
            width = float(fonts.horizontalAdvance(text))
            at = min(axis.place(share) - width / 2, right - width)
            if at < clear or at + width > right + 0.5:
                break
            painter.drawText(QRectF(at, 0, width + 2, self.height()), LEFT, text)
            taken = begin + wide - at
            right = at - self._look.px(8)
        return min(taken, wide)


class TargetDelegate(QStyledItemDelegate):
    """One target: its figures in columns, or in two lines where there is no room for them."""

    def __init__(self, look: Look, model: TargetModel) -> None:
        super().__init__()
        self._look, self._model = look, model
        self.width = 0  # of the list, told by it: the height of a row follows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        look = self._look
        columns = self._model.columns(look, self.width or 900)
        if not columns.narrow:
            return QSize(look.px(200), look.px(ROW))
        fonts = QFontMetrics(look.font(12))
        room = self._small_room(columns, self.width or 900)
        longest = max((fonts.horizontalAdvance(one.small) for one in self._model.rows), default=0)
        lines = min(3, -(-int(longest * 1.06) // max(1, int(room))))
        return QSize(look.px(200), look.px(ROW + 2) + lines * max(look.px(SMALL), fonts.height()))

    @staticmethod
    def _small_room(columns: Columns, width: float) -> float:
        return width - 2 * columns.places["name"][0]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, box = self._look, QRectF(option.rect)
        row = self._model.rows[index.row()]
        target: TargetResult = index.data(TARGET)
        columns = self._model.columns(look, self.width or box.width())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if chosen:
            painter.fillRect(box, look.color("accent_soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, look.color("paper"))
        if index.row():
            painter.setPen(QPen(look.color("line"), 1))
            painter.drawLine(
                QPointF(box.left(), box.top() + 0.5), QPointF(box.right(), box.top() + 0.5)
            )
        line = QRectF(box.left(), box.top(), box.width(), look.px(ROW))
        for key, (left, width) in columns.places.items():
            if key == "chart":
                self._interval(painter, line, left, width, target, row.tone)
                continue
            bold = key in ("name", "rate")
            painter.setFont(look.font(15 if bold else 14, bold=bold))
            painter.setPen(look.color(self._token(key, row)))
            place = QRectF(line.left() + left, line.top(), width + 4, line.height())
            shown = QFontMetrics(painter.font()).elidedText(
                getattr(row, key), Qt.TextElideMode.ElideRight, int(place.width())
            )
            painter.drawText(place, LEFT, shown)
        if columns.narrow:
            left = columns.places["name"][0]
            painter.setFont(look.font(12))
            painter.setPen(look.color("ink2"))
            place = QRectF(
                box.left() + left,
                line.bottom() - look.px(5),
                self._small_room(columns, box.width()),
                box.bottom() - line.bottom() + look.px(4),
            )
            wrapped = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft.value)
            painter.drawText(place, wrapped, row.small)
        if focused:
            painter.setPen(QPen(look.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.restore()

    def _token(self, key: str, row: TargetRow) -> str:
        tone = {"rate": row.tone, "verdict": row.verdict_tone}.get(key)
        if tone is None:
            return "ink"
        if tone == "quiet" or (tone == "breach" and self._look.calm):
            return "ink2"
        return f"{tone}_ink"

    def _interval(
        self, painter: QPainter, line: QRectF, left: float, width: float, target: TargetResult,
        tone: str,
    ) -> None:  # fmt: skip
        """A dot with its whisker on a hairline; the dotted mark is the claim's threshold."""
        look, middle = self._look, line.center().y()
        axis = self._model.axis(line.left() + left, line.left() + left + width)
        painter.setPen(QPen(look.color("line"), 2))
        painter.drawLine(QPointF(axis.begin, middle), QPointF(axis.end, middle))
        mark = axis.place(self._model.threshold)
        pen = QPen(look.color("ink2"), 1.5)
        pen.setDashPattern([1.5, 2])
        painter.setPen(pen)
        reach = look.px(8)
        painter.drawLine(QPointF(mark, middle - reach), QPointF(mark, middle + reach))
        rate = target.rate
        if not rate.n or rate.estimate is None:
            return
        pen = QPen(look.color("ink2"), look.px(3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(
            QPointF(axis.place(rate.low), middle), QPointF(axis.place(rate.high), middle)
        )
        dot = look.px(5)
        token = "ink2" if tone == "quiet" or (tone == "breach" and look.calm) else tone
        painter.setPen(QPen(look.color(token), 2))
        painter.setBrush(look.color("card" if tone == "quiet" else token))
        painter.drawEllipse(QPointF(axis.place(rate.estimate), middle), dot, dot)
