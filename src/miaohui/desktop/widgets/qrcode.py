"""A QR code: whole device pixels for every module, dark on light whatever the theme."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miaohui.desktop.look.look import Look

__all__ = ["QrCode"]

BORDER = 4  # modules: what readers ask for
SIDE = 236
DARK, LIGHT = QColor(0x12, 0x16, 0x22), QColor(0xFF, 0xFF, 0xFF)


class QrCode(QWidget):
    """Shows a text as a code; nothing where there is none. It takes the keyboard's focus, so that a
    screen reader can say what it is for."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rows: tuple[bytes, ...] = ()
        self._text = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._look_changed)

    @property
    def text(self) -> str:
        return self._text

    def show_text(self, text: str) -> None:
        if text == self._text:
            return
        self._text, self._rows = text, ()
        if text:
            import segno  # only who pays by a code needs it

            # Short texts become Micro QR else, and some Chinese passes for kanji.
            code = segno.make(text, micro=False, mode="byte", error="m", boost_error=False)
            self._rows = tuple(bytes(row) for row in code.matrix)
        self.update()

    def _look_changed(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        side = self._look.px(SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = painter.device().devicePixelRatioF()
        # In device pixels: a module that is not whole there is blurred, and no reader likes that.
        painter.scale(1 / ratio, 1 / ratio)
        wide, high = round(self.width() * ratio), round(self.height() * ratio)
        painter.fillRect(QRect(0, 0, wide, high), LIGHT)
        if self._rows:
            count = len(self._rows) + 2 * BORDER
            module = max(1, min(wide, high) // count)
            left = (wide - module * count) // 2 + BORDER * module
            top = (high - module * count) // 2 + BORDER * module
            for y, row in enumerate(self._rows):
                for x, dark in enumerate(row):
                    if dark:
                        painter.fillRect(
                            QRect(left + x * module, top + y * module, module, module), DARK
                        )
        if self.hasFocus():
            painter.setPen(self._look.color("accent"))
            painter.drawRect(QRect(0, 0, wide - 1, high - 1))
        painter.end()
