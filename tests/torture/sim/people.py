"""What simulated people do with their apps: by lot, forgetful of nothing that they typed."""

import asyncio
import contextlib
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.torture.sim.house import AppHost

from miaohui.client.facade import Client
from miaohui.client.feed.command_states import CommandState
from miaohui.client.port import Refused
from miaohui.client.store.store import StoreClosed
from miaohui.relay.money.orderstates import ENDS
from miaohui.wire.desk import AcceptOrder, DeclineOrder, SetPresence
from miaohui.wire.orders import CancelOrder, Order, OrderState, Pay, Quote
from miaohui.wire.sessions import (
    AcceptHandover,
    AnswerBreak,
    AskBreak,
    AskHandover,
    DeclineHandover,
    End,
    Extend,
    HandOver,
    Pause,
    Resume,
)

PRICES = {"one": 100, "five": 500, "half": 3000}


@dataclass
class Said:
    """A message as its author knows it."""

    id: str
    author: str
    text: str
    at_us: int


@dataclass
class Diary:
    """What people did, kept outside of every machine."""

    said: dict[str, Said] = field(default_factory=dict)
    by_author: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    maybe_lost: set[str] = field(
        default_factory=set
    )  # never written down, and its author could see that
    lanes: dict[str, str] = field(default_factory=dict)  # the session or order of each
    resting: bool = False  # nobody begins anything new
    ending: bool = False  # and everybody comes to an end

    def wrote(self, app: AppHost, id: str, text: str, lane: str) -> None:
        self.lanes[id] = lane
        self.said[id] = Said(id, app.name, text, app.world.now)
        self.by_author[app.name].append(id)

    def dies(self, app: AppHost) -> None:
        """Before a kill: what is not on disk yet may go with it."""
        if app.client is None:
            return
        for kept in app.client._context.outbox.all():
            if kept.state is CommandState.WRITING or kept.code == "store":
                self.maybe_lost.add(kept.command.id)


@dataclass(frozen=True)
class Manner:
    """How somebody behaves."""

    pace_s: float = 1.5
    offer: str = "five"
    lively: bool = True  # does more than write


class Person:
    """Base: a seeded somebody at an app."""

    def __init__(self, diary: Diary, seed: int, manner: Manner) -> None:
        self.diary = diary
        self.random = random.Random(seed)
        self.manner = manner
        self.count = 0

    async def __call__(self, app: AppHost, client: Client) -> None:
        await client._context.entered.wait()
        while True:
            with contextlib.suppress(Refused, StoreClosed, TimeoutError):
                await self.act(app, client)
            await asyncio.sleep(self.manner.pace_s * (0.1 + self.random.random() * 1.8))

    async def act(self, app: AppHost, client: Client) -> None:
        raise NotImplementedError

    def say(self, app: AppHost, client: Client, lane: str, reply_to: int | None = None) -> None:
        self.count += 1
        text = f"{app.name} {app.life}.{self.count}"
        self.diary.wrote(app, client.send_text(lane, text, reply_to), text, lane)

    async def ask(self, client: Client, command: Any) -> Any:
        async with asyncio.timeout(30):
            return await client.ask(command)

    def own(self, client: Client, session: str) -> str | None:
        """One of the newest own messages that the relay has."""
        mine = [each for each in client.messages(session)[-12:] if each.mine and each.seq]
        return self.random.choice(mine).key if mine else None


