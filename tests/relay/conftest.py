"""A whole relay in this process, on a clock that only the script moves, and people at its door.

People speak through the gateway as from a socket; only the wire itself is left out. Nothing sleeps:
a script moves the clock, rings what is due, and waits for frames.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miaohui.relay.accounts import accounts
from miaohui.relay.host import loading
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.money import ledger, orderbook
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.net.admission import USUAL, LinkPlace
from miaohui.relay.net.connection import ClientConnection
from miaohui.relay.net.limits import LinkBudget, Rate
from miaohui.relay.net.origin import Origin
from miaohui.relay.session.opening import QueuedMessage, SessionOpening
from miaohui.wire.accounts import Role
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import Body

SALT = "00112233445566778899aabbccddeeff"
FREE = Rate(burst=100_000, per_second=100_000)
START = 1_000_000
UTC = 1_787_144_400_000


class ScriptClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = START, utc: int = UTC) -> None:
        self.now = now
        self.utc = utc

    def mono(self) -> int:
        return self.now

    def utc_ms(self) -> int:
        return self.utc


class Door:
    """A Socket that keeps what it is given."""

    def __init__(self, person: "Person") -> None:
        self.origin = Origin.of("127.0.0.1")
        self.place: LinkPlace | None = None
        self.budget: LinkBudget | None = None
        self.person = person
        self.closed: int | None = None

    def allow(self, budget: LinkBudget) -> None:
        self.budget = budget

    def send(self, data: bytes) -> None:
        self.person.hear(json.loads(data))

    def send_binary(self, data: bytes) -> None:
        self.person.binary.append(data)

    async def drained(self) -> None:
        return

    def close(self, code: int, reason: str = "") -> None:
        self.closed = code

    def abort(self) -> None:
        self.closed = 1006


class Person:
    """Somebody with a connection. ``frames``: everything heard, newest last."""

    def __init__(self, world: "World", account: str, token: str) -> None:
        self.world = world
        self.account = account
        self.token = token
        self.device = f"device-of-{account}"
        self.generation = 0
        self.frames: list[dict[str, Any]] = []
        self.binary: list[bytes] = []
        self.line: ClientConnection | None = None
        self._heard = asyncio.Event()

    def hear(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        self._heard.set()

    def say(self, **frame: Any) -> None:
        assert self.line is not None
        self.line.text(json.dumps(frame).encode())

    async def arrive(self) -> dict[str, Any]:
        """Connects and says hello; returns ``welcome``."""
        self.generation += 1
        mark = len(self.frames)
        self.line = self.world.relay.gateway.make_connection()
        door = Door(self)
        self.line.opened(door)
        self.say(
            type="hello",
            protocol=PROTOCOL,
            client="test",
            device=self.device,
            generation=self.generation,
            token=self.token,
        )
        return await self.until(lambda frame: frame["type"] == "welcome", mark)

    def leave(self) -> None:
        assert self.line is not None
        self.line.closed()

    async def until(self, fits: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first frame from index ``after`` on that fits."""
        at = after
        async with asyncio.timeout(10):
            while True:
                while at < len(self.frames):
                    if fits(self.frames[at]):
                        return self.frames[at]
                    at += 1
                self._heard.clear()
                await self._heard.wait()

    async def ask(self, **frame: Any) -> dict[str, Any]:
        """Sends a request; returns its result, or the ``failed`` frame."""
        id = frame.setdefault("id", str(uuid.uuid4()))
        mark = len(self.frames)
        self.say(**frame)
        answer = await self.until(
            lambda heard: heard["type"] in ("ok", "failed") and heard["id"] == id, mark
        )
        result: dict[str, Any] = answer["result"] if answer["type"] == "ok" else answer
        return result

    async def attach(self, session: str, after: int = 0) -> dict[str, Any]:
        return await self.ask(type="attach", session=session, after=after)

    async def send(self, session: str, text: str, **more: Any) -> dict[str, Any]:
        body = {"salt": SALT, "text": text}
        return await self.ask(type="send", session=session, body=body, **more)

    def ping(self, **acks: int) -> None:
        self.say(type="ping", t1=0, acks=acks)

    def ack(self, session: str, pos: int) -> None:
        self.say(type="ping", t1=0, acks={session: pos})

    def kinds(self, session: str) -> list[str]:
        """The kinds of entries pushed so far."""
        return [
            placed["item"]["entry"]["kind"]
            for frame in self.frames
            if frame["type"] == "feed_push" and frame["session"] == session
            for placed in frame["items"]
            if placed["item"]["type"] == "entry_item"
        ]

    async def entry(self, session: str, kind: str, after: int = 0) -> dict[str, Any]:
        """The first pushed entry of a kind."""

        def found(frame: dict[str, Any]) -> dict[str, Any] | None:
            if frame["type"] != "feed_push" or frame["session"] != session:
                return None
            for placed in frame["items"]:
                entry = placed["item"].get("entry")
                if entry and entry["kind"] == kind:
                    return dict(entry)
            return None

        entry = found(await self.until(lambda frame: found(frame) is not None, after))
        assert entry is not None
        return entry

    async def notice(self, session: str, code: str) -> dict[str, Any]:
        def found(frame: dict[str, Any]) -> bool:
            return frame["type"] == "feed_push" and any(
                placed["item"].get("code") == code for placed in frame["items"]
            )

        return await self.until(found)


