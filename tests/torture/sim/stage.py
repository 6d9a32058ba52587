"""A conversation on simulated machines, brought to where a proof begins: bought, accepted, open."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.torture.sim.checks import Record
from tests.torture.sim.house import AppHost, House, simulated

from miaohui.client.facade import Client
from miaohui.client.port import Refused
from miaohui.runtime.tasks import Tasks
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Pay, Quote

STEP_S = 30.0


class NeverHappened(AssertionError):
    """What a proof waited for did not come."""


class Stage:
    """A house and the hands of its people."""

    def __init__(self, house: House, record: Record) -> None:
        self.house = house
        self.record = record
        self.world = house.world
        record.now = lambda: house.world.now

    def client(self, name: str) -> Client:
        client = self.house.apps[name].client
        assert client is not None
        return client

    def run(self, seconds: float) -> None:
        self.world.run(lambda: False, seconds, every=seconds)

    def until(self, holds: Any, seconds: float = STEP_S, *, every: float = 0.05) -> float:
        """How long it took, in seconds."""
        began = self.world.now
        if not self.world.run(holds, seconds, every=every):
            raise NeverHappened(f"not within {seconds} s")
        return (self.world.now - began) / 1e6

    def do(self, name: str, action: Any) -> None:
        """Somebody's hand: runs on their machine."""
        host = self.house.apps[name]
        assert host.loop is not None
        host.loop.call_soon(action, self.client(name))

    def asks(self, name: str, command: Any, *, wait: bool = True) -> None:
        """A command through the app, carried out across however many cuts."""
        host = self.house.apps[name]
        done: list[bool] = []

        async def ask() -> None:
            while not done:
                try:
                    await self.client(name).ask(command)
                    done.append(True)
                except Refused as refused:
                    # As a person does who reads "offline": once more.
                    if refused.code not in ("offline", "timeout", "shop_closed", "nobody_free"):
                        raise
                    await asyncio.sleep(0.2)

        _spawn(host, ask())
        if wait:
            self.until(lambda: bool(done), 60)

    def open(self, customer: str = "anna", responder: str = "rin", offer: str = "half") -> str:
        """The session, read on both sides."""
        self.until(self.house.live)
        desk, client = self.client(responder), self.client(customer)
        self.asks(responder, SetPresence(id=desk.new_id(), state="on"))
        self.asks(customer, Quote(id=client.new_id(), shop="lanting", offer=offer))
        self.until(lambda: bool(client.view.orders) or client.refresh())
        order = client.view.orders[0]
        self.asks(
            customer,
            Pay(
                id=client.new_id(),
                order=order.order,
                provider="practice",
                price_fen=order.price_fen,
            ),
        )
        self.until(lambda: desk.view.desk is not None and bool(desk.view.desk.incoming))
        self.asks(responder, AcceptOrder(id=desk.new_id(), order=order.order))
        self.until(lambda: bool(client.view.sessions) and bool(desk.view.sessions))
        session = client.view.sessions[0].session
        self.until(lambda: all(self.synced(each, session) for each in (customer, responder)))
        return session

    def synced(self, name: str, session: str) -> bool:
        view = self.client(name).session(session)
        return view is not None and view.synced

    def say(self, name: str, session: str, text: str) -> str:
        """Typed now; its id."""
        ids: list[str] = []
        self.do(name, lambda client: ids.append(client.send_text(session, text)))
        self.until(lambda: bool(ids), 5, every=0.001)
        return ids[0]

    def shown(self, name: str, session: str) -> list[str]:
        return [each.text for each in self.client(name).messages(session) if each.kind == "message"]

    def look(self, name: str, session: str) -> None:
        """The newest is on the screen."""

        def see(client: Client) -> None:
            client.focus(session)
            view = client.messages(session)
            if view:
                client.seen(session, view[-1].key)

        self.do(name, see)


def _spawn(host: AppHost, work: Any) -> None:
    assert host.loop is not None
    assert host.client is not None
    tasks: Tasks = host.client._context.tasks

    host.loop.call_soon(lambda: tasks.start(work, "a hand"))


@contextmanager
def staged(seed: int, *, customers: int = 1, responders: int = 1) -> Iterator[Stage]:
    """A house whose people are all there."""
    record = Record()
    with simulated(), House(seed, record, customers=customers, responders=responders) as house:
        stage = Stage(house, record)
        house.begin()
        yield stage
