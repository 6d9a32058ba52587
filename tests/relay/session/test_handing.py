"""A conversation that its responder would like to hand on, and the colleagues before whom it lies."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.relay.conftest import UTC, Person, ScriptClock, World, world_in

from miaohui.relay.session.handing import OFFER_MS, TOLD_MS
from miaohui.wire.accounts import Role


async def colleague(world: World, name: str) -> Person:
    person = await world.person(name, Role.RESPONDER)
    await person.ask(type="set_presence", state="on")
    return person


async def desk(person: Person) -> dict[str, Any]:
    return await person.ask(type="get_desk")


async def before(person: Person) -> list[str]:
    """The sessions that lie before somebody."""
    return [each["session"] for each in (await desk(person))["handover_offers"]]


async def waits_for(person: Person) -> list[str | None]:
    """Before whom this person's own conversations lie."""
    return [each["to"] for each in (await desk(person))["handing_over"]]


def test_the_offer_bears_the_customers_card_and_what_is_open(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        card = '{"address": "小鱼", "topics": "考试", "avoid": "不要劝我"}'
        await world.relay.store.write(
            lambda conn: conn.execute("UPDATE orders SET card = ?", (card,))
        )
        ran = await colleague(world, "ran")
        await responder.send(session, "你好", seen_seq=0)
        asked = await customer.send(session, "写错的")
        body = {"salt": "f" * 32, "text": "我怕考不过"}
        await customer.ask(type="edit", session=session, seq=asked["seq"], body=body)
        world.pass_ms(3_000)
        await responder.ask(type="hand_over", session=session)
        (offer,) = (await desk(ran))["handover_offers"]
        assert (offer["giver"], offer["customer_name"], offer["left_ms"]) == (
            "Rin",
            "Cai",
            OFFER_MS,
        )
        wishes = [offer["card"][name] for name in ("address", "topics", "avoid")]
        assert wishes == ["小鱼", "考试", "不要劝我"]
        assert (offer["asks"], offer["wait_ms"]) == (["我怕考不过"], 3_000)
        assert offer["paid_left_ms"] == 30 * 60_000 - 3_000
        await customer.send(session, "还在吗")
        assert (await desk(ran))["handover_offers"][0]["asks"] == ["我怕考不过", "还在吗"]

    play(script)


def test_until_somebody_accepts_the_giver_answers_and_the_clock_is_as_before(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        ran = await colleague(world, "ran")
        await responder.send(session, "你好", seen_seq=0)
        asked = await customer.send(session, "问")
        await responder.ask(type="hand_over", session=session)
        assert await waits_for(responder) == ["Ran"]
        assert (await ran.send(session, "抢答", seen_seq=0))["code"] == "not_found"
        assert (await ran.attach(session))["code"] == "not_found"
        responder.ack(session, asked["pos"])
        world.pass_ms(4_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        assert world.relay.sessions.last_wait_ms("rin") == 4_000
        assert "handover" not in customer.kinds(session)
        assert "asks" not in (await desk(ran))["handover_offers"][0]
        world.pass_ms(1_000)
        assert (await ran.ask(type="accept_handover", session=session))["type"] == "done"
        handed = await customer.entry(session, "handover")
        assert (handed["from"], handed["to"], handed["t"]) == ("rin", "ran", 5_000)
        assert (await before(ran), await waits_for(responder)) == ([], [])
        assert (await responder.send(session, "我还在", seen_seq=0))["code"] == "not_allowed"

    play(script)


def test_who_declines_or_says_nothing_is_followed_by_the_next(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran", "ron", "run")
        _, responder, session = await world.pair()
        ran, ron, run = [await colleague(world, name) for name in ("ran", "ron", "run")]
        await responder.ask(type="hand_over", session=session, to="ron")
        assert (await before(ran), await before(ron)) == ([], [session])
        assert (await ran.ask(type="accept_handover", session=session))["code"] == "not_found"
        await ron.ask(type="decline_handover", session=session)
        assert (await before(ran), await before(ron)) == ([session], [])
        assert (await ron.ask(type="accept_handover", session=session))["code"] == "too_late"
        world.pass_ms(OFFER_MS - 1)
        assert await before(ran) == [session]
        world.pass_ms(1)
        assert (await before(ran), await before(run)) == ([], [session])
        await run.ask(type="decline_handover", session=session)
        assert await waits_for(responder) == [None]
        told = await responder.ask(type="withdraw_handover", session=session)
        assert (told["type"], await waits_for(responder)) == ("done", [])
        # Asked again, everybody is asked again.
        await responder.ask(type="hand_over", session=session)
        assert await before(ran) == [session]
        again = await responder.ask(type="hand_over", session=session)
        assert again["code"] == "already_done"
        await responder.ask(type="withdraw_handover", session=session)
        assert (await before(ran), await waits_for(responder)) == ([], [])
        assert (await ran.ask(type="accept_handover", session=session))["code"] == "not_found"
        late = await responder.ask(type="withdraw_handover", session=session)
        assert late["code"] == "too_late"

    play(script)


def test_that_nobody_took_it_is_said_for_a_while(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        _, responder, session = await world.pair()
        await responder.send(session, "你好", seen_seq=0)
        await colleague(world, "ran")
        await responder.ask(type="hand_over", session=session)
        world.pass_ms(OFFER_MS)
        assert await waits_for(responder) == [None]
        world.pass_ms(TOLD_MS)
        assert await waits_for(responder) == []

    play(script)


def test_it_lies_before_nobody_who_is_busy_resting_or_leaving(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran", "ron", capacity=1)
        _, responder, session = await world.pair()
        ran, ron = [await colleague(world, name) for name in ("ran", "ron")]
        await responder.ask(type="hand_over", session=session)
        assert await before(ran) == [session]
        duty = world.relay.services.on_duty
        # The place is kept: nothing else is offered for it meanwhile.
        assert (duty.room_of("ran"), duty.room_of("ron")) == (0, 1)
        await ran.ask(type="set_presence", state="break")
        assert (await before(ran), await before(ron)) == ([], [session])
        await world.person("eve")
        await world.open("eve", "ron")
        late = await ron.ask(type="accept_handover", session=session)
        assert late["code"] == "too_late"
        await ran.ask(type="set_presence", state="on")
        nobody = await responder.ask(type="hand_over", session=session)
        assert nobody["code"] == "already_done"

    play(script)


def test_who_goes_away_is_passed_over(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran", "ron")
        _, responder, session = await world.pair()
        ran, ron = [await colleague(world, name) for name in ("ran", "ron")]
        await responder.ask(type="hand_over", session=session)
        assert await before(ran) == [session]
        ran.leave()
        assert await before(ron) == [session]

    play(script)


def test_an_end_or_the_customers_own_wish_takes_it_back(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran", "ron")
        customer, responder, session = await world.pair()
        ran, ron = [await colleague(world, name) for name in ("ran", "ron")]
        await responder.send(session, "你好", seen_seq=0)
        await responder.ask(type="hand_over", session=session, to="ron")
        await customer.ask(type="ask_handover", session=session)
        handed = await customer.entry(session, "handover")
        assert (handed["to"], handed["reason"], await before(ron)) == ("ran", "customer", [])
        await ran.ask(type="hand_over", session=session, to="ron")
        await customer.ask(type="end", session=session, now=True)
        assert (await before(ron), await waits_for(ran)) == ([], [])
        assert world.relay.sessions.handed_count("ron") == 0

    play(script)


def test_after_a_restart_it_is_where_it_was(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            await world.shop("rin", "ran")
            _, responder, session = await world.pair()
            await responder.send(session, "你好", seen_seq=0)
            ran = await colleague(world, "ran")
            await responder.ask(type="hand_over", session=session)
            assert await before(ran) == [session]
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 31_000)) as world:
            rin, ran = [await colleague(world, name) for name in ("rin", "ran")]
            assert (await before(ran), await waits_for(rin)) == ([], [])
            assert (await ran.ask(type="accept_handover", session=session))["code"] == "not_found"
            await rin.attach(session)
            await rin.ask(type="hand_over", session=session)
            assert (await ran.ask(type="accept_handover", session=session))["type"] == "done"
            handed = await rin.entry(session, "handover")
            assert (handed["to"], handed["reason"]) == ("ran", "responder")

    asyncio.run(script())