class World:
    """A relay and its people."""

    def __init__(self, relay: Relay, clock: ScriptClock) -> None:
        self.relay = relay
        self.clock = clock
        self.people: list[Person] = []

    def pass_ms(self, ms: int) -> None:
        """Moves the clock; who is there is heard of, and what is due rings."""
        self.clock.now += ms
        self.clock.utc += ms
        for person in self.people:
            if person.line is not None and person.line.caller is not None:
                person.ping()
        self.relay.sessions.deadlines.fire(self.clock.now)

    async def settle(self) -> None:
        """Waits until everything asked so far is on disk, and told."""
        await self.relay.store.write(lambda conn: None)
        await asyncio.sleep(0)

    async def person(self, account: str, role: Role = Role.CUSTOMER) -> Person:
        token = await self.token(account, role)
        person = Person(self, account, token)
        await person.arrive()
        self.people.append(person)
        return person

    async def token(self, account: str, role: Role) -> str:
        utc = self.clock.utc

        def job(conn: Any) -> str:
            if not conn.execute("SELECT 1 FROM accounts WHERE account = ?", (account,)).fetchone():
                accounts.make_account_in(
                    conn,
                    account=account,
                    name=account,
                    display=account.title(),
                    role=role,
                    shop=None,
                    sealed="",
                    now_ms=utc,
                )
                ledger.grant_in(conn, account, utc)
            rooms = self.relay.services.accounts
            return rooms._token_in(conn, account, f"device-of-{account}", "", utc)[1]

        return await self.relay.store.write(job)

    async def shop(self, *people: str, capacity: int = 3) -> None:
        """One shop, with these people on duty."""
        shop = loading.ShopIn(
            shop="shop",
            name="Shop",
            people=[
                loading.PersonIn(responder=each, name=each.title(), capacity=capacity)
                for each in people
            ],
            offers=[loading.OfferIn(offer="half", minutes=30, price_fen=3000)],
        )
        utc = self.clock.utc
        await self.relay.store.write(
            lambda conn: loading.load_catalogue_in(
                conn, {"shops": [json.loads(_encode(shop))]}, utc
            )
        )
        await self.relay.services.control.look()

    async def open(
        self, customer: str, responder: str, *, minutes: int = 30, queued: tuple[str, ...] = ()
    ) -> str:
        """A paid order, accepted: the session's id."""
        order = str(uuid.uuid4())
        relay, utc = self.relay, self.clock.utc
        terms = orderbook.USUAL_TERMS

        def job(conn: Any) -> str:
            conn.execute(
                "INSERT INTO orders (order_id, version, state, customer, customer_name, shop,"
                " offer, minutes, mode, price_fen, terms, trial, created_ms)"
                " VALUES (?, 1, 'queued', ?, ?, 'shop', 'half', ?, 'text', 3000, ?, 0, ?)",
                (order, customer, customer.title(), minutes, orderbook.terms_text(terms), utc),
            )
            ledger.move_in(
                conn,
                "payment",
                from_book=ledger.customer_book(customer),
                to_book=ledger.order_book(order),
                fen=3000,
                now_ms=utc,
                order=order,
                customer=customer,
            )
            conn.execute(
                "INSERT INTO payments (number, trade, order_id, customer, kind, provider, fen,"
                " state, booked, created_ms, expires_ms) VALUES (?, ?, ?, ?, 'payment',"
                " 'practice', 3000, 'succeeded', 1, ?, ?)",
                (f"pay-{order}", f"pay-{order}", order, customer, utc, utc),
            )
            conn.execute(
                "INSERT INTO practice_intents VALUES (?, ?, 3000, 'succeeded', 0)",
                (f"pay-{order}", customer),
            )
            opening = SessionOpening(
                order=order,
                customer=customer,
                customer_name=customer.title(),
                shop="shop",
                shop_name="Shop",
                responder=responder,
                responder_name=responder.title(),
                minutes=minutes,
                mode="text",
                price_fen=3000,
                terms=terms,
                utc_offset_min=480,
                queued=tuple(
                    QueuedMessage(str(uuid.uuid4()), "text", Body(salt=SALT, text=each))
                    for each in queued
                ),
            )
            session = relay.sessions.open_in(conn, opening)
            row = orderbook.get(conn, order)
            orderbook.move_in(
                conn,
                row,
                OrderState.OPEN,
                session=session,
                responder=responder,
                opened_ms=utc,
            )
            return session

        session = await relay.store.write(job)
        await relay.sessions.started(session)
        return session

    async def pair(self, **more: Any) -> tuple[Person, Person, str]:
        """A customer and a responder, both reading their session."""
        if not await self.relay.store.read(
            lambda conn: conn.execute("SELECT 1 FROM shops").fetchone()
        ):
            await self.shop("rin")
        customer = await self.person("cai")
        responder = await self.person("rin", Role.RESPONDER)
        session = await self.open("cai", "rin", **more)
        await customer.attach(session)
        await responder.attach(session)
        return customer, responder, session


def _encode(value: object) -> bytes:
    import msgspec

    return msgspec.json.encode(value)


@asynccontextmanager
async def world_in(
    folder: Path, clock: ScriptClock | None = None, **more: Any
) -> AsyncIterator[World]:
    clock = clock or ScriptClock()
    options = Options(
        data=folder / "relay",
        practice=True,
        requests=FREE,
        admission=replace(USUAL, entries=FREE, members_per_second=10_000, guests_per_second=10_000),
        watch_lag=False,
        **more,
    )
    relay = await Relay.start(
        options, clock, providers=lambda store: [PracticeProvider(store, clock, takes_ms=0)]
    )
    try:
        yield World(relay, clock)
    finally:
        await relay.stop()


Script = Callable[[World], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Script], None]:
    """Plays a script against a fresh relay."""

    def run(script: Script) -> None:
        async def whole() -> None:
            async with world_in(tmp_path) as world:
                await script(world)

        asyncio.run(whole())

    return run
