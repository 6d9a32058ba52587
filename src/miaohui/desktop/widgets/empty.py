"""The words of an empty place: what it is for, and the next step."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label

__all__ = ["EmptyState"]


class EmptyState(QWidget):
    """Signals: ``pressed``."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(8)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(2)
        self._title = label("", "heading", wrap=True, align=centre)
        self._hint = label("", "second", wrap=True, align=centre)
        self.action = button("", "outline")
        self.action.clicked.connect(self.pressed)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(8)
        column.addWidget(self.action, 0, centre)
        column.addStretch(3)

    def show_words(self, title: str, hint: str = "", action: str = "") -> None:
        self._title.setText(title)
        self._hint.setText(hint)
        self.action.setText(action)
        self.action.setVisible(bool(action))

    def title(self) -> str:
        return self._title.text()
