"""One picture by itself, as large as the screen shows it; its pixels are made elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from miaohui.desktop.pages.sessions.pictures import image_of
from miaohui.desktop.strings import chat as words
from miaohui.desktop.widgets.screenarea import area_of
from miaohui.pictures.decoder import Pixels

__all__ = ["PictureViewer"]

TALL = 8000  # pixels: a long screenshot is scrolled, not made narrow
SHARE = 0.8  # of the screen

Ask = Callable[[QObject, int, int, Callable[[Pixels | None], None], Callable[[], None]], None]
"""Has the picture's pixels made within a box; calls one of the two while the owner is there."""


class PictureViewer(QDialog):
    """Open it, it deletes itself. Esc, Enter and a click close it."""

    def __init__(self, host: QWidget, ask: Ask) -> None:
        super().__init__(host)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(words.picture_window())
        self._picture = QLabel(words.picture_comes())
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setAccessibleName(words.picture())
        self._area = QScrollArea()
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        ratio = self.devicePixelRatioF()
        room = self._room()
        self.resize(room.width() // 2, room.height() // 2)
        ask(self, round(room.width() * ratio), TALL, self._show, self._refuse)

    @property
    def pixmap(self) -> QPixmap:
        """The picture that is shown; null while it is on its way."""
        return self._picture.pixmap()

    @property
    def said(self) -> str:
        """The words that stand in its place."""
        return self._picture.text()

    def _room(self) -> QSize:
        return area_of(self).size() * SHARE

    def _show(self, pixels: Pixels | None) -> None:
        if pixels is None:
            self._picture.setText(words.picture_not_here())
            return
        shown = QPixmap.fromImage(image_of(pixels))
        shown.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(shown)
        size = shown.deviceIndependentSize().toSize()
        bar = self._area.verticalScrollBar().sizeHint().width()
        self.resize((size + QSize(bar, bar)).boundedTo(self._room()).expandedTo(QSize(240, 180)))

    def _refuse(self) -> None:
        self._picture.setText(words.unshowable())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.close()
            return
        super().keyPressEvent(event)
