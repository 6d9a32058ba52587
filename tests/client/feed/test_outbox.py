"""The outbox: durable before sent, in order, resent under the same id, refusals told apart."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.client.script import send, uid

from miaohui.client.feed import outbox
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.outbox import KeptCommand, Outbox
from miaohui.client.port import Refused
from miaohui.client.store.store import LocalStore
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Result
from miaohui.wire.limits import IN_FLIGHT
from miaohui.wire.sessions import Accepted, End, Pause


class Room:
    """An outbox with a link that only writes down what was sent."""

    def __init__(self) -> None:
        self.store = LocalStore()
        self.sent: list[Frame] = []
        self.steps: list[tuple[str, CommandState, Result | None]] = []
        self.box = Outbox(self.store, self.sent.append, self._changed)

    def _changed(self, kept: KeptCommand, result: Result | None) -> None:
        self.steps.append((kept.command.id, kept.state, result))

    async def settle(self) -> None:
        """Everything posted before is durable, and said so."""
        await self.store.run(lambda conn: None)
        await asyncio.sleep(0)

    def ids(self) -> list[str]:
        return [frame.id for frame in self.sent if isinstance(frame, Command)]


def in_room(job: Callable[[Room], Awaitable[None]]) -> None:
    async def run() -> None:
        room = Room()
        await room.store.open(None, None)
        room.box.open(1, [])
        try:
            await job(room)
        finally:
            room.box.close()
            await room.store.close()

    asyncio.run(run())


def test_nothing_is_sent_before_it_is_durable() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "一"), 0)
        assert room.sent == []
        await room.settle()
        assert room.ids() == [uid(1)]

    in_room(job)


def test_unanswered_goes_again_in_order_after_a_cut() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        for number in (1, 2, 3):
            room.box.put(send(number, "x"), 0)
        await room.settle()
        room.box.answered(uid(1), Accepted(pos=1))
        room.box.link(live=False)
        room.box.put(send(4, "x"), 0)
        await room.settle()
        room.sent.clear()
        room.box.link(live=True)
        assert room.ids() == [uid(2), uid(3), uid(4)]

    in_room(job)


def test_at_most_32_of_a_session_are_in_flight() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        for number in range(1, 41):
            room.box.put(send(number, "x"), 0)
        room.box.put(send(99, "x", "s2"), 0)
        await room.settle()
        assert len(room.ids()) == IN_FLIGHT + 1
        room.box.answered(uid(1), Accepted(pos=1))
        assert room.ids()[-1] == uid(IN_FLIGHT + 1)

    in_room(job)


def test_a_refused_message_stays_and_later_ones_go_on() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x"), 0)
        room.box.put(send(2, "y"), 0)
        await room.settle()
        room.box.refused(uid(1), Refused(Code.TEXT_TOO_LONG))
        room.box.answered(uid(2), Accepted(pos=1))
        await room.settle()
        kept = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert [(each.state, each.code) for each in kept] == [
            (CommandState.FAILED, "text_too_long"),
            (CommandState.ACCEPTED, ""),
        ]
        room.box.arrived(uid(2))
        assert room.box.get(uid(2)) is None

    in_room(job)


def test_a_passing_refusal_holds_its_lane_until_it_goes_again() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x"), 0)
        await room.settle()
        room.box.refused(uid(1), Refused(Code.RELAY_FAULT))
        room.box.put(send(2, "y"), 0)
        await room.settle()
        assert room.ids() == [uid(1)]
        room.box.link(live=False)
        room.box.link(live=True)
        assert room.ids() == [uid(1), uid(1), uid(2)]

    in_room(job)


def test_who_asks_hears_the_answer_or_the_refusal() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        pause, end = Pause(id=uid(1), session="s1"), End(id=uid(2), session="s1")

        async def relay() -> None:
            await room.settle()
            room.box.answered(uid(1), Done())
            room.box.refused(uid(2), Refused(Code.WRONG_STATE))

        first, second, _ = await asyncio.gather(
            room.box.ask(pause, 0), room.box.ask(end, 0), relay(), return_exceptions=True
        )
        assert first == Done()
        assert isinstance(second, Refused)
        assert second.code == "wrong_state"
        await room.settle()
        assert await room.store.run(lambda conn: outbox.rows(conn, 1)) == []

    in_room(job)


def test_giving_up_waiting_leaves_the_command_in() -> None:
    async def job(room: Room) -> None:
        waiting = Tasks().start(room.box.ask(Pause(id=uid(1), session="s1"), 0), "ask")
        await asyncio.sleep(0)
        await room.settle()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        room.box.link(live=True)
        assert room.ids() == [uid(1)]

    in_room(job)


def test_a_held_picture_holds_up_no_text() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "picture"), 0, held=True)
        room.box.put(send(2, "text"), 0)
        await room.settle()
        assert room.ids() == [uid(2)]
        room.box.release(uid(1))
        assert room.ids() == [uid(2), uid(1)]

    in_room(job)


def test_early_messages_follow_their_order_into_the_session() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x", "order"), 0)
        await room.settle()
        room.box.move("order", "s1")
        room.box.refused(uid(1), Refused(Code.NOT_FOUND))
        last = room.sent[-1]
        assert (last.id, last.session) == (uid(1), "s1")  # type: ignore[attr-defined]
        await room.settle()
        kept = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert (kept[0].lane, kept[0].command.session) == ("s1", "s1")  # type: ignore[attr-defined]

    in_room(job)
