"""What a person does in a conversation: writes, edits, takes back, retries, reads."""

import msgspec

from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.message_table import Flag
from miaohui.client.port import Refused
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.use.devicekey import DeviceKey
from miaohui.wire.errors import Code
from miaohui.wire.limits import MESSAGE_CHARS
from miaohui.wire.media import VOICE_TYPE
from miaohui.wire.sessions import Body, Content, Edit, Recall, ReplyTimes, Send, Typing

TYPING_MS = 2_000


class MessageCommands:
    """Everything is on the screen before a method returns."""

    def __init__(self, context: Context, syncs: SyncedSessions, device: DeviceKey) -> None:
        self._context = context
        self._device = device
        self._syncs = syncs
        self._typed_at: dict[str, int] = {}
        syncs.again.append(self.send_again)

    def send_text(self, session: str, text: str, reply_to: int | None, *, id: str = "") -> str:
        if not text.strip():
            raise Refused(Code.TEXT_EMPTY)
        if len(text) > MESSAGE_CHARS:
            raise Refused(Code.TEXT_TOO_LONG)
        body = Body(salt=salt(self._context), text=text, reply_to=reply_to)
        return self.send(session, body, id=id)

    def send_again(self, sync: SessionSync, command: Send) -> str:
        """A reply that covered nothing: the same words, with what had been on the screen then."""
        body = msgspec.structs.replace(command.body, salt=salt(self._context))
        return self.send(sync.session, body, seen_seq=command.seen_seq, again=True)

    def _times(
        self, sync: SessionSync, id: str, seen_seq: int | None, *, again: bool
    ) -> ReplyTimes | None:
        """When the question was shown and when Send was pressed; nothing where nobody presses."""
        shown = None if seen_seq is None or again else sync.feed.shown_at(seen_seq)
        if shown is None:
            return None
        pressed = self._context.clock.mono()
        return self._device.times(
            session=sync.session, id=id, seq=shown[0], shown=shown[1], pressed=pressed
        )

    def send(
        self,
        session: str,
        body: Body,
        *,
        held: bool = False,
        id: str = "",
        seen_seq: int | None = None,
        again: bool = False,
    ) -> str:
        """A message of one's own; ``held``: its picture's bytes go first. ``seen_seq``: where it is
        not what is on the screen now."""
        context, session = self._context, self._syncs.real(session)
        sync = self._syncs.ensure(session)
        if context.me == "responder" and seen_seq is None:
            seen_seq = sync.feed.peer_seq_on_screen()
        id = id or context.new_id()
        command = Send(
            id=id,
            session=session,
            content=content_of(body),
            body=body,
            seen_seq=seen_seq,
            times=self._times(sync, id, seen_seq, again=again),
        )
        utc_ms, at = context.utc_ms(), context.clock.mono()
        done = sync.feed.say(command, utc_ms, at, sync.now, held=held)
        self._syncs.emit(session, done)
        context.outbox.put(command, utc_ms, held=held)
        self._read_to(sync, sync.feed.pos)
        return command.id

    def retry(self, session: str, key: str) -> None:
        """The same words once more, as a message of its own: the relay keeps its answer to an id,
        and others were written since."""
        kept = self._context.outbox.get(key)
        if (
            kept is None
            or kept.state is not CommandState.FAILED
            or not isinstance(kept.command, Send)
        ):
            return
        body = kept.command.body
        self.send(session, body, held=body.media is not None)
        self.discard(session, key)

    def discard(self, session: str, key: str) -> str:
        kept = self._context.outbox.get(key)
        if kept is not None and kept.state not in (
            CommandState.FAILED,
            CommandState.HELD,
            CommandState.READY,
        ):
            return ""
        return self.withdraw(session, key)

    def withdraw(self, session: str, key: str) -> str:
        """Takes an own message that is not on its way off the screen; its text."""
        self._context.outbox.drop(key)
        sync = self._syncs.get(session)
        if sync is None:
            return ""
        text, differences = sync.feed.drop(key)
        self._syncs.emit(session, differences)
        return text

    def _own(self, session: str, key: str) -> tuple[SessionSync, int] | None:
        sync = self._syncs.get(session)
        row = None if sync is None else sync.feed.rows.find(key)
        if sync is None or row is None or not sync.feed.rows.has(row, Flag.MINE):
            return None
        return sync, row

    def edit_text(self, session: str, key: str, text: str) -> None:
        if not text.strip():
            raise Refused(Code.TEXT_EMPTY)
        if len(text) > MESSAGE_CHARS:
            raise Refused(Code.TEXT_TOO_LONG)
        found = self._own(session, key)
        seq = None if found is None else found[0].feed.rows.seq(found[1])
        if found is None or seq is None:
            raise Refused(Code.NOT_FOUND)
        reply_to = found[0].feed.rows.reply_to(found[1])
        body = Body(salt=salt(self._context), text=text, reply_to=reply_to)
        command = Edit(id=self._context.new_id(), session=found[0].feed.session, seq=seq, body=body)
        self._syncs.did(command)
        sync = found[0]
        sync.emit(sync.feed.change(command, sync.now))
        self._context.outbox.put(command, self._context.clock.utc_ms())

    def recall(self, session: str, key: str) -> None:
        found = self._own(session, key)
        seq = None if found is None else found[0].feed.rows.seq(found[1])
        if found is None or seq is None:
            raise Refused(Code.NOT_FOUND)
        sync = found[0]
        command = Recall(id=self._context.new_id(), session=sync.feed.session, seq=seq)
        sync.emit(sync.feed.change(command, sync.now))
        self._context.outbox.put(command, self._context.clock.utc_ms())

    def typing(self, session: str) -> None:
        session = self._syncs.real(session)
        now = self._context.clock.mono()
        last = self._typed_at.get(session)
        if self._context.signed_in and (last is None or now - last >= TYPING_MS):
            self._typed_at[session] = now
            self._context.connection.send(Typing(session=session))

    def seen(self, session: str, key: str) -> None:
        sync = self._syncs.get(session)
        row = None if sync is None else sync.feed.rows.find(key)
        if sync is not None and row is not None:
            self._read_to(sync, sync.feed.rows.pos(row))

    def _read_to(self, sync: SessionSync, pos: int) -> None:
        if not sync.read_here(pos):
            return
        seq = self._peer_seq_to(sync, pos)
        if seq and self._context.settings.values.send_seen:
            sync.looked(pos, seq)
        sync.touched()

    @staticmethod
    def _peer_seq_to(sync: SessionSync, pos: int) -> int:
        rows = sync.feed.rows
        for row in range(len(rows) - 1, -1, -1):
            if rows.pos(row) <= pos and not rows.has(row, Flag.MINE):
                seq = rows.seq(row)
                if seq is not None:
                    return seq
        return 0


def content_of(body: Body) -> Content:
    """The kind of message that a body is."""
    if body.media is None:
        return "text"
    return "voice" if body.mime == VOICE_TYPE else "image"


def salt(context: Context) -> str:
    """16 random bytes as hex: without them a short text could be guessed from its hash."""
    return context.token(16)
