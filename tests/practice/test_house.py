"""The practice house, whole: real processes, a customer's bare link, a bought minute of talk."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import uuid_utils
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from miaohui.practice.house import HeldElsewhere, Practice, PracticeState
from miaohui.practice.prepare import PracticeFolder, read_prepared
from miaohui.wire.accounts import SignedIn, SignIn, SignUp
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage
from miaohui.wire.codec import Down, Ok, decode_down, encode
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.journal import Message
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Failed, Hello, Ping, Welcome
from miaohui.wire.orders import Order, OrderChanged, Pay, Quote
from miaohui.wire.sessions import Attach, Body, EntryItem, FeedPage, FeedPush, Placed, Send

R = TypeVar("R", bound=Result)
PATIENCE_S = 90


class Customer:
    """A customer on a bare socket: requests, and everything pushed meanwhile."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.pushed: list[Down] = []

    async def say(self, frame: Frame) -> None:
        await self.socket.send(encode(frame).decode())

    async def hear(self) -> Down:
        return decode_down(await self.socket.recv(decode=False))

    async def ask(self, request: Request, kind: type[R]) -> R:
        await self.say(request)
        while True:
            frame = await self.hear()
            if isinstance(frame, Failed) and frame.id == request.id:
                raise AssertionError(f"{request} failed: {frame.code} {frame.detail}")
            if isinstance(frame, Ok) and frame.id == request.id:
                assert isinstance(frame.result, kind)
                return frame.result
            self.pushed.append(frame)

    async def until(self, found: Callable[[Down], bool]) -> Down:
        for frame in self.pushed:
            if found(frame):
                return frame
        while True:
            try:
                async with asyncio.timeout(1):
                    frame = await self.hear()
            except TimeoutError:
                await self.say(Ping(t1=0))
                continue
            self.pushed.append(frame)
            if found(frame):
                return frame


def new_id() -> str:
    return str(uuid_utils.uuid7())


def replies(frame: Down, after: int) -> list[Placed]:
    if not isinstance(frame, FeedPush):
        return []
    return [
        placed
        for placed in frame.items
        if isinstance(placed.item, EntryItem)
        and isinstance(placed.item.entry, Message)
        and placed.item.entry.is_reply
        and placed.item.entry.seen >= after
    ]


async def sign_up(socket: ClientConnection) -> Customer:
    customer = Customer(socket)
    await customer.say(Hello(protocol=PROTOCOL, client="test", device=new_id()))
    welcome = await customer.hear()
    assert isinstance(welcome, Welcome)
    assert welcome.practice
    await customer.ask(SignUp(id=new_id(), name="guke", password="three little ducks"), SignedIn)
    return customer


async def look_around(customer: Customer) -> Shop:
    page = await customer.ask(Search(id=new_id(), limit=50), ShopPage)
    assert page.total >= 12
    assert sum(card.measured.kept + card.measured.breached >= 20 for card in page.cards) >= 10
    assert any(0 < card.measured.kept + card.measured.breached < 20 for card in page.cards)
    return await customer.ask(GetShop(id=new_id(), shop="juzi"), Shop)


async def buy_a_minute(customer: Customer, shop: Shop) -> str:
    offer = next(offer for offer in shop.offers if offer.trial and offer.minutes == 1)
    order = await customer.ask(
        Quote(id=new_id(), shop="juzi", offer=offer.offer, responder="bingtang"), Order
    )
    pay = Pay(id=new_id(), order=order.order, provider="practice", price_fen=offer.price_fen)
    await customer.ask(pay, Order)
    opened = await customer.until(
        lambda frame: isinstance(frame, OrderChanged) and frame.order.session is not None
    )
    assert isinstance(opened, OrderChanged)
    assert opened.order.session is not None
    return opened.order.session


async def talk(customer: Customer, session: str) -> str:
    await customer.ask(Attach(id=new_id(), session=session), FeedPage)
    body = Body(salt="00" * 16, text="今天又加班，睡不着")
    await customer.say(Send(id=new_id(), session=session, body=body))
    asked = await customer.until(
        lambda frame: (
            isinstance(frame, FeedPush)
            and any(
                isinstance(p.item, EntryItem)
                and isinstance(p.item.entry, Message)
                and p.item.entry.is_ask
                for p in frame.items
            )
        )
    )
    assert isinstance(asked, FeedPush)
    seq = next(
        p.item.entry.seq
        for p in asked.items
        if isinstance(p.item, EntryItem) and isinstance(p.item.entry, Message)
        if p.item.entry.is_ask
    )
    answered = await customer.until(lambda frame: bool(replies(frame, seq)))
    item = replies(answered, seq)[0].item
    assert isinstance(item, EntryItem)
    assert item.body is not None
    return item.body.text


async def crash(house: Practice) -> None:
    """The relay is killed: it comes back on the same address, and with it the responders."""
    assert house.relay_pid is not None
    os.kill(house.relay_pid, signal.SIGKILL)
    while True:
        try:
            async with connect(house.url, compression=None, proxy=None) as socket:
                customer = Customer(socket)
                await customer.say(Hello(protocol=PROTOCOL, client="test", device=new_id()))
                await customer.hear()
                sign_in = SignIn(id=new_id(), name="guke", password="three little ducks")
                await customer.ask(sign_in, SignedIn)
                while True:
                    shop = await customer.ask(GetShop(id=new_id(), shop="juzi"), Shop)
                    if any(person.presence == "on" for person in shop.people):
                        return
                    await asyncio.sleep(0.1)
        except (OSError, WebSocketException):
            await asyncio.sleep(0.05)


async def scene(home: Path) -> None:
    stages: list[str] = []
    house = Practice(home, stages.append)
    try:
        url = await house.start()
        assert stages == [
            "preparing", "catalogue", "past", "figures", "relay", "responders", "ready",
        ]  # fmt: skip
        with pytest.raises(HeldElsewhere):
            await Practice(home).start()
        async with connect(url, compression=None, proxy=None) as socket:
            customer = await sign_up(socket)
            shop = await look_around(customer)
            assert {person.presence for person in shop.people} == {"on"}
            session = await buy_a_minute(customer, shop)
            assert await talk(customer, session)
        assert read_prepared(PracticeFolder(home)).until is not None
        if sys.platform != "win32":
            await crash(house)
    finally:
        await house.stop()
    assert house.stage is PracticeState.STOPPED


def test_a_customer_buys_a_minute_is_answered_and_a_crash_is_survived(tmp_path: Path) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await scene(tmp_path / "home")

    asyncio.run(limited())
