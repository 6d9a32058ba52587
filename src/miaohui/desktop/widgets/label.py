"""Labels: always plain text, so that nobody's name can bring markup along."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from miaohui.desktop.look import sanitize

__all__ = ["Elided", "Label", "label", "restyle"]

LEAST_LINES = 6  # of text's height: what a column that wraps may be narrowed to


class Label(QLabel):
    """Plain text, whoever wrote it."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(sanitize.text(text))

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        if not self.wordWrap():
            return hint
        # A long word (a number, a name) must not make its whole column wider than the window.
        return QSize(min(hint.width(), self.fontMetrics().height() * LEAST_LINES), hint.height())


def label(
    text: str = "",
    kind: str = "body",
    *,
    wrap: bool = False,
    selectable: bool = False,
    align: Qt.AlignmentFlag | None = None,
) -> Label:
    """A label; ``kind`` is a style of styles.py: display, title, heading, strong, body, second,
    small, hint, figure."""
    made = Label(text)
    made.setProperty("kind", kind)
    made.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)  # a policy of one's own takes it from the wrapped label
        made.setSizePolicy(policy)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    if align is not None:
        made.setAlignment(align)
    return made


def restyle(widget: QWidget, **properties: object) -> None:
    """Sets style properties and has the sheet applied anew where one changed."""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class Elided(Label):
    """One line that is cut with "…" where it does not fit; read whole by screen readers."""

    def __init__(self, text: str = "", kind: str = "body") -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(sanitize.line(text))

    def minimumSizeHint(self) -> QSize:
        # Never more than the words take: a short name would hold its neighbour away.
        least = min(self.fontMetrics().height() * 2, self.sizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(self.rect(), int(self.alignment()), shown)
        painter.end()