class Customer(Person):
    """Buys, talks, changes their mind, ends."""

    async def act(self, app: AppHost, client: Client) -> None:
        orders = client.view.orders
        open_ones = [each for each in orders if each.state not in ENDS]
        if not open_ones:
            if not self.diary.resting:
                await self._buy(client)
            return
        for order in open_ones:
            if order.session is None:
                await self._wait(app, client, order)
            else:
                await self._talk(app, client, order, order.session)

    async def _buy(self, client: Client) -> None:
        offer = self.manner.offer
        quote = await self.ask(client, Quote(id=client.new_id(), shop="lanting", offer=offer))
        assert isinstance(quote, Order)
        await self.ask(
            client,
            Pay(
                id=client.new_id(),
                order=quote.order,
                provider="practice",
                price_fen=quote.price_fen,
            ),
        )

    async def _wait(self, app: AppHost, client: Client, order: Order) -> None:
        if self.diary.ending or self.random.random() < 0.02:
            if order.state is not OrderState.PAID:
                await self.ask(client, CancelOrder(id=client.new_id(), order=order.order))
        elif order.state is OrderState.QUEUED and self.random.random() < 0.5:
            self.say(app, client, order.order)
        elif order.state is OrderState.QUOTED:
            await self.ask(
                client,
                Pay(
                    id=client.new_id(),
                    order=order.order,
                    provider="practice",
                    price_fen=order.price_fen,
                ),
            )

    async def _talk(self, app: AppHost, client: Client, order: Order, session: str) -> None:
        client.focus(session)
        if self.diary.ending:
            await self.ask(client, End(id=client.new_id(), session=session, now=True))
            return
        if self.diary.resting:
            return
        view = client.messages(session)
        if view:
            client.seen(session, view[-1].key)
        lot = self.random.random() if self.manner.lively else 0.0
        new = client.new_id()
        if lot < 0.72:
            for _ in range(self.random.choice((1, 1, 1, 2, 5))):
                self.say(app, client, session)
        elif lot < 0.77:
            key = self.own(client, session)
            if key is not None:
                client.edit_text(session, key, f"{app.name} changed {self.count}")
        elif lot < 0.81:
            key = self.own(client, session)
            if key is not None:
                client.recall(session, key)
        elif lot < 0.86:
            await self.ask(client, Pause(id=new, session=session))
            await asyncio.sleep(self.random.random() * 4)
            await self.ask(client, Resume(id=client.new_id(), session=session))
        elif lot < 0.89:
            offer = self.manner.offer
            await self.ask(
                client,
                Extend(
                    id=new,
                    session=session,
                    offer=offer,
                    price_fen=PRICES[offer],
                    provider="practice",
                ),
            )
        elif lot < 0.91:
            await self.ask(client, AskHandover(id=new, session=session))
        elif lot < 0.94:
            await self.ask(client, AnswerBreak(id=new, session=session, agree=True))
        elif lot < 0.97:
            client.typing(session)
        elif lot < 0.985:
            await self.ask(client, End(id=new, session=session))
        else:
            await self.ask(client, Resume(id=new, session=session))


class Responder(Person):
    """On duty; answers, sometimes late."""

    async def act(self, app: AppHost, client: Client) -> None:
        desk = client.view.desk
        if desk is None:
            client.refresh()
            return
        if desk.presence != "on" and not self.diary.ending:
            await self.ask(client, SetPresence(id=client.new_id(), state="on"))
        for each in desk.incoming:
            if self.random.random() < 0.08 and self.manner.lively:
                await self.ask(client, DeclineOrder(id=client.new_id(), order=each.order))
            elif not self.diary.ending:
                await self.ask(client, AcceptOrder(id=client.new_id(), order=each.order))
        for handed in desk.handover_offers:
            if self.random.random() < 0.2 and self.manner.lively:
                await self.ask(client, DeclineHandover(id=client.new_id(), session=handed.session))
            elif not self.diary.ending:
                await self.ask(client, AcceptHandover(id=client.new_id(), session=handed.session))
        for card in client.view.sessions:
            if card.state != "closed":
                await self._answer(app, client, card.session)

    async def _answer(self, app: AppHost, client: Client, session: str) -> None:
        client.focus(session)
        view = client.messages(session)
        if not view or self.diary.resting:
            return
        client.seen(session, view[-1].key)
        lot = self.random.random()
        if lot < 0.75 or not self.manner.lively:
            await asyncio.sleep(0.35)
            self.say(app, client, session)
        elif lot < 0.80:
            await asyncio.sleep(self.random.random() * 14)
        elif lot < 0.84:
            key = self.own(client, session)
            if key is not None:
                client.edit_text(session, key, f"{app.name} changed {self.count}")
        elif lot < 0.87:
            key = self.own(client, session)
            if key is not None:
                client.recall(session, key)
        elif lot < 0.90:
            await self.ask(client, AskBreak(id=client.new_id(), session=session, ms=3000))
        elif lot < 0.92:
            await self.ask(client, HandOver(id=client.new_id(), session=session))
        elif lot < 0.95:
            client.typing(session)
