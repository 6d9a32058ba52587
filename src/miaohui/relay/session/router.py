"""The command router: from the gateway to the sessions, in the order of receipt."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping

from msgspec import structs

from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.actor import RULES, Picture
from miaohui.relay.session.live import Inbound, LiveSession, ReaderLine
from miaohui.relay.session.media import PictureStore
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.storage.store import StoreFault
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Request
from miaohui.wire.sessions import Accepted, ReadTo, Seen, Send, Typing

log = logging.getLogger(__name__)

KeepQueued = Callable[[Caller, Send], Awaitable[Accepted | str | None]]
"""Takes a message to what is still an order; the session that it became meanwhile; None where
there is no such order."""


class CommandRouter:
    """The router of connections' commands. What has to wait for the disk before its session has it (a
    session that is not in memory, a picture, an order's message) holds back what was sent behind
    it."""

    kinds: frozenset[type[Request]] = frozenset({Send, *RULES})

    def __init__(
        self, sessions: SessionRegistry, pictures: PictureStore, tasks: Tasks, queue: KeepQueued
    ) -> None:
        self._sessions = sessions
        self._pictures = pictures
        self._tasks = tasks
        self._queue = queue
        # By connection and address: the newest command that had to be waited for, newest last.
        self._waited_for: dict[ReaderLine, dict[str, asyncio.Task[bool]]] = {}

    def command(self, line: ReaderLine, caller: Caller, frame: Command, now: int) -> None:
        """Hands a command to its session."""
        session: str = frame.session  # type: ignore[attr-defined]
        live = self._sessions.live.get(session)
        if live is None and type(frame) is Send:
            live = self._sessions.of_order(session)
            if live is not None:
                # It crossed the opening: not later than what was sent behind it.
                frame = structs.replace(frame, session=live.id)
        before = self._before(line, live) if line in self._waited_for else None
        if before is None and live is not None and not _is_picture(frame):
            live.take(Inbound(line, caller, frame, now))  # nearly every command
        else:
            where = session if live is None else live.id
            self._wait(line, caller, frame, now, where, before)

    def _before(self, line: ReaderLine, live: LiveSession | None) -> asyncio.Task[bool] | None:
        """The newest of what this connection said there and is still on its way.
        An address that leads to nothing in memory may mean what any other such address means."""
        addresses = None if live is None else (live.id, live.actor.state.facts.order)
        for address, task in reversed(self._waited_for[line].items()):
            if address not in self._sessions.live if addresses is None else address in addresses:
                return task
        return None

    def _wait(
        self,
        line: ReaderLine,
        caller: Caller,
        frame: Command,
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
            return await self._find(line, caller, frame, now)

        def over(task: asyncio.Task[bool]) -> None:
            if waiting.get(session) is task:
                del waiting[session]
            if not waiting and self._waited_for.get(line) is waiting:
                del self._waited_for[line]

        task = self._tasks.start(work(), "a command that waits")
        waiting = self._waited_for.setdefault(line, {})
        waiting.pop(session, None)
        waiting[session] = task
        task.add_done_callback(over)

    async def _find(self, line: ReaderLine, caller: Caller, frame: Command, now: int) -> bool:
        """A command to a session that is not in memory, or with a picture or a voice note. True: refused for now,
        before a session had it."""
        try:
            session: str = frame.session  # type: ignore[attr-defined]
            live = await self._sessions.get(session)
            if live is None and isinstance(frame, Send):
                queued = await self._queue(caller, frame)
                if isinstance(queued, Accepted):
                    line.answer(frame.id, queued)
                    return False
                if queued is not None:
                    # It crossed the opening: the same words, to what the order has become.
                    frame = structs.replace(frame, session=queued)
                    live = await self._sessions.get(queued)
            if live is None:
                line.answer(frame.id, Refused(Code.NOT_FOUND, "session"))
                return False
            picture = await self._picture(live, frame, caller)
            live.take(Inbound(line, caller, frame, now, picture))
            return False
        except Refused as refused:
            line.answer(frame.id, refused)
            return refused.passing
        except (StoreFault, sqlite3.Error, OSError):
            log.exception("a command")
            line.answer(frame.id, Refused(Code.RELAY_FAULT))
            return True

    async def _picture(
        self, live: LiveSession, frame: Command, caller: Caller
    ) -> Picture | Refused | None:
        """A picture or a voice note as it was checked, or its refusal for good."""
        state = live.actor.state
        side = state.side_of(caller.account)
        if not isinstance(frame, Send) or not _is_picture(frame):
            return None
        if side is None or frame.id in state.ids:
            return None  # the session says what becomes of it
        try:
            return await self._pictures.picture(
                live.num,
                frame.body,
                caller,
                named=side == "responder",
                voice=frame.content == "voice",
            )
        except Refused as refused:
            return refused

    def loose(self, line: ReaderLine, frame: Typing | Seen | ReadTo) -> None:
        """Passes on what is never answered."""
        attached = line.attached.get(frame.session)
        if attached is None:
            return
        if isinstance(frame, ReadTo):
            attached.session.read_to(line, attached, frame.pos)
        elif isinstance(frame, Seen):
            attached.session.seen(attached, frame.seq)
        else:
            attached.session.typing(attached)

    def acked(self, line: ReaderLine, acks: Mapping[str, int], now: int) -> None:
        """Positions that a connection has on its disk, by session."""
        for session, pos in acks.items():
            attached = line.attached.get(session)
            if attached is not None:
                attached.session.stored(attached, pos, now)

    def look(self, now: int) -> None:
        """Before anything that came is taken in."""
        self._sessions.lag.look(now)

    def left(self, line: ReaderLine) -> None:
        for attached in list(line.attached.values()):
            attached.session.detach(line)

    def presence(self, account: str, *, online: bool) -> None:
        self._sessions.present(account, online=online)


def _is_picture(frame: Command) -> bool:
    return type(frame) is Send and frame.content != "text"
