"""The means a view draws with: fonts, theme, layout cache, and the ground's style."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap

from miaohui.desktop.chat import scroll_bar
from miaohui.desktop.chat.layout import BubbleLayout, Fonts
from miaohui.desktop.chat.layout_cache import LayoutCache
from miaohui.desktop.chat.painter import RowPainter, Thumbnails
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.waveform import Voices
from miaohui.desktop.look.theme import Theme, light, message_font, ui_font
from miaohui.runtime.memory import give_back

__all__ = ["ChatCanvas"]


class ChatCanvas:
    """Changing the theme keeps layouts and drops pixmaps; changing a font drops both."""

    def __init__(self) -> None:
        self.theme = light()
        self._points = 10.5
        self._scale = 1.0
        self._thumbnails: Thumbnails | None = None
        self._voices: Voices | None = None
        self._shelf = LayoutCache()
        self._refont()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._painter = RowPainter(theme, self.fonts, self._thumbnails, self._voices)
        self._shelf.forget_pixmaps()

    def set_points(self, points: float) -> None:
        self._points = points
        self._refont()

    def set_scale(self, scale: float) -> None:
        self._scale = scale
        self._refont()

    def set_thumbnails(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails
        self.set_theme(self.theme)

    def set_voices(self, voices: Voices) -> None:
        self._voices = voices
        self.set_theme(self.theme)

    def forget(self) -> None:
        self._shelf.clear()

    def has_pictures(self) -> bool:
        return self._shelf.has_pixmaps()

    def sweep(self) -> bool:
        """Drops what was not drawn since the last sweep; whether anything is left."""
        left = self._shelf.sweep()
        if not left:
            give_back()
        return left

    def forget_picture(self, row_id: str) -> None:
        self._shelf.drop_pixmap(row_id)

    def layout(self, row: ChatRow, width: float) -> BubbleLayout:
        return self._shelf.layout(row, width, self.fonts)

    def draw(
        self, painter: QPainter, layout: BubbleLayout, selected: tuple[int, int] | None, page: int
    ) -> None:
        """Draw a row at the painter's origin, out of its pixmap when that is worth keeping."""
        large = layout.height > 2 * page
        if selected is not None or large or not self._shelf.painted_before(layout):
            self._painter.paint(painter, layout, selected)
        else:
            pixmap, area = self._pixmap(layout, painter.device().devicePixelRatioF())
            painter.drawPixmap(area.topLeft(), pixmap)

    def flash(self, painter: QPainter, layout: BubbleLayout) -> None:
        self._painter.flash(painter, layout)

    def ring(self, painter: QPainter, layout: BubbleLayout) -> None:
        self._painter.ring(painter, layout)

    def style_sheet(self) -> str:
        ground = f"QListView{{background:{self.theme.paper};border:0}}"
        return ground + scroll_bar.style(self.theme)

    def _refont(self) -> None:
        self.fonts = Fonts(
            message=message_font(self._points),
            meta=ui_font(self._scale, pixels=12),
            author=ui_font(self._scale, pixels=12, bold=True),
        )
        self._shelf.clear()
        self.set_theme(self.theme)

    def _pixmap(self, layout: BubbleLayout, ratio: float) -> tuple[QPixmap, QRectF]:
        kept = self._shelf.pixmap(layout)
        if kept is not None and kept[0].devicePixelRatio() == ratio:
            return kept
        area = QRectF(layout.painted.toAlignedRect())
        pixmap = QPixmap(int(area.width() * ratio + 0.99), int(area.height() * ratio + 0.99))
        pixmap.setDevicePixelRatio(ratio)
        # On an opaque ground text is smoothed just as it is when painted directly.
        pixmap.fill(QColor(self.theme.paper))
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-area.topLeft())
            self._painter.paint(painter, layout)
        self._shelf.keep(layout, pixmap, area)
        return pixmap, area
