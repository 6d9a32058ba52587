"""A relay's rooms on a clock of the test's: real store, services and sessions, no sockets."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

from miaohui.promise.labels import newest_rules
from miaohui.relay.host import loading
from miaohui.relay.host.services import Services
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.ports import Caller
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.shops import shopkeeping
from miaohui.relay.storage.keys import HeldKey, load_key
from miaohui.relay.storage.store import Store
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Role, SignIn, SignUp
from miaohui.wire.answers import ANSWERS
from miaohui.wire.desk import DeskChanged, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.orders import Order, OrderChanged, OrderState, Pay, Quote

R = TypeVar("R", bound=Result)
WAIT_S = 10.0
EVENING = 1_800_000_000_000  # 2027-01-15, 16:00 in Beijing

CATALOGUE = {
    "shops": [
        {
            "shop": "wan",
            "name": "晚风小屋",
            "tags": ["倾听", "深夜"],
            "praise_permille": 990,
            "offers": [
                {"offer": "wan-try", "minutes": 1, "price_fen": 100, "trial": True},
                {"offer": "wan-15", "minutes": 15, "price_fen": 3000},
                {"offer": "wan-30", "minutes": 30, "price_fen": 5000},
            ],
            "people": [
                {"responder": "yun", "name": "云朵", "capacity": 1},
                {"responder": "bai", "name": "阿白", "capacity": 1},
            ],
        },
        {
            "shop": "solo",
            "name": "Quiet Corner",
            "freelancer": True,
            "tags": ["English"],
            "open_hours": "09:00-18:00",
            "offers": [{"offer": "solo-30", "minutes": 30, "price_fen": 12000}],
            "people": [{"responder": "robin", "name": "Robin"}],
        },
    ]
}


class HandClock:
    """A clock that stands still until it is told."""

    def __init__(self, utc_ms: int = EVENING) -> None:
        self.now = 1_000_000
        self._apart = utc_ms - self.now

    def mono(self) -> int:
        return self.now

    def utc_ms(self) -> int:
        return self.now + self._apart

    def forward(self, ms: int) -> None:
        self.now += ms


class Screens:
    """A PushPort that keeps what was pushed, and tells who waits for something."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.orders: dict[str, Order] = {}
        self.desks: dict[str, DeskChanged] = {}
        self.cuts: list[tuple[str, Code, str | None]] = []
        self._news = asyncio.Event()

    def push(self, account: str, frame: Frame) -> None:
        if isinstance(frame, OrderChanged):
            known = self.orders.get(frame.order.order)
            if known is None or frame.order.version >= known.version:
                self.orders[frame.order.order] = frame.order
        elif isinstance(frame, DeskChanged):
            self.desks[account] = frame
        self._news.set()

    def online(self, account: str) -> bool:
        return account in self.here

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        self.cuts.append((account, code, token_id))
        self._news.set()

    async def until(self, fulfilled: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not fulfilled():
                self._news.clear()
                await self._news.wait()

    async def order(self, order: str, state: OrderState) -> Order:
        await self.until(lambda: order in self.orders and self.orders[order].state is state)
        return self.orders[order]


class House:
    """One run of a relay on a folder."""

    def __init__(
        self,
        data: Path,
        clock: HandClock,
        providers: Callable[[Store], list[PaymentProvider]] | None = None,
    ) -> None:
        self.clock = clock
        self.screens = Screens()
        self.tasks = Tasks(on_error=self._failed)
        self.key = load_key(data / "relay.key")
        key = HeldKey(self.key)
        self.failures: list[BaseException] = []
        self.store = Store(data / "relay.db")
        self.services = Services(
            self.store,
            self.screens,
            clock,
            self.tasks,
            key,
            practice=True,
            review_after_ms=60_000,
            providers=providers(self.store)
            if providers
            else [PracticeProvider(self.store, clock, takes_ms=0)],
        )
        rules = newest_rules()
        self.sessions = SessionRegistry(
            self.store,
            self.screens,
            clock,
            self.tasks,
            self.services.on_duty,
            key,
            Fingerprints(rules, hashlib.sha256(b"test").digest()),
            run=str(uuid.uuid4()),
            floor_percent=25,
            announce=self.services.orders.announce,
        )
        self.services.bind(self.sessions)
        self._handlers = self.services.handlers()
        self.passwords: dict[str, str] = {}

    def _failed(self, name: str, error: BaseException) -> None:
        self.failures.append(error)

    async def start(self) -> None:
        await self.sessions.recover()
        await self.services.start()

    async def stop(self) -> None:
        self.sessions.stop()
        await self.tasks.close()
        await self.services.stop()
        await self.store.close()
        assert self.failures == []

    async def load_catalogue(self) -> None:
        """Before ``start``, as a host does."""
        made = await self.store.write(
            lambda conn: loading.load_catalogue_in(conn, CATALOGUE, self.clock.utc_ms())
        )
        self.passwords = {each.responder: each.password for each in made}

    # --- people ------------------------------------------------------------------------------
    async def customer(self, name: str) -> Caller:
        identity, _ = await self.services.accounts.sign_up(
            SignUp(id="1", name=name, password="correct horse"), "device", "127.0.0.1"
        )
        self.screens.here.add(identity.account)
        return Caller(
            identity.account, identity.role, None, identity.display, identity.token_id, "device", 1
        )

    async def responder(self, name: str, *, on: bool = True) -> Caller:
        if name in self.passwords:
            await self.services.accounts.sign_in(
                SignIn(id="1", name=name, password=self.passwords[name]), f"d-{name}", "127.0.0.1"
            )
        shop = "solo" if name == "robin" else "wan"
        caller = Caller(name, Role.RESPONDER, shop, name, f"t-{name}", f"d-{name}", 2)
        self.screens.here.add(name)
        if on:
            await self.ask(caller, SetPresence(id=fresh(), state="on"))
        return caller

    async def ask(self, caller: Caller, request: Request) -> Result:
        answer = await self._handlers[type(request)](caller, request)
        assert type(answer) is ANSWERS[type(request)], answer
        return answer

    async def want(self, kind: type[R], caller: Caller, request: Request) -> R:
        answer = await self.ask(caller, request)
        assert isinstance(answer, kind), answer
        return answer

    # --- ordering ----------------------------------------------------------------------------
    async def quote(
        self, caller: Caller, offer: str = "wan-30", responder: str | None = None
    ) -> Order:
        shop = offer.partition("-")[0]
        return await self.want(
            Order, caller, Quote(id=fresh(), shop=shop, offer=offer, responder=responder)
        )

    async def buy(
        self, caller: Caller, offer: str = "wan-30", responder: str | None = None
    ) -> Order:
        """Up to the queue."""
        quoted = await self.quote(caller, offer, responder)
        await self.ask(
            caller,
            Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=quoted.price_fen),
        )
        return await self.queued(quoted.order)

    async def spend(self, caller: Caller, fen: int) -> Order:
        """One order of this price, up to the queue."""
        offer = await self.store.write(
            lambda conn: shopkeeping.add_offer_in(conn, "solo", 30, "text", fen, trial=False)
        )
        quoted = await self.want(Order, caller, Quote(id=fresh(), shop="solo", offer=offer))
        await self.ask(
            caller, Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=fen)
        )
        return await self.queued(quoted.order)

    async def queued(self, order: str) -> Order:
        """Once it lies in the queue: a screen may show the commit a moment sooner, and says so
        again afterwards."""
        dispatch = self.services.orders.dispatch
        await self.screens.until(lambda: dispatch.get(order) is not None)
        return await self.screens.order(order, OrderState.QUEUED)

    async def offered(self, responder: str, order: str) -> None:
        await self.services.orders.tick()
        await self.screens.until(
            lambda: any(
                each.order == order for each in self.services.orders.dispatch.offers_to(responder)
            )
        )

    async def later(self, ms: int) -> None:
        self.clock.forward(ms)
        await self.services.orders.tick()

    async def value(self, sql: str, *values: object) -> object:
        row = await self.store.read(lambda conn: conn.execute(sql, values).fetchone())
        return None if row is None else cast(tuple[object, ...], row)[0]


def fresh() -> str:
    return str(uuid.uuid4())


@asynccontextmanager
async def open_house(
    data: Path,
    clock: HandClock | None = None,
    providers: Callable[[Store], list[PaymentProvider]] | None = None,
) -> AsyncIterator[House]:
    """A relay with the catalogue above; on a folder used before, the next run of that relay."""
    house = House(data, clock or HandClock(), providers)
    try:
        await house.load_catalogue()
        await house.start()
        yield house
    finally:
        await house.stop()
