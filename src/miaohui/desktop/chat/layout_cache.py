"""Layouts and pixmaps of rows seen lately, by message id, with a bound on both."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPixmap

from miaohui.desktop.chat.layout import BubbleLayout, Fonts, lay_out
from miaohui.desktop.chat.row import ChatRow

__all__ = ["LayoutCache"]

LAYOUTS = 120
PIXMAP_BYTES = 3 * 1024 * 1024  # at 100 %: two screens of rows; more where pixels are finer


class LayoutCache:
    """A layout is good for one row value and one width, a pixmap for one layout."""

    def __init__(self) -> None:
        self._layouts: OrderedDict[str, BubbleLayout] = OrderedDict()
        self._pixmaps: OrderedDict[str, tuple[BubbleLayout, QPixmap, QRectF]] = OrderedDict()
        self._bytes = 0
        self._used: set[str] = set()  # whose pixmap was asked for since the last sweep
        self._painted: dict[str, BubbleLayout] = {}

    def layout(self, row: ChatRow, width: float, fonts: Fonts) -> BubbleLayout:
        kept = self._layouts.get(row.id)
        if kept is not None and kept.width == width and (kept.row is row or kept.row == row):
            self._layouts.move_to_end(row.id)
            return kept
        made = self._layouts[row.id] = lay_out(row, width, fonts, kept)
        self._layouts.move_to_end(row.id)
        if len(self._layouts) > LAYOUTS:
            self._layouts.popitem(last=False)
        return made

    def painted_before(self, layout: BubbleLayout) -> bool:
        """True where this very layout was asked about already: then a pixmap pays.

        While a window is resized, each layout is painted once and a pixmap never would.
        """
        if self._painted.get(layout.row.id) is layout:
            return True
        if len(self._painted) > LAYOUTS:
            self._painted.clear()
        self._painted[layout.row.id] = layout
        return False

    def pixmap(self, layout: BubbleLayout) -> tuple[QPixmap, QRectF] | None:
        kept = self._pixmaps.get(layout.row.id)
        if kept is None or kept[0] is not layout:
            return None
        self._pixmaps.move_to_end(layout.row.id)
        self._used.add(layout.row.id)
        return kept[1], kept[2]

    def keep(self, layout: BubbleLayout, pixmap: QPixmap, area: QRectF) -> None:
        self.drop_pixmap(layout.row.id)
        self._pixmaps[layout.row.id] = (layout, pixmap, area)
        self._bytes += _size(pixmap)
        self._used.add(layout.row.id)
        most = PIXMAP_BYTES * pixmap.devicePixelRatio() ** 2
        while self._bytes > most and len(self._pixmaps) > 1:
            self._bytes -= _size(self._pixmaps.popitem(last=False)[1][1])

    def drop_pixmap(self, row_id: str) -> None:
        kept = self._pixmaps.pop(row_id, None)
        if kept is not None:
            self._bytes -= _size(kept[1])

    def has_pixmaps(self) -> bool:
        return bool(self._pixmaps)

    def sweep(self) -> bool:
        """Drops the pixmaps that nobody asked for since the last sweep; whether any are left."""
        for row_id in [row_id for row_id in self._pixmaps if row_id not in self._used]:
            self.drop_pixmap(row_id)
        self._used.clear()
        return bool(self._pixmaps)

    def forget_pixmaps(self) -> None:
        self._pixmaps.clear()
        self._bytes = 0

    def clear(self) -> None:
        self._layouts.clear()
        self._painted.clear()
        self.forget_pixmaps()


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
