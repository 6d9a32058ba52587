"""The writing in a conversation: words, quotes, corrections, drafts, pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from miaohui.client.port import Refused
from miaohui.client.snapshots import CommandFailed, Delivery, MessageView
from miaohui.client.unsent import EMPTY, MessageDraft, WaitingPicture
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.chat.composer import ComposerBox
from miaohui.desktop.chat.menu import MenuEntry
from miaohui.desktop.chat.picture_tray import PREVIEW
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.row_mapper import People
from miaohui.desktop.chat.view import ChatView
from miaohui.desktop.pages.sessions.pictures import Thumbnails, bytes_of
from miaohui.desktop.strings import chat as say_chat
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.strings import errors
from miaohui.pictures.decoder import Pixels
from miaohui.pictures.header import PictureRefused
from miaohui.wire.errors import Code
from miaohui.wire.limits import EDIT_MS, RECALL_MS

__all__ = ["Writing"]


class Writing(QObject):
    """Between composer, view and client, for one session at a time.

    The composer's whole state is the session's draft. Until the kept one has been read, what is
    typed is written nowhere; then it goes on behind it.

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
        self._quoting = ""
        self._strip = ("", "")  # what the strip says: author and words
        self._was_read = False
        self._given = EMPTY  # comes into the box as soon as no composition is under way
        self._phase = ""
        self.people = People("", "")
        self._previews = Thumbnails(self._decode, composer.tray.refresh)
        composer.tray.set_preview(self._previews)
        view.set_offers(self._offers_of)
        view.quote_requested.connect(self._quote)
        view.edit_requested.connect(self._edit)
        view.recall_requested.connect(lambda key: bridge.client.recall(self._session, key))
        view.resend_requested.connect(lambda key: bridge.client.retry(self._session, key))
        view.cancel_requested.connect(lambda key: bridge.client.cancel_picture(self._session, key))
        composer.submitted.connect(self._submit)
        composer.typing.connect(lambda: bridge.client.typing(self._session))
        composer.changed.connect(self._keep)
        composer.composition_ended.connect(self._take_given)
        composer.pictures_offered.connect(self._pictures)
        composer.picture_removed.connect(self._picture_removed)
        composer.quote_closed.connect(self._forget_context)
        composer.edit_closed.connect(self._forget_context)
        bridge.command_failed.connect(self._failed)

    # --- which session ------------------------------------------------------------------------
    def begin(self, session: str) -> None:
        """Another conversation is written in; the one before keeps its draft."""
        self.rest()
        self._session, self._phase = session, ""
        self._editing = self._quoting = ""
        self._was_read, self._given = False, EMPTY
        self._previews.forget()
        self._composer.reset()
        if not session:
            return
        found = self._bridge.client.session(session)
        if found is not None and found.draft is not None:
            self._read(session, found.draft)
        else:
            work = self._bridge.client.read_draft(session)
            self._bridge.run(self, work, lambda draft: self._read(session, draft))
        self._composer.setFocus()

    @property
    def is_ready(self) -> bool:
        """The kept draft was read and stands in the box."""
        return self._was_read and self._given == EMPTY

    def rest(self) -> None:
        """Nobody writes here for now: what stands in the box, a composition included, is kept."""
        self._composer.keep_composition()
        if not self._session:
            return
        if self._was_read:
            self._keep()
        elif (state := self._state()) != EMPTY:
            self._bridge.client.set_draft(self._session, state)

    def follow(self, phase: str) -> None:
        """The session's phase: with its end there is nothing left to correct, and an input
        method's composition in a box that means something else now is broken off."""
        before, self._phase = self._phase, phase
        if phase != "closed" or before == "closed":
            return
        if before:
            self._composer.keep_composition()
        self._end_correction()

    def refresh(self) -> None:
        """Looks again: a message that is quoted or corrected may have come, changed or gone."""
        if self._quoting:
            strip = self._quoted(self._quoting)
            if strip != self._strip:
                self._strip = strip
                self._composer.set_quote(*strip)
        elif self._editing and (message := self._message(self._editing)) is not None:
            if message.recalled:
                self._end_correction()
            elif self._strip != ("", message.text):
                self._strip = ("", message.text)
                self._composer.show_original(message.text)

    # --- the draft ----------------------------------------------------------------------------
    def _state(self) -> MessageDraft:
        composer = self._composer
        return MessageDraft(
            text=composer.draft(),
            quoting=self._quoting,
            editing=self._editing,
            edited=composer.edited(),
            pictures=composer.tray.pictures,
        )

    def _read(self, session: str, draft: MessageDraft) -> None:
        if session == self._session and not self._was_read:
            self._was_read = True
            self._give(draft)

    def _keep(self) -> None:
        if self._session and self._was_read:
            self._bridge.client.set_draft(self._session, self._given.joined(self._state()))

    def _give(self, piece: MessageDraft) -> None:
        """Puts it before what is in the box, never into the middle of a composition."""
        self._given = self._given.joined(piece)
        if not self._composer.edit.composing():
            self._take_given()

    def _take_given(self) -> None:
        if not self._was_read:
            return
        whole, self._given = self._given.joined(self._state()), EMPTY
        if self._phase == "closed":
            whole = whole.uncorrected()
        if whole != self._state():
            self._show(whole)
        self._keep()

    def _show(self, draft: MessageDraft) -> None:
        composer = self._composer
        if self._editing and not draft.editing:
            composer.clear_strip()
        self._editing, self._quoting = draft.editing, "" if draft.editing else draft.quoting
        composer.set_draft(draft.text)
        composer.tray.set_pictures(draft.pictures)
        if draft.editing:
            message = self._message(draft.editing)
            self._strip = ("", "" if message is None else message.text)
            composer.set_editing(self._strip[1], draft.edited)
        elif draft.quoting:
            self._strip = self._quoted(draft.quoting)
            composer.set_quote(*self._strip)

    def _end_correction(self) -> None:
        if self._editing:
            words = self._state().uncorrected()
            self._composer.clear_strip()
            self._editing = ""
            self._composer.set_draft(words.text)
            self._keep()

    # --- sending ------------------------------------------------------------------------------
    def _submit(self, text: str) -> None:
        client, session = self._bridge.client, self._session
        pictures: tuple[WaitingPicture, ...] = ()
        try:
            if self._editing:
                client.edit_text(session, self._editing, text)
            else:
                reply_to = self._reply_to()
                pictures = self._composer.tray.pictures
                if text:
                    client.send_text(session, text, reply_to)
        except Refused as refused:
            self._composer.keep()
            self.notice_wanted.emit(errors.sentence(refused.code, refused.detail))
            return
        for one in pictures:
            self._send_picture(session, one)
        self._editing = self._quoting = ""
        self._view.jump_to_end()
        if text:
            self.sent.emit(text)

    def _reply_to(self) -> int | None:
        """The quoted message's seq; Refused while it has not been read: nothing goes without."""
        if not self._quoting:
            return None
        message = self._message(self._quoting)
        if message is None or message.seq is None:
            raise Refused("quote_unread")
        return message.seq

    def _send_picture(self, session: str, picture: WaitingPicture) -> None:
        def failed(refused: Refused) -> None:
            self._picture_failed(refused)
            self._give_back(session, MessageDraft(pictures=(picture,)))

        work = self._bridge.client.send_held(session, picture)
        self._bridge.run(self, work, failed=failed)

    def _give_back(self, session: str, piece: MessageDraft) -> None:
        if session == self._session:
            self._give(piece)
        else:
            self._bridge.client.join_draft(session, piece)

    def _failed(self, failure: CommandFailed) -> None:
        """The words of a refused command, which the client has in the draft again."""
        if failure.text and failure.session == self._session and self._was_read:
            self._give(MessageDraft(failure.text))

    # --- quotes and corrections ---------------------------------------------------------------
    def _message(self, key: str) -> MessageView | None:
        return self._bridge.client.panel_of_message(self._session, key)

    def _quoted(self, key: str) -> tuple[str, str]:
        message = self._message(key)
        if message is None:
            return "", ""
        author = self.people.mine if message.mine else self.people.peer
        if message.recalled:
            return author, say_chat.recalled()
        if message.voice is not None:
            return author, say_chat.voice()
        picture = f"{say_chat.picture()} {message.text}".strip() if message.picture else ""
        return author, picture or message.text

    def _quote(self, key: str) -> None:
        message = self._message(key)
        if message is None or message.seq is None:
            return
        self._end_correction()
        self._quoting, self._strip = key, self._quoted(key)
        self._composer.set_quote(*self._strip)
        self._composer.setFocus()
        self._keep()

    def _edit(self, key: str) -> None:
        message = self._message(key)
        if message is None or key == self._editing:
            return
        self._end_correction()
        self._editing, self._quoting, self._strip = key, "", ("", message.text)
        self._composer.set_editing(message.text)
        self._composer.setFocus()
        self._keep()

    def _forget_context(self) -> None:
        self._editing = self._quoting = ""
        self._keep()

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
        if message.seq is None or self._phase == "closed":
            return offer
        if age <= RECALL_MS:
            offer |= MenuEntry.RECALL
        if age <= EDIT_MS and not (message.picture or message.voice or message.unknown):
            offer |= MenuEntry.EDIT
        return offer

    # --- pictures -----------------------------------------------------------------------------
    def _pictures(self, offered: list[object], original: bool) -> None:
        """They wait in the composer: nothing is sent that was not asked for."""
        for one in offered:
            try:
                data = bytes_of(one)
            except PictureRefused as refused:
                self.notice_wanted.emit(say.picture_refused(refused.reason))
                continue
            self._hold(data, original=original)
        self._composer.setFocus()

    def _hold(self, data: bytes, *, original: bool) -> None:
        session, tray = self._session, self._composer.tray
        number = tray.begin()

        def ready(picture: WaitingPicture) -> None:
            if session != self._session:
                self._bridge.client.join_draft(session, MessageDraft(pictures=(picture,)))
            elif not tray.ready(number, picture):
                self._bridge.client.drop_held(picture)
            else:
                self._keep()

        def failed(refused: Refused) -> None:
            if session == self._session:
                tray.fail(number)
            self._picture_failed(refused)

        work = self._bridge.client.hold_picture(data, original=original, whole=original)
        self._bridge.run(self, work, ready, failed)

    def _picture_removed(self, picture: WaitingPicture | None) -> None:
        if picture is not None:
            self._bridge.client.drop_held(picture)

    def _picture_failed(self, refused: Refused) -> None:
        if refused.code == Code.MEDIA_REFUSED:
            self.notice_wanted.emit(say.picture_refused(refused.detail))
        else:
            self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)

    def _decode(
        self, media: str, made: Callable[[Pixels | None], None], failed: Callable[[], None]
    ) -> None:
        work = self._bridge.client.picture(media, *PREVIEW)
        self._bridge.run(self, work, made, lambda _refused: failed())
