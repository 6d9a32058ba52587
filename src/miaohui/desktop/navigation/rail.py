"""The dark rail on the left: one button a page, by click or Ctrl+1 … 5."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import myshop, shell
from miaohui.desktop.strings import rota as rota_words
from miaohui.desktop.widgets.icon import drawn

__all__ = ["Rail"]

WORDS: dict[str, Callable[[], str]] = {
    "discover": shell.discover,
    "sessions": shell.sessions,
    "check": shell.check,
    "orders": shell.orders,
    "desk": shell.desk,
    "shop": myshop.short,
    "rota": rota_words.short,
    "settings": shell.settings,
}


FOR_SOME = ("desk", "shop", "rota")
WORDS_FROM = 52  # of the design's pixels: less has no room for icon and word


class _RailButton(QPushButton):
    """An icon above its word; a dot where something is unread."""

    def __init__(self, look: Look, page: str) -> None:
        super().__init__()
        self._look, self._page, self._dot = look, page, False
        self.setProperty("kind", "rail")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_dot(self, *, shown: bool) -> None:
        if shown != self._dot:
            self._dot = shown
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(60), self._look.px(57))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # the sheet's ground and focus ring
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._look.color("rail_ink")
        side = self._look.px(22)
        left = (self.width() - side) // 2
        # Many pages in large type in a small window: the picture alone, and not half a word.
        speaks = self.height() >= self._look.px(WORDS_FROM)
        top = self._look.px(8) if speaks else (self.height() - side) // 2
        painter.drawPixmap(left, top, drawn(f"nav-{self._page}", color, side))
        if speaks:
            painter.setFont(self._look.font(11))
            painter.setPen(color)
            foot = QRectF(0, self._look.px(33), self.width(), self.height() - self._look.px(33))
            painter.drawText(
                foot, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, WORDS[self._page]()
            )
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("accent"))
            dot = self._look.px(8)
            painter.drawEllipse(left + side - dot // 2, max(2, top - self._look.px(2)), dot, dot)
        painter.end()


class Rail(QWidget):
    """Signals: ``page_asked(page)``."""

    page_asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 16, 6, 12)
        column.setSpacing(6)
        self._buttons: dict[str, _RailButton] = {}
        for page in WORDS:
            if page == "settings":
                column.addStretch(1)
            made = _RailButton(look, page)
            made.clicked.connect(lambda _=False, page=page: self.page_asked.emit(page))
            self._buttons[page] = made
            column.addWidget(made)
        for page in FOR_SOME:
            self._buttons[page].hide()
        self._keys: list[QShortcut] = []
        for place in range(1, len(WORDS) + 1):
            key = QShortcut(QKeySequence(f"Ctrl+{place}"), self)
            key.setContext(Qt.ShortcutContext.WindowShortcut)
            key.activated.connect(lambda place=place: self._press(place))
            self._keys.append(key)
        self._resize()
        look.changed.connect(self._resize)
        self.retranslate()

    def button(self, page: str) -> QPushButton:
        return self._buttons[page]

    def pages(self) -> list[str]:
        """The pages that can be reached now, in the order of Ctrl+1, 2, 3 …"""
        return [page for page, made in self._buttons.items() if not made.isHidden()]

    def show_some(self, pages: Collection[str]) -> None:
        """Shows those of the pages that not everybody has."""
        for page in FOR_SOME:
            self._buttons[page].setVisible(page in pages)
        self.retranslate()

    def mark(self, page: str) -> None:
        """This page is the one on screen."""
        if page in self._buttons:
            self._buttons[page].setChecked(True)

    def set_dot(self, page: str, *, shown: bool) -> None:
        self._buttons[page].set_dot(shown=shown)

    def retranslate(self) -> None:
        for page, made in self._buttons.items():
            made.setAccessibleName(WORDS[page]())
            made.update()
        for place, page in enumerate(self.pages(), 1):
            self._buttons[page].setToolTip(f"{WORDS[page]()}  Ctrl+{place}")

    def _press(self, place: int) -> None:
        pages = self.pages()
        if self.isVisible() and place <= len(pages):
            self.page_asked.emit(pages[place - 1])

    def _resize(self) -> None:
        self.setFixedWidth(self._look.px(72))
        for made in self._buttons.values():
            made.updateGeometry()
            made.update()
