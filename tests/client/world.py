"""A relay in a process of its own, and people who use it through the client's facade."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Change, MessagesChanged
from miaohui.runtime.tasks import Tasks
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Order, OrderState, Pay, Quote

PASSWORD = "a long enough password 7"
LIMIT_S = 20.0


class RelayProcess:
    """``python -m miaohui relay serve`` on loopback, with one shop."""

    def __init__(self, data: Path, *more: str) -> None:
        """``more``: words of its command line."""
        self.data, self._more = data, more
        self.log_url = ""
        self._process = self._start("127.0.0.1:0")
        self.admin("create-shop", "lanting", "兰亭陪聊")
        self.admin("put-offer", "lanting", "30", "3000")

    def _start(self, listen: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "miaohui", "relay", "serve", "--new", "--practice"),
                *("--data", str(self.data), "--listen", listen, "--review-after", "0"),
                *self._more,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        self.url, self.log_url = str(told["url"]), str(told.get("log", ""))
        return process

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def again(self) -> None:
        """The same relay at the same address."""
        self._process = self._start(self.url.removeprefix("ws://"))

    def reload(self) -> None:
        """What ``systemctl reload`` does."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def admin(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "miaohui", "relay", "admin", "--data", str(self.data), *words],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def invite_responder(self) -> str:
        said = self.admin("invite-responder", "lanting")
        with contextlib.suppress(ValueError):
            return str(json.loads(said)["invite"])
        return said.split()[-1]


async def invitation(relay: RelayProcess) -> str:
    """From a thread: a process that starts on a busy machine would hold the loop up until the
    links of this one are given up as dead."""
    return await asyncio.to_thread(relay.invite_responder)


class Person:
    """Somebody with a client; ``until`` waits for what they see, never for a time."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[Change] = []
        self._moved = asyncio.Event()
        client.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        self.heard.append(change)
        self._moved.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not holds():
                self._moved.clear()
                await self._moved.wait()

        try:
            await asyncio.wait_for(wait(), LIMIT_S)
        except TimeoutError:
            raise AssertionError(f"never held; link {self.client.view.link}") from None

    def texts(self, session: str) -> list[str]:
        return [view.text for view in self.client.messages(session) if view.kind == "message"]


class Mirror:
    """What a window's list holds, made from differences alone."""

    def __init__(self, client: Client, session: str) -> None:
        self.session = session
        self.keys = [view.key for view in client.messages(session)]
        client.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        if not isinstance(change, MessagesChanged) or change.session != self.session:
            return
        for each in change.differences:
            match type(each).__name__:
                case "Inserted":
                    self.keys[each.index : each.index] = [m.key for m in each.messages]  # type: ignore[union-attr]
                case "Updated":
                    assert self.keys[each.index] == each.message.key  # type: ignore[union-attr]
                case _:
                    del self.keys[each.index]


@contextlib.asynccontextmanager
async def person(
    url: str, folder: Path | None = None, *, settings: Settings | None = None
) -> AsyncIterator[Person]:
    """A client that runs; it is stopped at the end."""
    settings = settings or Settings(None)
    settings.set(relay_url=url)
    someone = Person(Client(settings, folder))
    tasks = Tasks()
    running = tasks.start(someone.client.run(), "client")
    try:
        yield someone
    finally:
        someone.client.stop()
        await running
        await tasks.close()


async def opened(customer: Person, responder: Person) -> str:
    """Buys and accepts; the open session, attached on both sides."""
    order = await bought(customer, responder)
    await responder.until(lambda: bool(_incoming(responder, order)))
    me = responder.client
    await me.ask(AcceptOrder(id=me.new_id(), order=order))
    await customer.until(lambda: bool(session_of(customer, order)))
    session = session_of(customer, order)
    for each in (customer, responder):
        await each.until(lambda c=each.client: _synced(c, session))  # type: ignore[misc]
    return session


def _incoming(responder: Person, order: str) -> bool:
    desk = responder.client.view.desk
    return desk is not None and any(each.order == order for each in desk.incoming)


def _synced(client: Client, session: str) -> bool:
    view = client.session(session)
    return view is not None and view.synced and client.panel(session) is not None


def session_of(customer: Person, order: str) -> str:
    found = [each for each in customer.client.view.orders if each.order == order]
    return (found[0].session or "") if found else ""


async def bought(customer: Person, responder: Person) -> str:
    """A paid order for whoever is free; the responder is on duty."""
    desk = responder.client
    await desk.ask(SetPresence(id=desk.new_id(), state="on"))
    return await paid(customer)


async def paid(customer: Person) -> str:
    """A paid order for whoever is free."""
    client = customer.client
    shop = await client.ask(GetShop(id=client.new_id(), shop="lanting"))
    assert isinstance(shop, Shop)
    quote = await client.ask(Quote(id=client.new_id(), shop="lanting", offer=shop.offers[0].offer))
    assert isinstance(quote, Order)
    await client.ask(
        Pay(id=client.new_id(), order=quote.order, provider="practice", price_fen=quote.price_fen)
    )
    await customer.until(
        lambda: any(
            each.order == quote.order and each.state in (OrderState.QUEUED, OrderState.OPEN)
            for each in client.view.orders
        )
    )
    return quote.order
