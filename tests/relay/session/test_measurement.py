"""What of a closed session goes into the figures of its shop and its people."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.relay.conftest import START, Person, World
from tests.relay.session.test_timers import begin

from miaohui.wire.accounts import Role

SHOP, PERSON = 0, 1


async def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    return await world.relay.store.read(lambda conn: conn.execute(sql).fetchall())


async def waits(world: World, piece: int) -> list[tuple[str, int, str, int]]:
    """(responder, wait_ms, state, covered), in the order of their beginnings."""
    return await rows(
        world,
        f"SELECT responder, wait_ms, state, covered FROM waits WHERE piece = {piece}"
        " ORDER BY start_ms, rowid",
    )


async def asks(world: World, subject: str) -> list[tuple[int, int]]:
    """(kept, breached) of each session that counts for a shop or a person."""
    return await rows(
        world,
        "SELECT asks_kept, asks_breached FROM measured_sessions"
        f" WHERE subject = '{subject}' ORDER BY closed_ms",
    )


async def answer(
    world: World, customer: Person, responder: Person, session: str, ms: int, asked: int = 1
) -> None:
    """So many questions in a row, answered together after a time; all but the first are nudges."""
    mark = len(responder.frames)
    for _ in range(asked):
        said = await customer.send(session, "问")
    await responder.until(
        lambda each: each["type"] == "feed_push" and each["items"][-1]["pos"] == said["pos"], mark
    )
    responder.ack(session, said["pos"])
    world.pass_ms(ms)
    await responder.send(session, "答", seen_seq=said["seq"])


async def end(customer: Person, session: str) -> None:
    await customer.ask(type="end", session=session, now=True)
    await customer.entry(session, "closed")


def test_whole_waits_for_the_shop_and_parts_for_its_people(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await begin(world)
        await answer(world, customer, responder, session, 2_000, asked=2)
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await customer.send(session, "问")
        world.pass_ms(4_000)
        await responder.ask(type="hand_over", session=session)
        await colleague.ask(type="accept_handover", session=session)
        page = await colleague.attach(session)
        colleague.ack(session, page["head"])
        world.pass_ms(5_000)
        await colleague.send(session, "答", seen_seq=page["head"] - 1)
        await end(customer, session)
        assert (await waits(world, SHOP))[-2:] == [
            ("rin", 2_000, "kept", 1),
            ("ran", 9_000, "kept", 1),
        ]
        parts = (await waits(world, PERSON))[-3:]
        assert parts == [
            ("rin", 2_000, "kept", 1),
            ("rin", 4_000, "censored", 0),
            ("ran", 5_000, "kept", 1),
        ]
        # The asks of a session that several answered are the shop's, and none of theirs alone.
        assert await asks(world, "shop") == [(2, 0)]
        assert await asks(world, "rin") == await asks(world, "ran") == [(0, 0)]

    play(script)


def test_one_persons_asks_are_theirs_and_the_shops(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await answer(world, customer, responder, session, 2_000, asked=2)
        await answer(world, customer, responder, session, 11_000, asked=3)
        await end(customer, session)
        assert (await waits(world, SHOP))[-2:] == [
            ("rin", 2_000, "kept", 1),
            ("rin", 11_000, "breached", 1),
        ]
        assert await asks(world, "shop") == await asks(world, "rin") == [(1, 1)]

    play(script)


@pytest.mark.parametrize(("faulty_ms", "counts"), [(5_000, True), (5_001, False)])
def test_a_session_more_than_a_twentieth_faulty_is_in_nobodys_figures(
    play: Callable[..., None], faulty_ms: int, counts: bool
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await answer(world, customer, responder, session, 2_000)
        world.pass_ms(98_000)
        world.relay.sessions.doubt(START + 100_000 - faulty_ms, START + 100_000, "restart")
        await end(customer, session)
        assert bool(await asks(world, "shop")) is counts
        assert bool(await waits(world, SHOP)) is counts

    play(script)
