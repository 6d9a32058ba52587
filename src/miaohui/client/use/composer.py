"""What a person does in a conversation: writes, edits, takes back, retries, reads, drafts."""

import secrets as randomness

from miaohui.client.feed.message_table import Flag
from miaohui.client.feed.outbox import State
from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk
from miaohui.client.sync.sessions import Feeds
from miaohui.wire.errors import Code
from miaohui.wire.limits import MESSAGE_CHARS
from miaohui.wire.sessions import Body, Edit, Recall, Send, Typing

TYPING_MS = 2_000


class Composer:
    """Everything is on the screen before a method returns."""

    def __init__(self, core: Core, feeds: Feeds) -> None:
        self._core = core
        self._feeds = feeds
        self._typed_at: dict[str, int] = {}

    def send_text(self, session: str, text: str, reply_to: int | None, *, id: str = "") -> str:
        if not text.strip():
            raise Refused(Code.TEXT_EMPTY)
        if len(text) > MESSAGE_CHARS:
            raise Refused(Code.TEXT_TOO_LONG)
        key = self.send(session, Body(salt=salt(), text=text, reply_to=reply_to), id=id)
        self.set_draft(session, "")
        return key

    def send(self, session: str, body: Body, *, held: bool = False, id: str = "") -> str:
        """A message of one's own; ``held``: its picture's bytes go first."""
        core, session = self._core, self._feeds.real(session)
        talk = self._feeds.ensure(session)
        command = Send(
            id=id or core.new_id(),
            session=session,
            content="text" if body.media is None else "image",
            body=body,
            seen_seq=talk.feed.peer_seq_on_screen() if core.me == "responder" else None,
        )
        utc_ms, at = core.clock.utc_ms(), core.clock.mono()
        done = talk.feed.say(command, utc_ms, at, self._feeds.now(talk), held=held)
        self._feeds.emit(session, done)
        core.outbox.put(command, utc_ms, held=held)
        self._read_to(session, talk, talk.feed.pos)
        return command.id

    def retry(self, session: str, key: str) -> None:
        """The same words once more, as a message of its own: the relay keeps its answer to an id,
        and others were written since."""
        kept = self._core.outbox.get(key)
        if kept is None or kept.state is not State.FAILED or not isinstance(kept.command, Send):
            return
        body = kept.command.body
        self.send(session, body, held=body.media is not None)
        self.discard(session, key)

    def discard(self, session: str, key: str) -> str:
        kept = self._core.outbox.get(key)
        if kept is not None and kept.state not in (State.FAILED, State.HELD, State.READY):
            return ""
        self._core.outbox.drop(key)
        talk = self._feeds.get(session)
        if talk is None:
            return ""
        text, differences = talk.feed.drop(key)
        self._feeds.emit(session, differences)
        return text

    def _own(self, session: str, key: str) -> tuple[Talk, int] | None:
        talk = self._feeds.get(session)
        row = None if talk is None else talk.feed.rows.find(key)
        if talk is None or row is None or not talk.feed.rows.has(row, Flag.MINE):
            return None
        return talk, row

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
        body = Body(salt=salt(), text=text, reply_to=reply_to)
        command = Edit(id=self._core.new_id(), session=found[0].feed.session, seq=seq, body=body)
        self._core.outbox.put(command, self._core.clock.utc_ms())

    def recall(self, session: str, key: str) -> None:
        found = self._own(session, key)
        seq = None if found is None else found[0].feed.rows.seq(found[1])
        if found is None or seq is None:
            raise Refused(Code.NOT_FOUND)
        command = Recall(id=self._core.new_id(), session=found[0].feed.session, seq=seq)
        self._core.outbox.put(command, self._core.clock.utc_ms())

    def typing(self, session: str) -> None:
        session = self._feeds.real(session)
        now = self._core.clock.mono()
        last = self._typed_at.get(session)
        if self._core.signed_in and (last is None or now - last >= TYPING_MS):
            self._typed_at[session] = now
            self._core.connection.send(Typing(session=session))

    def seen(self, session: str, key: str) -> None:
        talk = self._feeds.get(session)
        row = None if talk is None else talk.feed.rows.find(key)
        if talk is not None and row is not None:
            self._read_to(talk.feed.session, talk, talk.feed.rows.pos(row))

    def _read_to(self, session: str, talk: Talk, pos: int) -> None:
        feed, core = talk.feed, self._core
        if not feed.reading.look(feed.rows, pos):
            return
        scope = core.scope
        core.store.post(lambda conn: history.put_seen(conn, scope, session, pos))
        seq = self._peer_seq_to(talk, pos)
        if seq and core.settings.values.send_seen:
            self._feeds.looked(session, talk, pos, seq)
        self._feeds.touched(session)

    @staticmethod
    def _peer_seq_to(talk: Talk, pos: int) -> int:
        rows = talk.feed.rows
        for row in range(len(rows) - 1, -1, -1):
            if rows.pos(row) <= pos and not rows.has(row, Flag.MINE):
                seq = rows.seq(row)
                if seq is not None:
                    return seq
        return 0

    def set_draft(self, session: str, text: str) -> None:
        session = self._feeds.real(session)
        talk = self._feeds.ensure(session)
        if talk.draft == text:
            return
        talk.draft = text
        scope = self._core.scope
        self._core.store.post(lambda conn: history.put_draft(conn, scope, session, text))


def salt() -> str:
    """16 random bytes as hex: without them a short text could be guessed from its hash."""
    return randomness.token_hex(16)
