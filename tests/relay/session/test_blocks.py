"""People who will have nothing more to do with each other."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.relay.conftest import World, world_in
from tests.relay.session.test_timers import order_of

from miaohui.wire.accounts import Role


def test_a_block_ends_the_session_and_stands_until_it_is_lifted(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await responder.send(session, "你好")
        none = await customer.ask(type="unblock_peer", session=session)
        assert none["code"] == "already_done"
        assert (await customer.ask(type="block_peer", session=session))["type"] == "done"
        assert (await responder.entry(session, "closed"))["reason"] == "safety"
        # No time was used: the whole price goes back.
        assert await order_of(world, session) == ("settled", "safety", 3000)
        again = await customer.ask(type="block_peer", session=session)
        assert again["code"] == "already_done"
        for person in (customer, responder):
            assert (await person.send(session, "喂", seen_seq=0))["code"] == "blocked"
        # Whoever was blocked may block as well; then both have to lift theirs.
        assert (await responder.ask(type="block_peer", session=session))["type"] == "done"
        assert (await customer.ask(type="unblock_peer", session=session))["type"] == "done"
        assert (await customer.send(session, "喂"))["code"] == "blocked"
        assert (await responder.ask(type="unblock_peer", session=session))["type"] == "done"
        assert (await customer.send(session, "喂"))["type"] == "accepted"
        assert customer.kinds(session).count("closed") == 1

    play(script)


def test_a_block_ends_what_else_is_open_between_the_two_and_nothing_besides(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        other, elsewhere = await world.open("cai", "rin"), await world.open("cai", "ran")
        for each in (other, elsewhere):
            await customer.attach(each)
        await responder.ask(type="block_peer", session=session)
        assert (await customer.entry(session, "closed"))["reason"] == "safety"
        assert (await customer.entry(other, "closed"))["reason"] == "safety"
        await world.settle()
        assert "closed" not in customer.kinds(elsewhere)
        assert world.relay.sessions.open_count() == 1
        assert world.relay.sessions.live_count("rin") == 0
        # Nobody is handed to whom they block.
        asked = await customer.ask(type="ask_handover", session=elsewhere)
        assert asked["code"] == "nobody_free"

    play(script)


def test_a_block_is_noted_and_outlives_a_restart(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair()
            await customer.ask(type="block_peer", session=session)
            noted = await world.relay.store.read(
                lambda conn: conn.execute(
                    "SELECT actor, subject, detail FROM audit WHERE action = 'block'"
                ).fetchall()
            )
            assert noted == [("cai", "rin", session)]
        async with world_in(tmp_path) as world:
            customer = await world.person("cai")
            assert (await customer.send(session, "喂"))["code"] == "blocked"
            await customer.ask(type="unblock_peer", session=session)
        async with world_in(tmp_path) as world:
            customer = await world.person("cai")
            assert (await customer.send(session, "喂"))["type"] == "accepted"

    asyncio.run(script())
