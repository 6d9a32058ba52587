"""An owner's day: what runs, what waits, what was broken; for the owner alone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play

from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.live import Inbound
from miaohui.wire.accounts import Role
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.owner import GetShopDay, ShopDay
from miaohui.wire.sessions import Body, Send


async def owner_of(house: House, shop: str = "wan") -> Caller:
    return replace(await house.customer(f"owner-{shop}"), role=Role.OWNER, shop=shop)


async def day(house: House, owner: Caller) -> ShopDay:
    return await house.want(ShopDay, owner, GetShopDay(id=fresh()))


class Ear:
    """A line that hears the answer to one command."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def answer(self, id: str, outcome: object) -> None:
        self.heard.set_result(outcome)

    def taken(self, id: str, result: bytes) -> None:
        self.heard.set_result(result)


async def say(house: House, who: Caller, session: str, text: str) -> None:
    live = await house.sessions.get(session)
    assert live is not None
    seen = live.actor.state.seq if who.role is Role.RESPONDER else None
    body = Body(salt="00" * 16, text=text)
    command = Send(id=fresh(), session=session, body=body, seen_seq=seen)
    ear = Ear()
    live.take(Inbound(ear, who, command, house.clock.mono()))
    assert isinstance(await ear.heard, bytes)


def test_a_breach_is_there_while_it_happens(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        quiet = await day(house, owner)
        assert (quiet.running, quiet.queue, quiet.places) == ([], [], 0)
        assert quiet.estimate_ms is None
        assert [line.person.presence for line in quiet.people] == ["off", "off"]

        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        waiting = await day(house, owner)
        assert [(each.minutes, each.offered_to) for each in waiting.queue] == [(30, "云朵")]
        assert (waiting.places, waiting.overloaded, waiting.held_fen) == (1, False, 5000)

        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        session = opened.card.session
        await say(house, yun, session, "你好，我在。")
        house.clock.forward(1000)
        await say(house, anna, session, "在吗？今天有点难过")
        house.clock.forward(7000)
        now = await day(house, owner)
        assert [(each.wait_ms, each.breached) for each in now.running] == [(7000, False)]
        assert now.longest_wait_ms == 7000
        assert now.breaches == []
        house.clock.forward(4000)
        late = await day(house, owner)
        assert [(each.wait_ms, each.breached) for each in late.running] == [(11_000, True)]
        assert [(each.wait_ms, each.open) for each in late.breaches] == [(11_000, True)]
        assert (late.today.kept, late.today.breached) == (0, 1)
        assert [(line.person.name, line.last_hour.breached) for line in late.people] == [
            ("云朵", 1),
            ("阿白", 0),
        ]
        # No customer is named, and no word of the chat is in it.
        assert "anna" not in str(late)
        assert "难过" not in str(late)

    play(tmp_path, story)


def test_more_orders_than_places_is_overload(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        await house.responder("yun")
        for name in ("anna", "ben"):
            await house.buy(await house.customer(name))
        full = await day(house, owner)
        assert (full.places, full.queue_count, full.overloaded) == (1, 2, True)
        assert full.estimate_ms is not None
        assert full.estimate_ms > 0

    play(tmp_path, story)


def test_the_day_is_the_owners_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        nobody = replace(anna, role=Role.OWNER, shop=None)
        for who in (anna, yun, nobody, replace(anna, role=Role.HOST)):
            with pytest.raises(Refused) as told:
                await house.ask(who, GetShopDay(id=fresh()))
            assert told.value.code is Code.NOT_ALLOWED
        await house.buy(anna)
        other = await day(house, await owner_of(house, "solo"))
        assert (other.queue, [line.person.name for line in other.people]) == ([], ["Robin"])

    play(tmp_path, story)
