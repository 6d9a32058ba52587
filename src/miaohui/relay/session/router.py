"""What people do to sessions, from the gateway to the writers: commands, acks, coming and going."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping

from msgspec import structs

from miaohui.relay.net.command_order import PASSING
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session import messages
from miaohui.relay.session.actor import Line, State, Step, Writer
from miaohui.relay.session.commands import RULES
from miaohui.relay.session.media import Media
from miaohui.relay.session.read_receipts import OTHER
from miaohui.relay.session.registry import Sessions
from miaohui.relay.session.state import Stage
from miaohui.relay.storage.store import StoreFault
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Request, Result
from miaohui.wire.journal import Resumed
from miaohui.wire.sessions import Accepted, Body, PeerTyping, Seen, Send, Typing

log = logging.getLogger(__name__)

Queue = Callable[[Caller, Send], Awaitable[Accepted | str | None]]
"""Takes a message to what is still an order; the session that it became meanwhile; None where
there is no such order."""


class Mailroom:
    """The gateway's SessionRoom."""

    kinds: frozenset[type[Request]] = frozenset({Send, *RULES})

    def __init__(self, sessions: Sessions, media: Media, queue: Queue) -> None:
        self._sessions = sessions
        self._tools = sessions.tools
        self._media = media
        self._queue = queue
        # The newest command of a connection to a session that had to be waited for.
        self._cold_ones: dict[tuple[Line, str], asyncio.Task[bool]] = {}

    def command(self, line: Line, caller: Caller, frame: Request, now: int) -> None:
        """Carries a command out, in the order of receipt where the session is in memory."""
        session: str = frame.session  # type: ignore[attr-defined]
        writer = self._sessions.writers.get(session)
        if writer is None and type(frame) is Send:
            writer = self._sessions.of_order(session)
            if writer is not None:
                # It crossed the opening: not later than what was sent behind it.
                frame = structs.replace(frame, session=writer.id)
        before = self._before(line, session, writer) if self._cold_ones else None
        if before is not None:
            self._start_cold(line, caller, frame, now, session, before)
        elif (
            type(frame) is Send
            and frame.content == "text"
            and writer is not None
            and writer.state is State.READY
        ):
            messages.send(writer, line, caller, frame, now)  # nearly every command
        elif writer is None or (isinstance(frame, Send) and frame.content != "text"):
            self._start_cold(line, caller, frame, now, session, None)
        else:
            self._run(writer, line, caller, frame, now)

    def _before(self, line: Line, session: str, writer: Writer | None) -> asyncio.Task[bool] | None:
        """What this connection said there, or to the order that it was, and is still on its way."""
        found = self._cold_ones.get((line, session))
        if found is None and writer is not None:
            found = self._cold_ones.get((line, writer.book.facts.order))
        return found

    def _start_cold(
        self,
        line: Line,
        caller: Caller,
        frame: Request,
        now: int,
        session: str,
        before: asyncio.Task[bool] | None,
    ) -> None:
        async def work() -> bool:
            if before is not None:
                await asyncio.wait((before,))
                if before.cancelled() or before.exception() is not None or before.result():
                    # What it stands behind is to come again, and so is this.
                    line.answer(frame.id, Refused(Code.RELAY_FAULT, "order"))
                    return True
            return await self._cold(line, caller, frame, now)

        def over(task: asyncio.Task[bool]) -> None:
            if self._cold_ones.get(key) is task:
                del self._cold_ones[key]

        key = (line, session)
        task = self._tools.tasks.start(work(), "a cold command")
        self._cold_ones[key] = task
        task.add_done_callback(over)

    def _run(self, writer: Writer, line: Line, caller: Caller, frame: Request, now: int) -> None:
        book = writer.book

        def reply(outcome: Result | Refused) -> None:
            line.answer(frame.id, outcome)

        if book.side_of(caller.account) is None and not book.once_sat(caller.account):
            reply(Refused(Code.NOT_FOUND, "session"))
        elif isinstance(frame, Send):
            writer.when_ready(lambda: messages.send(writer, line, caller, frame, now), reply)
        elif isinstance(frame, Command):
            writer.when_ready(lambda: self._rule(writer, caller, frame, now, reply), reply)

    def _rule(
        self,
        writer: Writer,
        caller: Caller,
        frame: Command,
        now: int,
        reply: Callable[[Result | Refused], None],
    ) -> None:
        if frame.id in writer.book.ids:
            messages.answer_again(writer, caller, frame, reply)
            return
        if not 1 <= len(frame.id) <= 64:
            reply(Refused(Code.BAD_FRAME, "id"))
            return
        stage = Stage()
        try:
            step = RULES[type(frame)](writer, stage, caller, frame, now)
        except Refused as refused:
            writer.refuse(caller, frame, refused, reply)
            return
        writer.commit(stage, step, reply, caller=caller, command=frame)
        writer.watch(now)

    async def _cold(self, line: Line, caller: Caller, frame: Request, now: int) -> bool:
        """A command to a session that is not in memory, or with a picture. True: refused for now,
        before it came to a writer."""
        try:
            session: str = frame.session  # type: ignore[attr-defined]
            writer = await self._sessions.writer(session)
            if writer is None and isinstance(frame, Send):
                queued = await self._queue(caller, frame)
                if isinstance(queued, Accepted):
                    line.answer(frame.id, queued)
                    return False
                if queued is not None:
                    # It crossed the opening: the same words, to what the order has become.
                    frame = structs.replace(frame, session=queued)
                    writer = await self._sessions.writer(queued)
            if writer is None:
                line.answer(frame.id, Refused(Code.NOT_FOUND, "session"))
                return False
            book = writer.book
            seated = book.side_of(caller.account)
            if (
                isinstance(frame, Send)
                and frame.content != "text"
                and seated is not None
                and frame.id not in book.ids
            ):
                picture = await self._picture(book.facts.num, frame, caller, seated)

                def write() -> None:
                    messages.send(writer, line, caller, frame, now, picture)

                writer.when_ready(write, lambda outcome: line.answer(frame.id, outcome))
                return False
            self._run(writer, line, caller, frame, now)
            return False
        except Refused as refused:
            line.answer(frame.id, refused)
            return refused.code in PASSING
        except (StoreFault, sqlite3.Error, OSError):
            log.exception("a command")
            line.answer(frame.id, Refused(Code.RELAY_FAULT))
            return True

    async def _picture(
        self, num: int, frame: Send, caller: Caller, side: str
    ) -> tuple[Body, str] | Refused:
        """What was checked of a picture, or why it is refused for good."""
        try:
            return await self._media.picture(num, frame.body, caller, named=side == "responder")
        except Refused as refused:
            return refused

    def loose(self, line: Line, caller: Caller, frame: Typing | Seen, now: int) -> None:
        attached = line.attached.get(frame.session)
        if attached is None or attached.to_pos is not None:
            return
        if isinstance(frame, Seen):
            attached.writer.looked(line, frame.seq)
        elif attached.writer.book.facts.state != "closed":
            attached.writer.tell(PeerTyping(session=frame.session), OTHER[attached.side])

    def acked(self, line: Line, acks: Mapping[str, int], now: int) -> None:
        for session, pos in acks.items():
            attached = line.attached.get(session)
            if attached is not None:
                attached.writer.acked(line, pos, now)

    def left(self, line: Line) -> None:
        for attached in list(line.attached.values()):
            attached.writer.detach(line)

    def presence(self, account: str, *, online: bool) -> None:
        """An account's first link came, or its last one went."""
        now = self._tools.clock.mono()
        for writer in self._sessions.live_of(account):
            book = writer.book
            side = "customer" if account == book.facts.customer else "responder"
            writer.peer_presence(side, online=online)
            if side == "customer":
                writer.offline_since = None if online else now
                paused = book.paused
                if (
                    online
                    and writer.state is State.READY
                    and paused is not None
                    and paused.reason == "customer_offline"
                ):
                    stage = Stage()
                    book.add(stage, Resumed, now, by="relay", reason="customer_offline")
                    writer.commit(stage, Step(Done()))
            writer.watch(now)
