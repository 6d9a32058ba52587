"""The card in which a message is written: text box, strip, notice, buttons."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.chat import scroll_bar
from miaohui.desktop.chat.emoji_grid import EmojiGrid
from miaohui.desktop.chat.icon import tinted
from miaohui.desktop.chat.message_edit import MessageEdit, offered
from miaohui.desktop.chat.picture_tray import PictureTray
from miaohui.desktop.chat.quote_bar import QuoteBar
from miaohui.desktop.chat.row import Chip
from miaohui.desktop.chat.voice_bar import VoiceBar
from miaohui.desktop.look.theme import Theme, light, message_font, ui_font
from miaohui.desktop.strings import chat as words
from miaohui.desktop.widgets.files import ask_files
from miaohui.desktop.widgets.label import restyle

__all__ = ["LIMIT", "ComposerBox", "Mode"]

LIMIT = 4000
# What margins and the small buttons take beside the hint about keys, which goes first.
BUTTONS_ROOM = 220


class Mode(Enum):
    """The purpose of the text: Enter sends it anew or as a correction."""

    WRITING = "writing"
    QUOTING = "quoting"
    EDITING = "editing"


class ComposerBox(QWidget):
    """Signals: `submitted(text)`, after which the box is empty, unless whoever took it called
    `keep`; `changed`: what waits here is another; `typing` at every change by a person, an input
    method's included; `composition_ended`;
    `pictures_offered(list of Path or bytes, whether as they are)`;
    `picture_removed(WaitingPicture or None)`; `voice_wanted`: somebody would record a note;
    `quote_closed`, `edit_closed`.
    """

    submitted = Signal(str)
    changed = Signal()
    composition_ended = Signal()
    picture_removed = Signal(object)
    voice_wanted = Signal()
    typing = Signal()
    pictures_offered = Signal(list, bool)
    quote_closed = Signal()
    edit_closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = light()
        self._mode = Mode.WRITING
        self._kept_draft = ""
        self._scale = 1.0
        self._chip: Chip | None = None
        self._silent = False
        self._card = QFrame(self)
        self._card.setObjectName("composer")
        self._strip = QuoteBar(self._card)
        self._strip.hide()
        self._strip.closed.connect(self._close_strip)
        self.tray = PictureTray(self._card)
        self.tray.removed.connect(self._picture_gone)
        self.tray.settled.connect(self._settled)
        self._due = False  # Enter came while a picture was being made ready
        self._refused = False
        self._edit = MessageEdit(self._card)
        self._edit.accepted.connect(self.submit)
        self._edit.dismissed.connect(self._close_strip)
        self._edit.composed.connect(self.typing)
        self._edit.composition_ended.connect(self.composition_ended)
        self._edit.pictures_offered.connect(self._offer_smaller)
        self._edit.textChanged.connect(self._changed)
        self._notice = QLabel(self._card)
        self._notice.setTextFormat(Qt.TextFormat.PlainText)
        self._notice.setWordWrap(True)
        self._notice.hide()
        self._hint = QLabel(self._card)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setMinimumWidth(1)
        self._emoji = self._button()
        self._emoji.clicked.connect(self._open_emoji)
        self._picture = self._button()
        self._picture.clicked.connect(lambda: self._choose_pictures(original=False))
        self._originals = QAction(self)
        self._originals.triggered.connect(lambda: self._choose_pictures(original=True))
        self._how = self._button()
        self._how.addAction(self._originals)
        self._how.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._voice = self._button()
        self._voice.clicked.connect(self.voice_wanted)
        self.voice_bar = VoiceBar(self._card)
        self._send = QPushButton(self._card)
        self._send.setObjectName("send")
        self._send.clicked.connect(self.submit)
        self._grid: EmojiGrid | None = None
        self._lay_out()
        self.setAcceptDrops(True)
        self.retranslate()
        self.set_scale(1.0)
        self.set_message_font(10.5)
        self._weigh()

    # What others call

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def edit(self) -> MessageEdit:
        return self._edit

    def draft(self) -> str:
        """The unsent message to be kept; never the text of an edit."""
        return self._kept_draft if self._mode is Mode.EDITING else self._edit.toPlainText()

    def edited(self) -> str:
        """The words of the correction under way, or nothing."""
        return self._edit.toPlainText() if self._mode is Mode.EDITING else ""

    def set_draft(self, text: str) -> None:
        """The unsent message, in whatever mode."""
        if self._mode is Mode.EDITING:
            self._kept_draft = text
        elif text != self._edit.toPlainText():
            self._put(text)

    def set_quote(self, author: str, text: str) -> None:
        self.clear_strip()
        self._mode = Mode.QUOTING
        self._strip.show_quote(author, text)
        self._weigh()

    def set_editing(self, text: str, so_far: str | None = None) -> None:
        """Edit a message; the draft that was there comes back afterwards. ``so_far``: the words
        of a correction that was begun before."""
        self._edit.keep_composition()
        if self._mode is not Mode.EDITING:
            self._kept_draft = self._edit.toPlainText()
        self._mode = Mode.EDITING
        self._strip.show_editing(text)
        self._put(text if so_far is None else so_far)
        self._show_hint()

    def show_original(self, text: str) -> None:
        """The words that are being corrected, as they stand now."""
        if self._mode is Mode.EDITING:
            self._strip.show_editing(text)

    def reset(self) -> None:
        """Empties the box, silently: another conversation is written in."""
        self._due = False
        self._mode, self._kept_draft = Mode.WRITING, ""
        self._strip.hide()
        self.tray.clear()
        self._put("")
        self._show_hint()

    def keep(self) -> None:
        """Refuses the words just submitted: they stay in the box."""
        self._refused = True

    def keep_composition(self) -> None:
        """Breaks an input method's composition off; its letters stay."""
        self._edit.keep_composition()

    def clear_strip(self) -> None:
        """Leave quoting or editing, silently."""
        before, self._mode = self._mode, Mode.WRITING
        self._strip.hide()
        if before is Mode.EDITING:
            self._put(self._kept_draft)
            self._kept_draft = ""
            self._show_hint()
        self._weigh()

    def set_placeholder(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def set_chip(self, chip: Chip | None) -> None:
        """A figure beside the send button in place of the hint, such as the time left."""
        self._chip = chip
        self._show_hint()

    def submit(self) -> None:
        """Send what is written, and the pictures, unless it is nothing or too long."""
        if not self._can_send() or self._edit.composing():
            return
        if self.tray.busy and self._mode is not Mode.EDITING:
            self._due = True  # asked for once: it goes when the last picture is ready
            return
        self._due = self._refused = False
        text = self._edit.toPlainText().strip()
        edited = self._mode is Mode.EDITING
        self.submitted.emit(text)
        if self._refused:
            return
        self._silent = True
        self._edit.discard()
        if not edited:
            self.tray.clear()
        self._silent = False
        self.clear_strip()
        self.changed.emit()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(_style(theme))
        self._tint()
        self._strip.set_theme(theme)
        self.tray.set_look(theme, self._scale)
        self.voice_bar.set_look(theme, self._scale)
        if self._grid is not None:
            self._grid.set_theme(theme)
        self._show_hint()

    def _px(self, size: int) -> int:
        return round(size * self._scale)

    def _tint(self) -> None:
        ink = self._theme.ink2
        self._emoji.setIcon(tinted("chat-emoji.svg", ink, self._px(20)))
        self._picture.setIcon(tinted("chat-picture.svg", ink, self._px(20)))
        self._voice.setIcon(tinted("chat-microphone.svg", ink, self._px(20)))
        self._how.setIcon(tinted("chevron-down.svg", ink, self._px(12)))

    def set_message_font(self, points: float) -> None:
        self._edit.setFont(message_font(points))
        self._edit.setStyleSheet(f"font-size:{message_font(points).pixelSize()}px")
        self._edit.document().setDefaultFont(message_font(points))
        self._edit.fit()

    def set_scale(self, scale: float) -> None:
        self._scale = scale
        small = ui_font(scale, pixels=12)
        self._hint.setFont(small)
        self._notice.setFont(small)
        self._send.setFont(ui_font(scale, bold=True))
        self._strip.set_scale(scale)
        self.tray.set_look(self._theme, scale)
        self.voice_bar.set_look(self._theme, scale)
        for tool in (self._emoji, self._picture, self._voice):
            tool.setIconSize(QSize(self._px(20), self._px(20)))
            tool.setFixedSize(self._px(32), self._px(32))
        self._how.setIconSize(QSize(self._px(12), self._px(12)))
        self._how.setFixedSize(self._px(18), self._px(32))
        self._tint()

    def retranslate(self) -> None:
        """Say everything again in the language of this moment."""
        for button, name in (
            (self._emoji, words.emoji()),
            (self._picture, words.add_picture()),
            (self._how, words.how_pictures()),
            (self._voice, words.record()),
        ):
            button.setAccessibleName(name)
            button.setToolTip(name)
        self._originals.setText(words.add_original())
        self._edit.setAccessibleName(words.message_box())
        self._edit.setAccessibleDescription(words.send_keys())
        self._edit.setPlaceholderText(words.write_here())
        self.tray.retranslate()
        self.voice_bar.retranslate()
        self._grid = None
        self._weigh()
        self._show_hint()

    # Events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()
            restyle(self._card, taking="true")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self._card, taking=None)

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self._card, taking=None)
        found = offered(event.mimeData())
        if found:
            event.acceptProposedAction()
            self.pictures_offered.emit(found, False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.tray.fit()
        self._show_hint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._edit.setFocus(event.reason())

    # Its own ways

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._emoji)
        pictures = QHBoxLayout()
        pictures.setSpacing(0)
        pictures.addWidget(self._picture)
        pictures.addWidget(self._how)
        buttons.addLayout(pictures)
        buttons.addWidget(self._voice)
        buttons.addStretch(1)
        buttons.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignVCenter)
        buttons.addWidget(self._send)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(12, 10, 14, 10)
        column.setSpacing(8)
        for widget in (self._strip, self.tray, self.voice_bar, self._edit, self._notice):
            column.addWidget(widget)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 4, 20, 16)
        outer.addWidget(self._card)

    def _button(self) -> QToolButton:
        button = QToolButton(self._card, autoRaise=True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _can_send(self) -> bool:
        text = self._edit.toPlainText().strip()
        waits = not self.tray.isHidden() and self._mode is not Mode.EDITING
        return bool(text or waits) and len(text) <= LIMIT and not self._edit.isReadOnly()

    def _picture_gone(self, picture: object) -> None:
        self._weigh()
        self.picture_removed.emit(picture)
        self.changed.emit()

    def _settled(self) -> None:
        self._weigh()
        self.changed.emit()
        if self._due:
            self.submit()

    def _changed(self) -> None:
        self._weigh()
        if not self._silent:
            self._due = False
            self.changed.emit()
            if self._edit.toPlainText():
                self.typing.emit()

    def _weigh(self) -> None:
        over = len(self._edit.toPlainText().strip()) - LIMIT
        self._notice.setVisible(over > 0)
        if over > 0:
            self._notice.setText(words.too_long(over, LIMIT))
        self._send.setEnabled(self._can_send())
        editing = self._mode is Mode.EDITING
        self._send.setText(words.save_edit() if editing else words.send())

    def _put(self, text: str) -> None:
        self._due = False
        self._silent = True
        self._edit.discard()
        self._edit.setPlainText(text)
        self._edit.moveCursor(self._edit.textCursor().MoveOperation.End)
        self._silent = False
        self._weigh()

    def _close_strip(self) -> None:
        before = self._mode
        self.clear_strip()
        if before is Mode.EDITING:
            self.edit_closed.emit()
        elif before is Mode.QUOTING:
            self.quote_closed.emit()

    def _show_hint(self) -> None:
        if self._chip is not None:
            colours = self._theme.tone(self._chip.tone)
            self._hint.setText(self._chip.text)
            self._hint.setStyleSheet(
                f"color:{colours.text};background:{colours.soft};border-radius:9px;padding:2px 9px"
            )
            self._hint.show()
            return
        keys = words.save_keys() if self._mode is Mode.EDITING else words.send_keys()
        if self._hint.text() != keys:
            self._hint.setText(keys)
        # The window's sheet would set the interface's size; a hint is small.
        self._hint.setStyleSheet(
            f"color:{self._theme.ink2};background:transparent;font-size:{round(12 * self._scale)}px"
        )
        room = self.width() - self._send.sizeHint().width() - round(BUTTONS_ROOM * self._scale)
        self._hint.setVisible(room >= self._hint.sizeHint().width())

    def _open_emoji(self) -> None:
        if self._grid is None:
            self._grid = EmojiGrid(self)
            self._grid.set_theme(self._theme)
            self._grid.chosen.connect(self._insert)
        self._grid.open_over(self._emoji)

    def _insert(self, text: str) -> None:
        self._edit.textCursor().insertText(text)
        self._edit.setFocus()

    def _offer_smaller(self, found: list[object]) -> None:
        self.pictures_offered.emit(found, False)

    def _choose_pictures(self, *, original: bool) -> None:
        title = words.choose_original() if original else words.choose_picture()
        dialog = ask_files(self, title, words.picture_files())
        dialog.filesSelected.connect(
            lambda names: self.pictures_offered.emit([Path(name) for name in names], original)
        )
        dialog.open()


def _style(theme: Theme) -> str:
    return (
        f"QFrame#composer{{background:{theme.card};border:1px solid {theme.line};"
        f"border-radius:{theme.radius_card}px}}"
        f'QFrame#composer[taking="true"]{{background:{theme.accent_soft};'
        f"border:1px solid {theme.accent}}}"
        f"QPlainTextEdit{{background:transparent;color:{theme.ink};border:0;"
        f"selection-background-color:{theme.selection};selection-color:{theme.ink};"
        f"placeholder-text-color:{theme.ink2}}}"
        f"QLabel{{color:{theme.ink};background:transparent}}"
        f"QToolButton{{border:0;border-radius:{theme.radius_button}px;background:transparent}}"
        "QToolButton::menu-indicator{image:none}"
        f"QToolButton:hover{{background:{theme.accent_soft}}}"
        f"QToolButton:focus{{border:2px solid {theme.accent}}}"
        f"QPushButton#send{{background:{theme.accent};color:{theme.accent_ink};border:0;"
        f"border-radius:{theme.radius_button}px;padding:6px 16px;min-height:19px}}"
        f"QPushButton#send:focus{{border:2px solid {theme.ink};padding:4px 14px}}"
        f"QPushButton#send:disabled{{background:{theme.fill};color:{theme.ink2}}}"
        + scroll_bar.style(theme)
    )
