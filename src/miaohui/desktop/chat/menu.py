"""The menu of one message; it pops up and never stops the event loop."""

from __future__ import annotations

from collections.abc import Callable
from enum import Flag, auto
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from miaohui.desktop.chat.row import ChatRow, DeliveryMark, Mark, RowKind
from miaohui.desktop.strings import chat as words
from miaohui.desktop.strings import reports

if TYPE_CHECKING:
    from miaohui.desktop.chat.gestures import Gestures
    from miaohui.desktop.chat.talklist import TalkList

__all__ = ["MenuEntry", "RowMenu", "usual_offers"]


class MenuEntry(Flag):
    """The actions open to a message now."""

    NOTHING = 0
    QUOTE = auto()
    EDIT = auto()
    RECALL = auto()
    RESEND = auto()
    CANCEL = auto()
    REPORT = auto()


def usual_offers(row: ChatRow) -> MenuEntry:
    """The actions that the row alone allows; time limits are known by who set `ChatView.set_offers`."""
    if not row.kind.is_message or Mark.RECALLED in row.marks:
        return MenuEntry.NOTHING
    if row.kind is RowKind.THEIRS:
        return MenuEntry.QUOTE
    if row.uploading:
        return MenuEntry.CANCEL
    if row.state in (DeliveryMark.FAILED, DeliveryMark.NOT_DELIVERED):
        return MenuEntry.RESEND
    if row.state in (DeliveryMark.WRITING, DeliveryMark.SENDING):
        return MenuEntry.NOTHING
    still = row.picture is not None or row.voice is not None
    change = MenuEntry.RECALL if still else MenuEntry.RECALL | MenuEntry.EDIT
    return MenuEntry.QUOTE | change


class RowMenu(QMenu):
    """Its choices come out as signals of the view, with the row's id."""

    def __init__(self, view: TalkList, gestures: Gestures) -> None:
        super().__init__(view)
        self._view, self._gestures = view, gestures

    def open(self, row: ChatRow, offer: MenuEntry, url: str, at: QPoint) -> None:
        view = self._view
        self.clear()
        if url:
            self._add(words.open_link(), lambda: view.link_activated.emit(url))
        if self._gestures.spans() is not None:
            self._add(words.copy(), self._gestures.copy)
        elif row.shown_text:
            self._add(words.copy_message(), lambda: self._gestures.copy_row(row))
        if row.voice is not None:
            self._add(words.play_or_pause(), lambda: view.voice_toggled.emit(row.id))
            self._add(words.next_speed(), lambda: view.voice_speed_wanted.emit(row.id))
        for kind, text, signal in (
            (MenuEntry.QUOTE, words.quote, view.quote_requested),
            (MenuEntry.EDIT, words.edit, view.edit_requested),
            (MenuEntry.RECALL, words.recall, view.recall_requested),
            (MenuEntry.RESEND, words.resend, view.resend_requested),
            (MenuEntry.CANCEL, words.cancel_upload, view.cancel_requested),
            (MenuEntry.REPORT, reports.row_menu, view.report_requested),
        ):
            if kind in offer:
                self._add(text(), partial(signal.emit, row.id))
        self.addSeparator()
        self._add(words.select_all(), self._gestures.select_all)
        self.popup(at)

    def _add(self, text: str, done: Callable[[], object]) -> None:
        self.addAction(text).triggered.connect(lambda _checked=False: done())
