"""The writing in a conversation: words, quotes, corrections, drafts, pictures."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from miaohui.client.port import Refused
from miaohui.client.snapshots import Delivery, MessageView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.chat.composer import ComposerBox
from miaohui.desktop.chat.menu import MenuEntry
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.row_mapper import People
from miaohui.desktop.chat.view import ChatView
from miaohui.desktop.pages.sessions.pictures import bytes_of
from miaohui.desktop.strings import chat as say_chat
from miaohui.desktop.strings import conversation as say
from miaohui.pictures.header import PictureRefused
from miaohui.wire.errors import Code

__all__ = ["Writing"]

RECALL_MS = 120_000


class Writing(QObject):
    """Between composer, view and client, for one session at a time.

    Signals: ``notice_wanted(words)``: something to be said at the window's foot; ``sent(words)``:
    a message, or the new words of one, has gone out.
    """

    notice_wanted = Signal(str)
    sent = Signal(str)

    def __init__(self, bridge: Bridge, composer: ComposerBox, view: ChatView) -> None:
        super().__init__(composer)
        self._bridge, self._composer, self._view = bridge, composer, view
        self._session = ""
        self._editing = ""
        self._quoting: int | None = None
        self.people = People("", "")
        view.set_offers(self._offers_of)
        view.quote_requested.connect(self._quote)
        view.edit_requested.connect(self._edit)
        view.recall_requested.connect(lambda key: bridge.client.recall(self._session, key))
        view.resend_requested.connect(lambda key: bridge.client.retry(self._session, key))
        view.cancel_requested.connect(lambda key: bridge.client.cancel_picture(self._session, key))
        composer.submitted.connect(self._submit)
        composer.typing.connect(lambda: bridge.client.typing(self._session))
        composer.text_changed.connect(self._draft)
        composer.pictures_offered.connect(self._pictures)
        composer.quote_closed.connect(self._forget_context)
        composer.edit_closed.connect(self._forget_context)

    def begin(self, session: str, draft: str) -> None:
        """Another conversation is written in; the one before keeps its draft."""
        self._composer.clear_strip()
        self._session = session
        self._forget_context()
        self._composer.set_draft(draft)
        self._composer.setFocus()

    def _submit(self, text: str) -> None:
        client, session = self._bridge.client, self._session
        if self._editing:
            client.edit_text(session, self._editing, text)
        else:
            client.send_text(session, text, self._quoting)
        self._forget_context()
        client.set_draft(session, "")
        self._view.jump_to_end()
        self.sent.emit(text)

    def _draft(self, text: str) -> None:
        if self._session and not self._editing:
            self._bridge.client.set_draft(self._session, text)

    def _message(self, key: str) -> MessageView | None:
        return self._bridge.client.panel_of_message(self._session, key)

    def _quote(self, key: str) -> None:
        message = self._message(key)
        if message is None or message.seq is None:
            return
        self._quoting, self._editing = message.seq, ""
        author = self.people.mine if message.mine else self.people.peer
        picture = f"{say_chat.picture()} {message.text}".strip() if message.picture else ""
        self._composer.set_quote(author, picture or message.text)

    def _edit(self, key: str) -> None:
        message = self._message(key)
        if message is not None:
            self._editing, self._quoting = key, None
            self._composer.set_editing(message.text)

    def _forget_context(self) -> None:
        self._editing, self._quoting = "", None

    def _offers_of(self, row: ChatRow) -> MenuEntry:
        """What the rules allow with this message now."""
        message = self._message(row.id)
        if message is None or message.kind != "message" or message.recalled:
            return MenuEntry.NOTHING
        offer = MenuEntry.QUOTE if message.seq is not None else MenuEntry.NOTHING
        if not message.mine:
            return offer | MenuEntry.REPORT
        if row.uploading:
            return MenuEntry.CANCEL
        if message.delivery in (Delivery.FAILED, Delivery.NOT_DELIVERED):
            return MenuEntry.RESEND
        age = self._bridge.clock.utc_ms() - message.utc_ms
        if message.seq is None or age > RECALL_MS:
            return offer
        return offer | MenuEntry.RECALL | (MenuEntry.NOTHING if message.picture else MenuEntry.EDIT)

    def _pictures(self, offered: list[object], original: bool) -> None:
        client, session = self._bridge.client, self._session
        for one in offered:
            try:
                data = bytes_of(one)
            except PictureRefused as refused:
                self.notice_wanted.emit(say.picture_refused(refused.reason))
                continue
            work = client.send_picture(session, data, original=original, whole=original)
            self._bridge.run(self, work, failed=self._picture_failed)

    def _picture_failed(self, refused: Refused) -> None:
        if refused.code == Code.MEDIA_REFUSED:
            self.notice_wanted.emit(say.picture_refused(refused.detail))
        else:
            self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)
