"""What a session holds at most, and that a pause buys no answers."""

import asyncio
import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from tests.relay.conftest import SALT, World
from tests.relay.session.test_rules import entries
from tests.relay.session.test_timers import begin

from miaohui.relay.session import actor
from miaohui.relay.session.effects import SessionStep
from miaohui.wire.journal import Message

MIN_MS = 60_000


async def refund_of(world: World, session: str) -> int:
    await world.settle()
    return await world.relay.store.read(
        lambda conn: conn.execute(
            "SELECT refund_fen FROM orders WHERE session = ?", (session,)
        ).fetchone()[0]
    )


def test_questions_in_a_pause_cost_time_and_are_turns(play: Callable[..., None]) -> None:
    """Pay 30 minutes, pause, have twenty questions answered, the responder gives up: the first
    question ended the pause, so all of it was used and measured."""

    async def script(world: World) -> None:
        customer, responder, session = await begin(world, 30)
        await customer.ask(type="pause", session=session)
        for number in range(20):
            asked = await customer.send(session, f"问{number}")
            world.pass_ms(500)
            responder.ack(session, asked["pos"])
            world.pass_ms(5_000)
            await responder.send(session, f"第{number}个答案在这里", seen_seq=asked["seq"])
        await responder.ask(type="end", session=session)
        fold = world.relay.sessions.live[session].actor.state.fold
        figures = fold.figures(fold.last_t)
        assert (figures.kept, figures.breached) == (20, 0)
        assert {turn.wait for turn in figures.turns} == {5_500}
        used = fold.elapsed_ms(fold.last_t)
        assert used >= 19 * 5_500
        paid = 30 * MIN_MS
        assert await refund_of(world, session) == -(-3000 * (paid - used) // paid) < 3000

    play(script)


def test_a_pause_holds_nobodys_seat_for_ever(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.ask(type="pause", session=session)
        world.pass_ms(30 * MIN_MS)
        assert type((await entries(world, session))[-1]).__name__ == "Resumed"
        used = await customer.ask(type="pause", session=session)
        assert used["detail"] == "pauses_used"
        # Silent and paused no more: paid time runs out, and the seat is free.
        world.pass_ms(31 * MIN_MS)
        world.pass_ms(3 * MIN_MS)
        await world.settle()
        assert world.relay.sessions.live_count(responder.account) == 0

    play(script)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches."""
    monkeypatch.setattr(actor, "SESSION_MESSAGES", 12)
    monkeypatch.setattr(actor, "SESSION_DEEDS", 9)
    monkeypatch.setattr(actor, "SESSION_OUTSIDE", 2)


@pytest.mark.usefixtures("small")
def test_each_side_has_its_own_room(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        said = [await customer.send(session, "问") for _ in range(14)]
        full = [each for each in said if each["type"] == "failed"]
        assert {(each["code"], each["detail"]) for each in full} == {("session_full", "messages")}
        own = sum(each["type"] != "failed" for each in said)
        # The other side still answers.
        answer = await responder.send(session, "答案在这里", seen_seq=said[own - 1]["seq"])
        assert answer["type"] == "accepted"
        for _ in range(9):
            await customer.ask(type="recall", session=session, seq=99_999)
        over = await customer.ask(type="recall", session=session, seq=99_999)
        assert (over["code"], over["detail"]) == ("session_full", "commands")
        assert (await customer.ask(type="end", session=session, now=True))["type"] == "done"
        world.pass_ms(200_000)
        for _ in range(2):
            assert (await responder.send(session, "谢谢"))["type"] == "accepted"
        after = await responder.send(session, "再见")
        assert (after["code"], after["detail"]) == ("session_full", "outside")

    play(script)


@pytest.mark.usefixtures("small")
def test_what_is_over_leaves_nothing_behind(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        for _ in range(20):
            await customer.send(session, "问")
        await world.settle()

        def rows(conn: Any) -> tuple[int, int]:
            return tuple(
                conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("answer", "feed")
            )  # type: ignore[return-value]

        before = await world.relay.store.read(rows)
        ids = len(world.relay.sessions.live[session].actor.state.ids)
        for _ in range(30):
            assert (await customer.send(session, "问"))["code"] == "session_full"
        await world.settle()
        assert await world.relay.store.read(rows) == before
        assert len(world.relay.sessions.live[session].actor.state.ids) == ids

    play(script)


def test_a_full_session_fits_into_so_much_memory(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        _, _, session = await begin(world)
        state = world.relay.sessions.live[session].actor.state
        tracemalloc.start()
        try:
            for number in range(4_000):
                entry = Message(
                    seq=state.seq + 1,
                    t=state.fold.last_t + 1,
                    prev=state.head,
                    author="customer",
                    id=str(UUID(int=number)),
                    content="text",
                    origin="human",
                    commit=SALT * 2,
                )
                state.enter(SessionStep(), entry)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # 10,000 messages of each side and 2,000 commands: 24 MiB at most.
        assert held / 4_000 * 24_000 < 24 * 1024 * 1024
        await asyncio.sleep(0)

    play(script)
