"""A session that goes on otherwise: handed on, prolonged, ended by the host, and the waits told of it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.relay.conftest import Person, World
from tests.relay.session.test_timers import order_of

from miaohui.relay.money.orderbook import ExtensionCharge
from miaohui.relay.ports import Refused
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code
from miaohui.wire.sessions import Extend


async def colleague(world: World, name: str) -> Person:
    person = await world.person(name, Role.RESPONDER)
    await person.ask(type="set_presence", state="on")
    return person


def test_a_responder_hands_on_to_whoever_is_free(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        nobody = await responder.ask(type="hand_over", session=session)
        assert (nobody["code"], nobody.get("detail", "")) == ("nobody_free", "")
        ran = await colleague(world, "ran")
        refused = await customer.ask(type="hand_over", session=session)
        assert refused["code"] == "not_allowed"
        await responder.ask(type="hand_over", session=session)
        await ran.ask(type="accept_handover", session=session)
        handed = await customer.entry(session, "handover")
        assert (handed["to"], handed["reason"]) == ("ran", "responder")

    play(script)


def test_a_responder_hands_on_to_somebody_by_name(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran", "ron")
        customer, responder, session = await world.pair()
        await colleague(world, "ran")
        away = await responder.ask(type="hand_over", session=session, to="ron")
        assert (away["code"], away["detail"]) == ("nobody_free", "to")
        ron = await colleague(world, "ron")
        await responder.ask(type="hand_over", session=session, to="ron", reason="shift")
        await ron.ask(type="accept_handover", session=session)
        handed = await customer.entry(session, "handover")
        assert (handed["to"], handed["reason"]) == ("ron", "shift")
        assert world.relay.sessions.live_count("ran") == 0

    play(script)


def test_nothing_is_handed_on_that_is_not_active(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        await colleague(world, "ran")
        await responder.send(session, "你好")
        await customer.send(session, "还有一问")
        await customer.ask(type="end", session=session)
        refused = await responder.ask(type="hand_over", session=session)
        assert refused["code"] == "wrong_state"

    play(script)


def test_who_is_banned_has_no_open_session_left(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        await world.person("eve")
        other = await world.open("eve", "rin")
        await world.relay.sessions.end_all("cai", "safety")
        closed = await customer.entry(session, "closed")
        assert closed["reason"] == "safety"
        await world.relay.sessions.end_all("cai", "safety")
        assert customer.kinds(session).count("closed") == 1
        assert world.relay.sessions.live_count("rin") == 1
        await world.relay.sessions.end_all("rin", "safety")
        assert world.relay.sessions.live_count("rin") == 0
        assert world.relay.sessions.live[other].actor.closed

    play(script)


def test_the_newest_wait_of_a_responder(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        last = world.relay.sessions.last_wait_ms
        assert last("rin") is None
        await responder.send(session, "你好")
        await customer.send(session, "一")
        world.pass_ms(4_000)
        await world.settle()
        assert last("rin") is None
        responder.ack(session, 3)
        world.pass_ms(300)
        await responder.send(session, "好", seen_seq=3)
        assert last("rin") == 4_300
        await customer.send(session, "二")
        world.pass_ms(10_000)
        assert last("rin") == 4_300
        world.pass_ms(1)
        assert last("rin") == 10_001
        world.pass_ms(2_499)
        assert last("rin") == 12_500
        await customer.ask(type="end", session=session, now=True)
        await customer.entry(session, "closed")
        assert last("rin") == 12_500
        assert last("ran") is None

    play(script)


def test_a_breach_is_told_to_both_as_it_stands_in_the_journal(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await responder.send(session, "你好")
        asked = await customer.send(session, "问")
        world.pass_ms(10_001)
        for person in (customer, responder):
            frame = await person.until(lambda each: each["type"] == "breach")
            told = (frame["session"], frame["seq"], frame["t"])
            assert told == (session, asked["seq"], asked["t"] + 10_001)

    play(script)


def test_what_was_reworded_is_gone_from_the_disk(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        said = await customer.send(session, "a secret")
        again = {"salt": "ff" * 16, "text": "nothing"}
        await customer.ask(type="edit", session=session, seq=said["seq"], body=again)
        await customer.entry(session, "edited")
        rows = await world.relay.store.read(
            lambda conn: conn.execute("SELECT line, body FROM feed").fetchall()
        )
        assert not any("a secret" in str(row) for row in rows)
        assert any("nothing" in str(row) for row in rows)

    play(script)


def test_a_wait_is_measured_at_the_hour_of_its_customer(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await responder.send(session, "你好")
        await customer.send(session, "问")
        responder.ack(session, 3)
        world.pass_ms(2_000)
        await responder.send(session, "答", seen_seq=3)
        await customer.ask(type="end", session=session, now=True)
        await customer.entry(session, "closed")
        rows = await world.relay.store.read(
            lambda conn: conn.execute("SELECT hour, wait_ms FROM waits").fetchall()
        )
        here = (world.clock.utc_ms() // 3_600_000 + 8) % 24
        assert (here, 2_000) in rows

    play(script)


async def extend(customer: Person, session: str, **other: Any) -> dict[str, Any]:
    usual = {"offer": "half", "price_fen": 3000, "provider": "practice"}
    return await customer.ask(type="extend", session=session, **(usual | other))


def test_a_session_that_is_closing_goes_on_when_more_time_is_bought(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair(minutes=10)
        await responder.send(session, "你好", seen_seq=0)
        asked = await customer.send(session, "问")
        await customer.ask(type="end", session=session)
        await customer.entry(session, "closing")
        assert await order_of(world, session) == ("closing", None, 0)
        assert "failed" not in (await extend(customer, session))["type"]
        extended = await customer.entry(session, "extended")
        assert (extended["paid_ms"], extended["price_fen"]) == (30 * 60_000, 3000)
        assert (await order_of(world, session))[0] == "open"
        (card,) = (await customer.ask(type="list_sessions"))["sessions"]
        assert (card["state"], card["minutes"]) == ("open", 40)
        # The answer that was owed is no end of it any more; asked for again, it waits again.
        responder.ack(session, asked["pos"])
        world.pass_ms(1_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        world.pass_ms(130_000)
        await world.settle()
        assert "closed" not in customer.kinds(session)
        assert world.relay.sessions.remaining_ms("rin") == [40 * 60_000 - 131_000]
        assert (await customer.ask(type="end", session=session))["type"] == "done"
        assert (await customer.entry(session, "closed"))["reason"] == "customer"
        assert world.relay.sessions.remaining_ms("rin") == []

    play(script)


def test_nothing_is_sold_to_somebody_in_distress_or_after_the_end(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        await customer.ask(type="pause", session=session)
        assert "failed" not in (await extend(customer, session))["type"]
        await customer.ask(type="resume", session=session)
        await customer.ask(type="pause", session=session, reason="distress")
        refused = await extend(customer, session)
        assert (refused["code"], refused.get("detail")) == ("wrong_state", "distress")
        assert customer.kinds(session).count("extended") == 1
        await customer.ask(type="end", session=session, now=True)
        assert (await extend(customer, session))["code"] in ("session_closed", "wrong_state")
        assert customer.line is not None
        assert customer.line.caller is not None
        wish = Extend(id="x", session="none", offer="half", price_fen=1, provider="practice")
        charge = ExtensionCharge(customer.line.caller, wish, "1", 1, True, 0)
        with pytest.raises(Refused) as caught:
            await world.relay.sessions.extend("none", 1, 1, charge)
        assert (caught.value.code, caught.value.detail) == (Code.NOT_FOUND, "session")

    play(script)
