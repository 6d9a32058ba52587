"""Commands that wait for their answer: durable first, then sent, in order within their lane.

A lane is a session (else an order, else the command itself). What is refused for good stays
refused and the later ones go on: each is a thing of its own, and a person sees the failed one.
What a relay could not do just now (``too_many``, ``relay_fault``, ``stopping``) blocks its lane
and goes again by itself. A picture that is still uploading holds up nobody.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from miaohui.client.feed.command_states import (
    PASSED,
    UNSENT,
    CommandEvent,
    CommandState,
    after,
)
from miaohui.client.port import Refused
from miaohui.client.store.store import LocalStore
from miaohui.wire.codec import Order as AnyCommand
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Result
from miaohui.wire.limits import IN_FLIGHT
from miaohui.wire.sessions import Send

if TYPE_CHECKING:
    from sqlite3 import Connection

_command: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
PASSING = frozenset({Code.TOO_MANY, Code.RELAY_FAULT, Code.STOPPING})
# Of a message to an order that is none of its session yet, or no more.
EARLY = frozenset({Code.NOT_FOUND, Code.WRONG_STATE})
RETRY_MS = 1_000


@dataclass(slots=True)
class KeptCommand:
    """A command in the outbox."""

    command: Command
    lane: str
    state: CommandState
    utc_ms: int
    code: str = ""
    future: asyncio.Future[Result] | None = None
    rest: asyncio.TimerHandle | None = None  # refused for now; goes again when it is over


def lane_of(command: Command) -> str:
    for name in ("session", "order"):
        lane = getattr(command, name, None)
        if isinstance(lane, str):
            return lane
    return command.id


class Outbox:
    """``send`` puts a frame on the link; ``changed`` hears of every step of a kept command;
    ``may_go``: whether a lane's commands may go now; who says no calls ``wake`` when they may."""

    def __init__(
        self,
        store: LocalStore,
        send: Callable[[Frame], None],
        changed: Callable[[KeptCommand, Result | None], None],
        may_go: Callable[[str], bool] = lambda lane: True,
    ) -> None:
        self._store = store
        self._send = send
        self._changed = changed
        self._scope = 0
        self._live = False
        self._kept: dict[str, KeptCommand] = {}
        self._may_go = may_go

    # --- filling -----------------------------------------------------------------------------
    def open(self, scope: int, rows: list[KeptCommand]) -> None:
        """Takes over what the store kept for this account."""
        self._scope = scope
        carried = [k for k in self._kept.values() if k.future is not None and not k.future.done()]
        self._kept = {kept.command.id: kept for kept in rows}
        for kept in carried:
            self._kept.setdefault(kept.command.id, kept)
        self._pump_all()

    def put(self, command: Command, utc_ms: int, *, held: bool = False) -> KeptCommand:
        """Writes the command down; it goes out once that is durable."""
        kept = KeptCommand(command, lane_of(command), CommandState.WRITING, utc_ms)
        self._kept[command.id] = kept
        scope, event = self._scope, CommandEvent.KEPT_BACK if held else CommandEvent.WRITTEN
        state = after(kept.state, event)

        def written() -> None:
            if kept.state is CommandState.WRITING:
                kept.state = state
                self._changed(kept, None)
                self._pump(kept.lane)

        self._store.post(
            lambda conn: put_row(conn, scope, kept, state), written, lambda _: self._unwritten(kept)
        )
        return kept

    def _unwritten(self, kept: KeptCommand) -> None:
        self.refused(kept.command.id, Refused("store"))

    async def ask(self, command: Command, utc_ms: int) -> Result:
        """The answer, across however many cuts; giving up waiting leaves the command in."""
        kept = self._kept.get(command.id) or self.put(command, utc_ms)
        if kept.future is None:
            kept.future = asyncio.get_running_loop().create_future()
        return await asyncio.shield(kept.future)

    def release(self, id: str) -> None:
        """The picture's bytes are there: its message may go."""
        kept = self._kept.get(id)
        if kept is not None and kept.state is CommandState.HELD:
            self._enter(kept, CommandEvent.UPLOADED)
            self._pump(kept.lane)

    def drop(self, id: str) -> KeptCommand | None:
        """Takes a command out, unless it is on its way."""
        kept = self._kept.get(id)
        if kept is None or kept.state is CommandState.SENT:
            return None
        self._forget(kept)
        return kept

    def _enter(self, kept: KeptCommand, event: CommandEvent, result: Result | None = None) -> None:
        """A step that outlives a restart."""
        state = kept.state = after(kept.state, event)
        scope, id, code = self._scope, kept.command.id, kept.code
        self._store.post(
            lambda conn: conn.execute(
                "UPDATE outbox SET state=?, code=? WHERE scope=? AND id=?", (state, code, scope, id)
            )
        )
        self._changed(kept, result)

    def _forget(self, kept: KeptCommand) -> None:
        self._kept.pop(kept.command.id, None)
        scope, id = self._scope, kept.command.id
        self._store.post(
            lambda conn: conn.execute("DELETE FROM outbox WHERE scope=? AND id=?", (scope, id))
        )

    # --- the link ----------------------------------------------------------------------------
    def link(self, *, live: bool) -> None:
        """The link came (everything unanswered goes again) or went."""
        self._live = live
        for kept in self._kept.values():
            if kept.state is CommandState.SENT:
                kept.state = after(kept.state, CommandEvent.CUT)
                self._follow_lane(kept)
            if kept.rest is not None:
                kept.rest.cancel()
                kept.rest = None
        for kept in tuple(self._kept.values()):
            if kept.state is CommandState.READY:
                self._changed(kept, None)
        self._pump_all()

    def wake(self, lane: str) -> None:
        """What waited in a lane may go."""
        self._pump(lane)

    def _pump_all(self) -> None:
        for lane in dict.fromkeys(kept.lane for kept in self._kept.values()):
            self._pump(lane)

    def _pump(self, lane: str) -> None:
        if not self._live or not self._may_go(lane):
            return
        flying = 0
        for kept in tuple(self._kept.values()):
            if kept.lane != lane or kept.state in PASSED:
                continue
            if kept.state is CommandState.WRITING or kept.rest is not None or flying >= IN_FLIGHT:
                return
            flying += 1
            if kept.state is CommandState.SENT and self._astray(kept):
                return  # it crosses the opening: those after it wait to hear where it came in
            if kept.state is CommandState.READY:
                kept.state = after(kept.state, CommandEvent.WENT)
                self._send(kept.command)
                self._changed(kept, None)

    def answered(self, id: str, result: Result) -> bool:
        """Whether the answer was to something kept here."""
        kept = self._kept.get(id)
        if kept is None:
            return False
        if isinstance(kept.command, Send):
            self._enter(kept, CommandEvent.ANSWERED, result)
        else:
            self._forget(kept)
            self._changed(kept, result)
        if kept.future is not None and not kept.future.done():
            kept.future.set_result(result)
        self._pump(kept.lane)
        return True

    def arrived(self, id: str) -> None:
        """The feed brought the message back: it is history now (the store drops the row with
        the item, in one transaction)."""
        kept = self._kept.get(id)
        if kept is None or (kept.future is not None and not kept.future.done()):
            return
        del self._kept[id]
        self._pump(kept.lane)

    def refused(self, id: str, refusal: Refused) -> bool:
        kept = self._kept.get(id)
        if kept is None:
            return False
        if refusal.code in PASSING and self._live:
            kept.state = after(kept.state, CommandEvent.PUT_OFF)
            self._follow_lane(kept)
            wait = max(refusal.retry_ms, RETRY_MS) / 1000
            kept.rest = asyncio.get_running_loop().call_later(wait, self._rested, kept)
            self._changed(kept, None)
            return True
        if refusal.code in EARLY and self._astray(kept):
            # It reached the relay in the very moment in which the order became a session.
            self._readdress(kept)
            self._enter(kept, CommandEvent.FOLLOWED)
            self._pump(kept.lane)
            return True
        kept.code = refusal.code
        if isinstance(kept.command, Send):
            self._enter(kept, CommandEvent.REFUSED)
        else:
            kept.state = after(kept.state, CommandEvent.REFUSED)
            self._forget(kept)
            if kept.future is None:
                self._changed(kept, None)
        if kept.future is not None and not kept.future.done():
            kept.future.set_exception(refusal)
            kept.future.exception()  # whoever asked may have given up waiting
        self._pump(kept.lane)
        return True

    def _rested(self, kept: KeptCommand) -> None:
        kept.rest = None
        self._pump(kept.lane)

    def close(self) -> None:
        """Nobody waits any more; what is kept stays in the store."""
        for kept in self._kept.values():
            if kept.rest is not None:
                kept.rest.cancel()
            if kept.future is not None and not kept.future.done():
                kept.future.cancel()

    # --- reading -----------------------------------------------------------------------------
    def get(self, id: str) -> KeptCommand | None:
        return self._kept.get(id)

    def lane(self, lane: str) -> list[KeptCommand]:
        return [kept for kept in self._kept.values() if kept.lane == lane]

    def all(self) -> list[KeptCommand]:
        return list(self._kept.values())

    def move(self, old: str, new: str) -> None:
        """What was said to a queued order belongs to the session that opened."""
        for kept in self.lane(old):
            kept.lane = new
            early = kept.state is CommandState.FAILED and kept.code in EARLY
            if early or kept.state in UNSENT:
                self._readdress(kept)
            if early:
                kept.code = ""
                self._enter(kept, CommandEvent.FOLLOWED)
        scope = self._scope
        self._store.post(
            lambda conn: conn.execute(
                "UPDATE outbox SET lane=? WHERE scope=? AND lane=?", (new, scope, old)
            )
        )
        self._pump(new)

    def _follow_lane(self, kept: KeptCommand) -> None:
        """What was said to an order that is a session by now goes there as well: by another way,
        those after it would be there first."""
        if self._astray(kept):
            self._readdress(kept)

    @staticmethod
    def _astray(kept: KeptCommand) -> bool:
        return isinstance(kept.command, Send) and kept.command.session != kept.lane

    def _readdress(self, kept: KeptCommand) -> None:
        """The same message to the session that its order became."""
        if not isinstance(kept.command, Send):
            return
        kept.command = msgspec.structs.replace(kept.command, session=kept.lane)
        scope, id, body = self._scope, kept.command.id, msgspec.json.encode(kept.command)
        self._store.post(
            lambda conn: conn.execute(
                "UPDATE outbox SET body=? WHERE scope=? AND id=?", (body, scope, id)
            )
        )


def put_row(conn: "Connection", scope: int, kept: KeptCommand, state: CommandState) -> None:
    conn.execute(
        "INSERT OR IGNORE INTO outbox(scope, id, lane, body, state, utc_ms) VALUES(?,?,?,?,?,?)",
        (scope, kept.command.id, kept.lane, msgspec.json.encode(kept.command), state, kept.utc_ms),
    )


def rows(conn: "Connection", scope: int) -> list[KeptCommand]:
    """What waits for an account, oldest first. ``sent`` is never stored: unanswered is ready."""
    found = conn.execute(
        "SELECT body, lane, state, utc_ms, code FROM outbox WHERE scope=? ORDER BY n", (scope,)
    )
    return [
        KeptCommand(_command.decode(body), lane, CommandState(state), utc_ms, code)
        for body, lane, state, utc_ms, code in found
    ]
