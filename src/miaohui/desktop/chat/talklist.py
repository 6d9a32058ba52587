"""The signals of a list of messages, and the commands that gestures and menu may give it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal

from miaohui.desktop.chat.rowlist import RowList

__all__ = ["TalkList"]


class TalkList(RowList):
    """The signals are facts; `ChatView` says what each means and does what is asked here."""

    link_activated = Signal(str)
    picture_activated = Signal(str)
    voice_toggled = Signal(str)
    voice_sought = Signal(str, float)
    voice_stepped = Signal(str, int)
    voice_speed_wanted = Signal(str)
    quote_activated = Signal(str)
    quote_requested = Signal(str)
    recall_requested = Signal(str)
    edit_requested = Signal(str)
    resend_requested = Signal(str)
    cancel_requested = Signal(str)
    report_requested = Signal(str)
    unseen_changed = Signal(int)
    bottom_seen = Signal(str)

    def jump_to(self, row_id: str) -> bool:
        raise NotImplementedError

    def jump_to_end(self) -> None:
        raise NotImplementedError

    def open_menu(self, row: int, url: str, at: QPoint) -> None:
        raise NotImplementedError

    def show_hint(self, row: int) -> None:
        raise NotImplementedError
