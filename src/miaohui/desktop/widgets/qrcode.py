"""A QR code: dark on white in every theme, since readers ask for it, and each module whole pixels."""

from math import ceil

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.inside import set_shown

__all__ = ["QrCode"]

QUIET = 4  # modules of white around it, which the standard asks for
DARK = QColor(17, 17, 17)
LIGHT = QColor(255, 255, 255)


class QrCode(QWidget):
    """Shows a text. Hidden while it has none.

    ``side``: what it may take, in pixels of the design; it takes as much of that as whole pixels for
    its modules make. ``focusable``: the keyboard reaches it, so that a screen reader can say what it
    is for.
    """

    def __init__(self, look: Look, *, side: int = 184, focusable: bool = False) -> None:
        super().__init__()
        self._look, self._side = look, side
        self._text = ""
        self._modules: tuple[tuple[bool, ...], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if focusable:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()
        look.changed.connect(self.updateGeometry)

    def show_text(self, text: str, name: str = "") -> None:
        """``name``: what it is, for who cannot see it."""
        if name:
            self.setAccessibleName(name)
            self.setToolTip(name)
        if text != self._text:
            self._text = text
            self._modules = _modules(text) if text else ()
            self.updateGeometry()
            self.update()
        set_shown(self, shown=bool(text))

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        ratio = self.devicePixelRatioF()
        count = len(self._modules) + 2 * QUIET
        step = max(1, int(self._look.px(self._side) * ratio) // count)
        side = ceil(step * count / ratio)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def box_of(self, row: int, column: int) -> QRect:
        """A module's place, in the screen's own pixels from the widget's corner."""
        step, start = self._grid()
        return QRect(start + column * step, start + row * step, step, step)

    def _grid(self) -> tuple[int, int]:
        """The side of a module and where the first one begins, in the screen's own pixels."""
        whole = int(min(self.width(), self.height()) * self.devicePixelRatioF())
        count = len(self._modules)
        step = max(1, whole // (count + 2 * QUIET))
        return step, (whole - count * step) // 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(Qt.PenStyle.NoPen)
        side = min(self.width(), self.height())
        painter.fillRect(QRect(0, 0, side, side), LIGHT)
        painter.scale(1 / ratio, 1 / ratio)
        for row, modules in enumerate(self._modules):
            for column, dark in enumerate(modules):
                if dark:
                    painter.fillRect(self.box_of(row, column), DARK)
        if self.hasFocus():
            painter.setPen(self._look.color("accent"))
            whole = round(side * ratio)
            painter.drawRect(QRect(0, 0, whole - 1, whole - 1))
        painter.end()


def _modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of what is dark. A seventh of a code may be hidden or worn, and it is still read."""
    import segno  # only where a code is shown

    # Some Chinese passes for kanji else, and not every reader knows those.
    made = segno.make(text, micro=False, mode="byte", error="m", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in made.matrix)
