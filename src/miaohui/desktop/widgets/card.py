"""Cards, rules and rows: the plain furniture that pages are made of."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.widgets.label import Elided, label

__all__ = ["Fitted", "card", "clear", "held", "line_of", "rule", "scrolled"]

MOST_PX = 16_777_215  # Qt's own: as tall as can be


def card(kind: str = "card", *, margin: int = 20, gap: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """A frame of a kind (card, promise, note, column) and its column."""
    frame = QFrame()
    frame.setProperty("kind", kind)
    column = QVBoxLayout(frame)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(gap)
    return frame, column


def rule() -> QFrame:
    frame = QFrame()
    frame.setProperty("kind", "rule")
    frame.setFixedHeight(1)
    return frame


def line_of(
    words: str, value: str, *, kind: str = "second", value_kind: str = "body", tone: str = ""
) -> tuple[QHBoxLayout, QLabel]:
    """Words on the left, their value on the right; the value's label to change later."""
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(Elided(words, kind), 1)
    shown = label(value, value_kind, align=Qt.AlignmentFlag.AlignRight)
    if tone:
        shown.setProperty("tone", tone)
    row.addWidget(shown)
    return row, shown


def scrolled(inside: QWidget, *, on_card: bool = False) -> QScrollArea:
    """A vertical scroll area around a body, on paper or on a card."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setObjectName("onCard" if on_card else "")
    inside.setObjectName("onCard" if on_card else "body")
    area.setWidget(inside)
    return area


class Fitted(QScrollArea):
    """As tall as what is in it, up to ``most``, where there is room; else it scrolls. ``least`` and
    ``most`` in pixels."""

    def __init__(self, inside: QWidget, *, least: int = 96, most: int = MOST_PX) -> None:
        super().__init__()
        self._least, self._most = least, most
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("onCard")
        inside.setObjectName("onCard")
        # Else Qt keeps the height that wrapped words would need if they were narrower.
        inside.setMinimumHeight(1)
        self.setWidget(inside)
        inside.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # What is new inside counts from the moment on at which it is laid out.
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        if self.maximumHeight() != self._whole():
            self.setMaximumHeight(self._whole())
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._whole())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, min(self._least, self._whole()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _whole(self) -> int:
        inside = self.widget()
        layout = None if inside is None else inside.layout()
        if layout is None:
            return self._least
        wide = self.viewport().width()
        if layout.hasHeightForWidth():
            return min(max(layout.totalHeightForWidth(wide), 1), self._most)
        return min(layout.totalSizeHint().height(), self._most)


def held(inside: QWidget) -> QWidget:
    """Something with a style sheet of its own, in a holder that can wear the window's."""
    holder = QWidget()
    holder.setObjectName("held")
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(inside)
    return holder


def clear(column: QLayout) -> None:
    """Takes everything out of a layout; widgets are deleted when Qt gets to it."""
    while (item := column.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()
