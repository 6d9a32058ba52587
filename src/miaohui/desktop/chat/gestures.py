"""Gestures in the conversation: selecting, copying, clicking, moving by key."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView

from miaohui.desktop.chat.layout import RowPart
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.selection import (
    Selection,
    Spans,
    TextPosition,
    copied,
    grapheme,
    word_around,
)
from miaohui.desktop.chat.utf16 import length

if TYPE_CHECKING:
    from miaohui.desktop.chat.talklist import TalkList

__all__ = ["Gestures", "InputMode"]

_MOVES = QAbstractItemView.CursorAction
_KEYS = {
    Qt.Key.Key_Up: _MOVES.MoveUp,
    Qt.Key.Key_Down: _MOVES.MoveDown,
    Qt.Key.Key_Home: _MOVES.MoveHome,
}
_ACTIVATING = {
    RowPart.CANCEL,
    RowPart.LINK,
    RowPart.PICTURE,
    RowPart.QUOTE,
    RowPart.SPEED,
    RowPart.STATE,
    RowPart.VOICE,
    RowPart.WAVE,
}
_STEP_S = 5  # what an arrow key moves a voice note by
_EDGE_MS = 30


class InputMode(Enum):
    """The device used last: the focus ring is shown to people who use keys."""

    POINTER = "pointer"
    KEYS = "keys"


class Gestures:
    """Holds the selection of one view; the view forwards its events here."""

    def __init__(self, view: TalkList) -> None:
        self._view = view
        self.input_mode = InputMode.POINTER
        self._selection: Selection | None = None
        self._dragging = False
        self._pressed: tuple[int, RowPart, str] | None = None
        self._pointer = QPointF()
        self._edge = QTimer(view, interval=_EDGE_MS)
        self._edge.timeout.connect(self._at_edge)

    def focus(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        if event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason):
            self.input_mode = InputMode.KEYS

    def clear(self) -> None:
        self._selection = None
        self._dragging = False
        self._edge.stop()

    def spans(self) -> Spans | None:
        """The selection, in row numbers of this moment."""
        if self._selection is None:
            return None
        return self._selection.spans(self._view.chat_model.index_of)

    def selected_text(self) -> str:
        spans = self.spans()
        return copied(spans, self._view.chat_model) if spans is not None else ""

    def copy(self) -> None:
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def copy_row(self, row: ChatRow) -> None:
        QGuiApplication.clipboard().setText(row.shown_text)

    def select_all(self) -> None:
        model = self._view.chat_model
        if model.rowCount():
            first, last = model.row(0), model.row(model.rowCount() - 1)
            self._select(TextPosition(first.id, 0), TextPosition(last.id, length(last.shown_text)))

    # The pointer

    def press(self, event: QMouseEvent) -> None:
        self.input_mode = InputMode.POINTER
        if event.button() != Qt.MouseButton.LeftButton:
            return
        found = self._view.hit(event.position())
        if found is None:
            return
        row, hit = found
        here = TextPosition(self._view.chat_model.row(row).id, hit.offset)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shift and self._selection is not None:
            self._select(self._selection.begun, here)
        else:
            self._select(here, here)
        self._dragging = True
        self._pressed = (row, hit.part, hit.url)
        self._make_current(row)

    def move(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._dragging:
            self._reach(self._pointer)
            outside = not 0 <= self._pointer.y() < self._view.viewport().height()
            if outside != self._edge.isActive():
                self._edge.start() if outside else self._edge.stop()
            return
        found = self._view.hit(self._pointer)
        shape = Qt.CursorShape.ArrowCursor
        if found is not None:
            if found[1].part in _ACTIVATING:
                shape = Qt.CursorShape.PointingHandCursor
            elif found[1].part is RowPart.TEXT:
                shape = Qt.CursorShape.IBeamCursor
        self._view.viewport().setCursor(shape)

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._dragging:
            return
        self._dragging = False
        self._edge.stop()
        found = self._view.hit(event.position())
        pressed, self._pressed = self._pressed, None
        if self.spans() is None and found is not None:
            row, hit = found
            if pressed == (row, hit.part, hit.url):
                self._activate(row, hit.part, hit.url, hit.share)

    def double_click(self, event: QMouseEvent) -> None:
        found = self._view.hit(event.position())
        if found is None or found[1].part is not RowPart.TEXT:
            return
        row = self._view.chat_model.row(found[0])
        start, end = word_around(row.shown_text, found[1].offset)
        self._select(TextPosition(row.id, start), TextPosition(row.id, end))

    def menu(self, event: QContextMenuEvent) -> None:
        view = self._view
        at = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            row = view.currentIndex().row()
            if row < 0:
                return
            area = view.row_layout(row).bubble.toRect()
            at = view.visualRect(view.currentIndex()).topLeft() + area.center()
        found = view.hit(QPointF(at))
        if found is not None and view.indexAt(at).isValid():
            self._make_current(found[0])
            view.open_menu(found[0], found[1].url, view.viewport().mapToGlobal(at))

    # The keys

    def key(self, event: QKeyEvent) -> bool:
        """True where the key was one of the conversation's."""
        self.input_mode = InputMode.KEYS
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy_or_row()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.key() == Qt.Key.Key_Escape:
            if self.spans() is None:
                return False
            self.clear()
            self._view.viewport().update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._activate_current()
        elif self._hear(event):
            return True
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return self._extend(event)
        else:
            return self._move(event)
        return True

    def _move(self, event: QKeyEvent) -> bool:
        view = self._view
        key = Qt.Key(event.key())
        page = int(view.viewport().height() * 0.9)
        if key == Qt.Key.Key_End:
            view.jump_to_end()
            self._make_current(view.chat_model.rowCount() - 1)
        elif key == Qt.Key.Key_PageUp:
            view.scroll_by(-page)
        elif key == Qt.Key.Key_PageDown:
            view.scroll_by(page)
        elif key in _KEYS and view.chat_model.rowCount():
            index = view.moveCursor(_KEYS[key], Qt.KeyboardModifier.NoModifier)
            self._make_current(index.row())
            view.scrollTo(index)
            view.show_hint(index.row())
        else:
            return key in _KEYS
        return True

    def _extend(self, event: QKeyEvent) -> bool:
        """Shift and an arrow: by character, by word with Ctrl, by message up and down."""
        model = self._view.chat_model
        if event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            return False
        chosen = self._selection
        if chosen is None or model.index_of(chosen.reach.row_id) is None:
            at = self._view.currentIndex().row()
            if at < 0:
                return False
            chosen = Selection(TextPosition(model.row(at).id, 0), TextPosition(model.row(at).id, 0))
        row = model.index_of(chosen.reach.row_id) or 0
        text = model.row(row).shown_text
        offset = min(chosen.reach.offset, length(text))
        forward = event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down)
        inside = offset
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            inside = grapheme(text, offset, forward=forward, whole_word=ctrl)
        elif 0 < offset < length(text) or offset == (0 if forward else length(text)):
            inside = length(text) if forward else 0
        if inside == offset:
            row += 1 if forward else -1
            if not 0 <= row < model.rowCount():
                return True
            units = length(model.row(row).shown_text)
            by_row = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
            inside = units if forward == by_row else 0
        self._select(chosen.begun, TextPosition(model.row(row).id, inside))
        self._make_current(row)
        self._view.scrollTo(self._view.currentIndex())
        return True

    def _copy_or_row(self) -> None:
        row = self._view.currentIndex().row()
        if self.spans() is not None:
            self.copy()
        elif row >= 0:
            self.copy_row(self._view.chat_model.row(row))

    def _activate_current(self) -> bool:
        row = self._view.currentIndex().row()
        if row < 0:
            return False
        layout = self._view.row_layout(row)
        if layout.links:
            self._activate(row, RowPart.LINK, layout.links[0].url)
        elif layout.picture is not None:
            self._activate(row, RowPart.PICTURE, "")
        elif layout.voice is not None:
            self._activate(row, RowPart.VOICE, "")
        elif layout.state is not None:
            self._activate(row, RowPart.STATE, "")
        elif layout.quote is not None:
            self._activate(row, RowPart.QUOTE, "")
        return True

    def _hear(self, event: QKeyEvent) -> bool:
        """Space plays and pauses the voice note of the row, arrows move in it, S changes its speed."""
        row = self._view.currentIndex().row()
        if row < 0 or event.modifiers() or self._view.chat_model.row(row).voice is None:
            return False
        id, view = self._view.chat_model.row(row).id, self._view
        match event.key():
            case Qt.Key.Key_Space:
                view.voice_toggled.emit(id)
            case Qt.Key.Key_Left:
                view.voice_stepped.emit(id, -_STEP_S)
            case Qt.Key.Key_Right:
                view.voice_stepped.emit(id, _STEP_S)
            case Qt.Key.Key_S:
                view.voice_speed_wanted.emit(id)
            case _:
                return False
        return True

    def _activate(self, row: int, part: RowPart, url: str, share: float = 0.0) -> None:
        view, found = self._view, self._view.chat_model.row(row)
        if part is RowPart.LINK:
            view.link_activated.emit(url)
        elif part is RowPart.PICTURE:
            view.picture_activated.emit(found.id)
        elif part is RowPart.VOICE:
            view.voice_toggled.emit(found.id)
        elif part is RowPart.WAVE:
            view.voice_sought.emit(found.id, share)
        elif part is RowPart.SPEED:
            view.voice_speed_wanted.emit(found.id)
        elif part is RowPart.CANCEL:
            view.cancel_requested.emit(found.id)
        elif part is RowPart.STATE:
            view.resend_requested.emit(found.id)
        elif part is RowPart.QUOTE and found.quote is not None:
            target = found.quote.row_id
            if target and not view.jump_to(target):
                view.quote_activated.emit(target)

    def _select(self, begun: TextPosition, reach: TextPosition) -> None:
        self._selection = Selection(begun, reach)
        self._view.viewport().update()

    def _reach(self, at: QPointF) -> None:
        found = self._view.hit(at)
        if found is not None and self._selection is not None:
            row = self._view.chat_model.row(found[0])
            self._select(self._selection.begun, TextPosition(row.id, found[1].offset))

    def _at_edge(self) -> None:
        """Scroll while the pointer is held outside, quicker the further out."""
        y, height = int(self._pointer.y()), self._view.viewport().height()
        self._view.scroll_by(y // 2 if y < 0 else (y - height) // 2 + 1)
        inside = QPointF(self._pointer.x(), max(0, min(y, height - 1)))
        self._reach(inside)

    def _make_current(self, row: int) -> None:
        index = self._view.chat_model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.NoUpdate
        self._view.selectionModel().setCurrentIndex(index, flags)
