"""The outbox: durable before sent, in order, resent under the same id, refusals told apart."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.client.script import send, uid

from miaohui.client.feed import outbox
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.outbox import KeptCommand, Outbox, lane_of
from miaohui.client.port import Refused
from miaohui.client.store.store import LocalStore
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Result
from miaohui.wire.limits import IN_FLIGHT
from miaohui.wire.media import MediaDrop
from miaohui.wire.orders import CancelOrder
from miaohui.wire.sessions import Accepted, End, Pause, Send


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
        """Everything that was started or posted before is durable, and said so."""
        await asyncio.sleep(0)
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


@pytest.mark.parametrize("code", [Code.NOT_FOUND, Code.WRONG_STATE])
@pytest.mark.parametrize("moved_first", [True, False])
def test_early_messages_follow_their_order_into_the_session(
    code: Code, *, moved_first: bool
) -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x", "order"), 0)
        await room.settle()
        if moved_first:
            room.box.move("order", "s1")
        room.box.refused(uid(1), Refused(code))
        if not moved_first:
            room.box.move("order", "s1")
        last = room.sent[-1]
        assert (last.id, last.session) == (uid(1), "s1")  # type: ignore[attr-defined]
        await room.settle()
        kept = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert (kept[0].lane, kept[0].command.session) == ("s1", "s1")  # type: ignore[attr-defined]

    in_room(job)


def told_order(number: int, order: str = "o1") -> CancelOrder:
    return CancelOrder(id=uid(number), order=order)


def test_a_lane_is_a_session_else_an_order_else_the_command_itself() -> None:
    assert lane_of(send(1, "x", "s7")) == "s7"
    assert lane_of(told_order(2, "o7")) == "o7"
    assert lane_of(MediaDrop(id=uid(3), media=uid(9))) == uid(3)


def test_what_somebody_waits_for_goes_along_into_the_account_that_opens() -> None:
    async def job(room: Room) -> None:
        room.box.put(send(1, "nobody waits"), 0)
        done = Tasks().start(room.box.ask(told_order(2), 0), "answered before")
        waiting = Tasks().start(room.box.ask(told_order(3), 0), "ask")
        await room.settle()
        room.box.answered(uid(2), Done())
        await done
        stored = KeptCommand(send(4, "of the account"), "s1", CommandState.READY, 0)
        room.box.open(2, [stored])
        assert {kept.command.id for kept in room.box.all()} == {uid(3), uid(4)}
        room.box.link(live=True)
        assert set(room.ids()) == {uid(3), uid(4)}
        room.box.answered(uid(3), Done())
        assert await waiting == Done()

    in_room(job)


def test_what_was_kept_goes_once_an_account_opens_on_a_living_link() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.open(2, [KeptCommand(send(1, "x"), "s1", CommandState.READY, 0)])
        assert room.ids() == [uid(1)]

    in_room(job)


def test_what_cannot_be_written_is_refused_by_the_store() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        await room.store.run(lambda conn: conn.execute("DROP TABLE outbox"))
        kept = room.box.put(send(1, "x"), 0)
        await room.settle()
        assert (kept.state, kept.code) == (CommandState.FAILED, "store")
        assert room.sent == []

    in_room(job)


def test_who_asks_twice_for_one_command_hears_one_answer() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        pause = Pause(id=uid(1), session="s1")
        first = Tasks().start(room.box.ask(pause, 7), "first")
        await room.settle()
        second = Tasks().start(room.box.ask(pause, 8), "second")
        await room.settle()
        assert room.ids() == [uid(1)]
        stored = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert [each.utc_ms for each in stored] == [7]
        room.box.answered(uid(1), Done())
        assert (await first, await second) == (Done(), Done())

    in_room(job)


def test_only_a_held_command_is_released() -> None:
    async def job(room: Room) -> None:
        room.box.put(send(1, "x"), 0)
        await room.settle()
        steps = len(room.steps)
        room.box.release(uid(1))
        room.box.release(uid(2))
        assert len(room.steps) == steps

    in_room(job)


def test_what_is_on_its_way_cannot_be_taken_back() -> None:
    async def job(room: Room) -> None:
        kept = room.box.put(send(1, "x"), 0)
        await room.settle()
        assert room.box.drop(uid(9)) is None
        assert room.box.drop(uid(1)) is kept
        assert room.box.get(uid(1)) is None
        assert await room.store.run(lambda conn: outbox.rows(conn, 1)) == []
        room.box.link(live=True)
        sent = room.box.put(send(2, "y"), 0)
        await room.settle()
        assert room.box.drop(uid(2)) is None
        assert room.box.get(uid(2)) is sent

    in_room(job)


def test_what_goes_again_after_a_cut_is_told_of() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x"), 0)
        room.box.put(send(2, "a picture"), 0, held=True)
        await room.settle()
        room.steps.clear()
        room.box.link(live=False)
        assert room.steps == [(uid(1), CommandState.READY, None)]

    in_room(job)


def test_a_lane_that_may_not_go_goes_when_it_is_woken() -> None:
    async def job(room: Room) -> None:
        open_lanes: set[str] = set()
        room.box = Outbox(room.store, room.sent.append, room._changed, open_lanes.__contains__)
        room.box.open(1, [])
        room.box.link(live=True)
        room.box.put(send(1, "x"), 0)
        room.box.put(send(2, "x", "s2"), 0)
        await room.settle()
        assert room.ids() == []
        open_lanes |= {"s1", "s2"}
        room.box.wake("s1")
        assert room.ids() == [uid(1)]

    in_room(job)


def test_messages_do_not_overtake_one_that_crosses_the_opening() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "first", "o1"), 0)
        await room.settle()
        room.box.move("o1", "s1")
        room.box.put(send(2, "second"), 0)
        await room.settle()
        assert room.ids() == [uid(1)]
        room.box.answered(uid(1), Accepted(pos=1))
        assert room.ids() == [uid(1), uid(2)]

    in_room(job)


def test_an_answer_is_told_with_its_command_and_only_of_what_is_kept() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x"), 0)
        room.box.put(told_order(2), 0)
        await room.settle()
        room.steps.clear()
        assert not room.box.answered(uid(9), Done())
        assert not room.box.refused(uid(9), Refused(Code.WRONG_STATE))
        assert room.box.answered(uid(1), Accepted(pos=4))
        assert room.box.answered(uid(2), Done())
        assert room.steps == [
            (uid(1), CommandState.ACCEPTED, Accepted(pos=4)),
            (uid(2), CommandState.SENT, Done()),
        ]
        assert room.box.get(uid(2)) is None

    in_room(job)


def test_what_the_feed_brings_back_leaves_room_for_the_next() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        for number in range(1, IN_FLIGHT + 2):
            room.box.put(send(number, "x"), 0)
        await room.settle()
        room.box.arrived(uid(99))
        assert len(room.ids()) == IN_FLIGHT
        room.box.arrived(uid(1))
        assert room.ids()[-1] == uid(IN_FLIGHT + 1)

    in_room(job)


def test_what_came_back_before_its_answer_is_kept_for_who_waits() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        message = Tasks().start(room.box.ask(send(1, "x"), 0), "message")
        await room.settle()
        room.box.put(send(2, "y"), 0)
        await room.settle()
        room.box.arrived(uid(1))
        assert [kept.command.id for kept in room.box.lane("s1")] == [uid(1), uid(2)]
        room.box.answered(uid(1), Accepted(pos=1))
        assert await message == Accepted(pos=1)
        room.box.arrived(uid(1))
        assert [kept.command.id for kept in room.box.lane("s1")] == [uid(2)]

    in_room(job)


def test_how_long_a_passing_refusal_holds_and_that_it_ends() -> None:
    async def job(room: Room) -> None:
        loop = asyncio.get_running_loop()
        room.box.link(live=True)
        kept = room.box.put(send(1, "x"), 0)
        room.box.put(send(2, "y"), 0)
        await room.settle()
        for asked, held in ((0, 1.0), (2_500, 2.5)):
            early = loop.time()
            assert room.box.refused(uid(1), Refused(Code.TOO_MANY, retry_ms=asked))
            late = loop.time()
            assert kept.rest is not None
            assert early + held <= kept.rest.when() <= late + held
            room.sent.clear()
            kept.rest._run()
            assert kept.rest is None
            assert room.ids() == [uid(1)]
        assert kept.code == ""

    in_room(job)


def test_without_a_link_even_a_passing_refusal_is_the_end() -> None:
    async def job(room: Room) -> None:
        kept = room.box.put(send(1, "x"), 0)
        await room.settle()
        assert room.box.refused(uid(1), Refused(Code.TOO_MANY))
        assert (kept.state, kept.code, kept.rest) == (CommandState.FAILED, "too_many", None)

    in_room(job)


def test_a_refused_message_is_not_found_only_where_its_order_moved() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        kept = room.box.put(send(1, "x"), 0)
        room.box.put(send(2, "y", "o1"), 0)
        await room.settle()
        room.box.move("o1", "s2")
        moved = room.box.get(uid(2))
        assert room.box.refused(uid(1), Refused(Code.NOT_FOUND))
        assert room.box.refused(uid(2), Refused(Code.TEXT_TOO_LONG))
        assert (kept.state, kept.code) == (CommandState.FAILED, "not_found")
        assert moved is not None
        assert (moved.state, moved.code) == (CommandState.FAILED, "text_too_long")

    in_room(job)


def test_a_message_that_followed_its_order_keeps_no_refusal() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "x", "o1"), 0)
        await room.settle()
        room.box.move("o1", "s1")
        assert room.box.refused(uid(1), Refused(Code.NOT_FOUND))
        room.box.answered(uid(1), Accepted(pos=1))
        await room.settle()
        (row,) = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert (row.state, row.code) == (CommandState.ACCEPTED, "")

    in_room(job)


def test_a_refused_command_that_nobody_waits_for_is_told_of_once() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(told_order(1), 0)
        Tasks().start(room.box.ask(told_order(2), 0), "ask")
        await room.settle()
        room.steps.clear()
        room.box.refused(uid(1), Refused(Code.WRONG_STATE))
        room.box.refused(uid(2), Refused(Code.WRONG_STATE))
        assert room.steps == [(uid(1), CommandState.FAILED, None)]
        assert room.box.all() == []

    in_room(job)


def test_a_refusal_leaves_room_for_the_next() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        for number in range(1, IN_FLIGHT + 2):
            room.box.put(send(number, "x"), 0)
        await room.settle()
        room.box.refused(uid(1), Refused(Code.TEXT_TOO_LONG))
        assert room.ids()[-1] == uid(IN_FLIGHT + 1)

    in_room(job)


def test_closing_gives_up_waiting_and_nothing_else() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        waiting = Tasks().start(room.box.ask(told_order(1), 0), "ask")
        message = Tasks().start(room.box.ask(send(3, "y"), 0), "message")
        kept = room.box.put(send(2, "x", "s2"), 0)
        await room.settle()
        room.box.answered(uid(3), Accepted(pos=1))
        room.box.refused(uid(2), Refused(Code.TOO_MANY))
        rest = kept.rest
        room.box.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await message == Accepted(pos=1)
        assert rest is not None
        assert rest.cancelled()
        await room.settle()
        assert len(await room.store.run(lambda conn: outbox.rows(conn, 1))) == 3

    in_room(job)


def test_a_held_picture_keeps_no_address_of_the_order_it_was_said_to() -> None:
    async def job(room: Room) -> None:
        room.box.link(live=True)
        room.box.put(send(1, "a picture", "o1"), 0, held=True)
        room.box.put(send(2, "refused in the queue", "o1"), 0)
        room.box.put(send(3, "refused for another reason", "o1"), 0)
        room.box.put(send(4, "there already", "o1"), 0)
        await room.settle()
        room.box.refused(uid(2), Refused(Code.NOT_FOUND))
        room.box.refused(uid(3), Refused(Code.TEXT_TOO_LONG))
        room.box.answered(uid(4), Accepted(pos=1))
        writing = room.box.put(send(5, "not written yet", "o1"), 0)
        room.sent.clear()
        room.box.move("o1", "s1")
        await room.settle()
        room.box.release(uid(1))
        went = {frame.id: frame.session for frame in room.sent if isinstance(frame, Send)}
        assert went == dict.fromkeys((uid(1), uid(2), uid(5)), "s1")
        assert writing.lane == "s1"
        await room.settle()
        kept = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert {each.lane for each in kept} == {"s1"}
        sessions = {e.command.id: (e.command.session, e.code) for e in kept}  # type: ignore[attr-defined]
        assert sessions == {
            uid(1): ("s1", ""),
            uid(2): ("s1", ""),
            uid(3): ("o1", "text_too_long"),
            uid(4): ("o1", ""),
            uid(5): ("s1", ""),
        }

    in_room(job)


def test_what_moved_goes_at_once_where_it_may() -> None:
    async def job(room: Room) -> None:
        closed = {"o1"}
        room.box = Outbox(
            room.store, room.sent.append, room._changed, lambda lane: lane not in closed
        )
        room.box.open(1, [])
        room.box.link(live=True)
        room.box.put(send(1, "x", "o1"), 0)
        await room.settle()
        assert room.ids() == []
        room.box.move("o1", "s1")
        assert room.ids() == [uid(1)]

    in_room(job)


def test_a_restart_finds_what_was_kept_as_it_was() -> None:
    async def job(room: Room) -> None:
        room.box.put(send(1, "x"), 1_234)
        room.box.put(send(2, "a picture", "s2"), 5_678, held=True)
        await room.settle()
        found = await room.store.run(lambda conn: outbox.rows(conn, 1))
        assert [(each.command, each.lane, each.state, each.utc_ms) for each in found] == [
            (send(1, "x"), "s1", CommandState.READY, 1_234),
            (send(2, "a picture", "s2"), "s2", CommandState.HELD, 5_678),
        ]
        assert await room.store.run(lambda conn: outbox.rows(conn, 2)) == []

    in_room(job)
