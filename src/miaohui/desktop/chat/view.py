"""The list of messages: a QListView that lays out and paints only what is seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTimer,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QListView, QToolTip, QWidget

from miaohui.desktop.chat.attention import Attention
from miaohui.desktop.chat.gestures import Gestures, InputMode
from miaohui.desktop.chat.layout import RowPart
from miaohui.desktop.chat.menu import MenuEntry, RowMenu, usual_offers
from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.newer import NewerButton
from miaohui.desktop.chat.painter import Thumbnails
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.rowlist import Index
from miaohui.desktop.chat.talklist import TalkList
from miaohui.desktop.chat.waveform import Voices
from miaohui.desktop.look import sanitize
from miaohui.desktop.look.theme import Theme
from miaohui.desktop.strings import chat as words

__all__ = ["ChatView"]


FLASH_MS = 1200
LULL_MS = 1000  # pictures of rows serve a movement: megabytes of them are not kept at rest


class ChatView(TalkList):
    """Signals are facts:
    `link_activated(url)`, `picture_activated(row id)`, `voice_toggled(row id)`,
    `voice_sought(row id, share)`, `voice_stepped(row id, seconds)`, `voice_speed_wanted(row id)`,
    `cancel_requested(row id)`,
    `quote_activated(row id not here)`,
    `quote_requested`, `recall_requested`, `edit_requested`, `resend_requested(row id)`,
    `unseen_changed(count)`: messages below that have not been on the screen,
    `bottom_seen(row id)`: the newest message was on the screen of the active window.
    """

    def __init__(self, model: ChatModel | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._attention = Attention()
        self._flashed = ""
        self._offers: Callable[[ChatRow], MenuEntry] = usual_offers
        self.gestures = Gestures(self)
        self._menu = RowMenu(self, self.gestures)
        self._newer = NewerButton(self)
        self._newer.clicked.connect(self.jump_to_end)
        self._flash_timer = QTimer(self, singleShot=True, interval=FLASH_MS)
        self._flash_timer.timeout.connect(self._end_flash)
        self._lull_timer = QTimer(self, interval=LULL_MS)
        self._lull_timer.timeout.connect(self._sweep)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        # Always there, so that a first overflow does not move what is read sideways.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(words.conversation())
        self.setMinimumSize(240, 120)
        self._restyle()
        self.setModel(model if model is not None else ChatModel(self))

    # What others call

    def set_look(self, theme: Theme, scale: float, points: float) -> None:
        """All three at once, laid out once."""
        self._canvas.set_theme(theme)
        self._canvas.set_scale(scale)
        self._canvas.set_points(points)
        self._restyle()

    def set_theme(self, theme: Theme) -> None:
        self._canvas.set_theme(theme)
        self._restyle()

    def set_message_font(self, points: float) -> None:
        self._canvas.set_points(points)
        self._restyle()

    def set_scale(self, scale: float) -> None:
        """The interface's own size: times, chips and names, not the messages."""
        self._canvas.set_scale(scale)
        self._restyle()

    def set_thumbnails(self, thumbnails: Thumbnails) -> None:
        """The source of pictures; tell `media_ready` when one has arrived."""
        self._canvas.set_thumbnails(thumbnails)
        self.viewport().update()

    def set_voices(self, voices: Voices) -> None:
        """The state of voice notes; tell `media_ready` when one stands otherwise."""
        self._canvas.set_voices(voices)
        self.viewport().update()

    def media_ready(self, media_id: str) -> None:
        """It looks otherwise now; every one, where nothing is named."""
        for row in self.visible():
            found = self.chat_model.row(row)
            media = found.picture or found.voice
            if media is not None and media_id in ("", media.media_id):
                self._canvas.forget_picture(found.id)
        self.viewport().update()

    def retranslate(self) -> None:
        """Say states and marks again in the language of this moment."""
        self.setAccessibleName(words.conversation())
        self._canvas.forget()
        self._restyle()

    def set_offers(self, offers: Callable[[ChatRow], MenuEntry]) -> None:
        """The actions that a row's menu offers, where the rules know more than the row."""
        self._offers = offers

    def jump_to(self, row_id: str) -> bool:
        """Show a message in the upper third and flash it; false when it is not here."""
        row = self.chat_model.index_of(row_id)
        if row is None:
            return False
        self._reading.place(row, self.viewport().height() // 3)
        self.refresh()
        self.flash(row_id)
        return True

    def place(self) -> tuple[str, int] | None:
        """The message that is being read and how far from the top it stands; None at the end."""
        if self._reading.follows_end or not self.chat_model.rowCount():
            return None
        held = self._reading.held()
        return self.chat_model.row(held.row).id, held.y

    def go_back(self, place: tuple[str, int]) -> bool:
        """Reading goes on where it was; false where that message is not here any more."""
        row = self.chat_model.index_of(place[0])
        if row is None:
            return False
        self._reading.place(row, place[1])
        self.refresh()
        return True

    def flash(self, row_id: str) -> None:
        self._flashed = row_id
        self._flash_timer.start()
        self.viewport().update()

    def jump_to_end(self) -> None:
        self._reading.follow_end()
        self.refresh()

    @property
    def unseen(self) -> int:
        return self._attention.unseen

    # What the gestures ask

    def open_menu(self, row: int, url: str, at: QPoint) -> None:
        found = self.chat_model.row(row)
        self._menu.open(found, self._offers(found), url, at)

    def show_hint(self, row: int) -> None:
        """Say the row's hint beside its chip, as plain text whatever it holds."""
        layout = self.row_layout(row)
        hint = words.resend_hint() if layout.state is not None else layout.row.hint
        place = layout.state or layout.chip
        if not hint or place is None:
            QToolTip.hideText()
            return
        at = place.translated(0, self._reading.y_of(row)).toRect()
        port = self.viewport()
        QToolTip.showText(port.mapToGlobal(at.bottomLeft()), sanitize.tip(hint), port, at)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            self._paint(painter, event.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.gestures.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.gestures.menu(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.gestures.focus(event)
        super().focusInEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.gestures.key(event):
            event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.hit(QPointF(event.pos()))
            if found is not None and found[1].part in (RowPart.CHIP, RowPart.STATE):
                self.show_hint(found[0])
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._tell_seen()

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        self.viewport().update()
        if current.isValid() and QAccessible.isActive():
            told = QAccessibleEvent(self, QAccessible.Event.Focus)
            told.setChild(current.row())
            QAccessible.updateAccessibility(told)

    # Its own ways

    def settled(self) -> None:
        if self._reading.follows_end and self._attention.reached_end():
            self._tell_unseen()
        self._newer.place(shown=not self._reading.follows_end, unseen=self._attention.unseen)
        self._tell_seen()

    def forgotten(self) -> None:
        self._attention.forget()
        self.gestures.clear()

    def arrived(self, start: int, end: int) -> None:
        if self._attention.arrived(self.chat_model.theirs(start, end + 1)):
            self._tell_unseen()

    def _paint(self, painter: QPainter, dirty: QRect) -> None:
        reading = self._reading
        if reading.last < 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        spans = self.gestures.spans()
        by_key = self.hasFocus() and self.gestures.input_mode is InputMode.KEYS
        focused = self.currentIndex().row() if by_key else -1
        y = reading.y_of(reading.first)
        for row in self.visible():
            layout = self.row_layout(row)
            if y + layout.height >= dirty.top() and y <= dirty.bottom():
                inside = spans is not None and layout.row.kind.is_message
                selected = spans.within(row, layout.text_units) if spans and inside else None
                painter.translate(0, y)
                self._canvas.draw(painter, layout, selected, reading.height)
                if layout.row.id == self._flashed:
                    self._canvas.flash(painter, layout)
                if row == focused:
                    self._canvas.ring(painter, layout)
                painter.translate(0, -y)
            y += layout.height
        if self._canvas.has_pictures() and not self._lull_timer.isActive():
            self._lull_timer.start()

    def _sweep(self) -> None:
        if not self._canvas.sweep():
            self._lull_timer.stop()

    def _tell_seen(self) -> None:
        """The newest message counts as seen only at the end of a shown, active window."""
        if self._reading.follows_end and self.isVisible() and self.isActiveWindow():
            seen = self._attention.saw(self.chat_model.row(row) for row in self.visible()[::-1])
            if seen:
                self.bottom_seen.emit(seen)

    def _tell_unseen(self) -> None:
        self._newer.place(shown=not self._reading.follows_end, unseen=self._attention.unseen)
        self.unseen_changed.emit(self._attention.unseen)

    def _restyle(self) -> None:
        self._newer.set_theme(self._canvas.theme, self._canvas.fonts.meta)
        self.setStyleSheet(self._canvas.style_sheet())
        self.refresh()

    def _end_flash(self) -> None:
        self._flashed = ""
        self.viewport().update()
