"""The pictures that wait in the composer: a preview each, with a cross."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from miaohui.client.unsent import WaitingPicture
from miaohui.desktop.chat import scroll_bar
from miaohui.desktop.chat.icon import tinted
from miaohui.desktop.look.theme import Theme, light
from miaohui.desktop.strings import chat as words

__all__ = ["PREVIEW", "PictureTray"]

SIDE = 72  # of the design's pixels
PREVIEW = (288, 288)  # pixels that a preview is asked for, for screens of any kind
CORNER = 8.0

Preview = Callable[[str], QImage | None]
"""A picture's pixels by its media id: None while they are being made, null where they can't be."""


class _Tile(QWidget):
    """One picture; ``waiting`` None while it is being made ready."""

    def __init__(self, tray: PictureTray) -> None:
        super().__init__(tray)
        self._tray = tray
        self.waiting: WaitingPicture | None = None
        self.close_button = QToolButton(self, autoRaise=True)
        self.close_button.setObjectName("cross")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fit()

    def fit(self) -> None:
        px = self._tray.px
        self.setFixedSize(px(SIDE), px(SIDE))
        self.close_button.setIconSize(QSize(px(12), px(12)))
        self.close_button.setGeometry(QRect(px(SIDE - 22), px(2), px(20), px(20)))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._tray.theme
        image = None if self.waiting is None else self._tray.preview(self.waiting.media)
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(frame, CORNER, CORNER)
        painter.fillPath(path, QColor(theme.paper))
        if image is not None and not image.isNull():
            painter.setClipPath(path)
            side = min(image.width(), image.height())
            part = QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
            painter.drawImage(frame, image, part)
            painter.setClipping(False)
        else:
            painter.setPen(QColor(theme.ink2))
            painter.setFont(self._tray.font())
            said = words.unshowable() if image is not None else "…"
            painter.drawText(
                frame.adjusted(4, 4, -4, -4),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                said,
            )
        painter.setPen(QPen(QColor(theme.line)))
        painter.drawPath(path)


class PictureTray(QScrollArea):
    """Signals: ``removed(WaitingPicture or None)``, by a person, None where it was not ready yet;
    ``settled``: nothing is being made ready any more."""

    removed = Signal(object)
    settled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self._scale = light(), 1.0
        self._preview: Preview = lambda _media: None
        self._tiles: dict[int, _Tile] = {}
        self._made = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("tray")
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.fit()
        self.hide()

    def px(self, size: int) -> int:
        return round(size * self._scale)

    def set_preview(self, preview: Preview) -> None:
        self._preview = preview

    def preview(self, media: str) -> QImage | None:
        return self._preview(media)

    def refresh(self, _media: str = "") -> None:
        """A preview came."""
        for tile in self._tiles.values():
            tile.update()

    # --- what waits ---------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """True while one is being made ready."""
        return any(tile.waiting is None for tile in self._tiles.values())

    @property
    def pictures(self) -> tuple[WaitingPicture, ...]:
        """Those that are ready, in their order."""
        return tuple(tile.waiting for tile in self._tiles.values() if tile.waiting is not None)

    def begin(self) -> int:
        """One that is being made ready; its number."""
        self._made += 1
        number = self._made
        tile = self._tiles[number] = _Tile(self)
        tile.close_button.clicked.connect(lambda: self._remove(number))
        self._row.insertWidget(self._row.count() - 1, tile)
        self._wear(tile)
        self._changed()
        return number

    def ready(self, number: int, picture: WaitingPicture) -> bool:
        """It is ready; False where the person has taken it away meanwhile."""
        tile = self._tiles.get(number)
        if tile is None:
            return False
        tile.waiting = picture
        tile.update()
        self._settle()
        return True

    def fail(self, number: int) -> None:
        self._drop(number)
        self._settle()

    def set_pictures(self, pictures: tuple[WaitingPicture, ...]) -> None:
        """Exactly these, beside those that are still being made ready."""
        if pictures == self.pictures:
            return
        for number in [n for n, tile in self._tiles.items() if tile.waiting is not None]:
            self._drop(number)
        for one in pictures:
            self._tiles[self.begin()].waiting = one
        self._changed()

    def clear(self) -> None:
        for number in list(self._tiles):
            self._drop(number)

    def _remove(self, number: int) -> None:
        waiting = self._tiles[number].waiting
        self._drop(number)
        self.removed.emit(waiting)
        if not self.busy:
            self.settled.emit()

    def _settle(self) -> None:
        if not self.busy:
            self.settled.emit()

    def _drop(self, number: int) -> None:
        tile = self._tiles.pop(number, None)
        if tile is not None:
            self._row.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._changed()

    def _changed(self) -> None:
        self.setVisible(bool(self._tiles))
        self.retranslate()
        self.fit()

    # --- the look -----------------------------------------------------------------------------
    def fit(self) -> None:
        wide = len(self._tiles) * (self.px(SIDE) + 8)
        bar = self.horizontalScrollBar().sizeHint().height() if wide > self.width() > 0 else 0
        self.setFixedHeight(self.px(SIDE) + bar)

    def set_look(self, theme: Theme, scale: float) -> None:
        self.theme, self._scale = theme, scale
        self.setStyleSheet(
            "QScrollArea,QWidget#tray{background:transparent}"
            f"QToolButton#cross{{border:0;border-radius:{self.px(10)}px;background:{theme.card}}}"
            f"QToolButton#cross:hover{{background:{theme.accent_soft}}}"
            f"QToolButton#cross:focus{{border:2px solid {theme.accent}}}" + scroll_bar.style(theme)
        )
        for tile in self._tiles.values():
            self._wear(tile)
        self.fit()

    def _wear(self, tile: _Tile) -> None:
        tile.fit()
        tile.close_button.setIcon(tinted("chat-close.svg", self.theme.ink, self.px(12)))

    def retranslate(self) -> None:
        for place, tile in enumerate(self._tiles.values(), 1):
            tile.setAccessibleName(words.waiting_picture(place, len(self._tiles)))
            tile.close_button.setAccessibleName(words.drop_picture(place))
            tile.close_button.setToolTip(words.drop_picture(place))
