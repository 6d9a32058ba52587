"""Any course of ordering: the books add up, nobody pays for nothing, every order finds an end."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.relay.house import HandClock, House, fresh

from miaohui.relay.money import ledger, orderstates
from miaohui.relay.money.orderstates import NEXT
from miaohui.relay.orders.checkout import QUOTE_HELD_MS
from miaohui.relay.orders.dispatch import ANSWER_ALL_MS, NOBODY_MS
from miaohui.relay.ports import Caller, Refused
from miaohui.wire.desk import AcceptOrder, DeclineOrder, SetPresence
from miaohui.wire.orders import CancelOrder, OrderState, Pay
from miaohui.wire.sessions import Extend

T = TypeVar("T")
PEOPLE = ("yun", "bai")
ROUNDS = 60


def test_every_state_leads_to_an_end() -> None:
    reached = set(orderstates.ENDS)
    for _ in OrderState:
        reached |= {state for state, after in NEXT.items() if after & reached}
    assert reached == set(OrderState)


class Ordering(RuleBasedStateMachine):
    """Customers and responders of one shop, restarts of the relay included."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = HandClock()
        self.customers: list[Caller] = []
        self.orders: list[tuple[Caller, str, int]] = []
        self.house: House | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        async def whole() -> T | None:
            try:
                async with asyncio.timeout(20):
                    return await work
            except Refused:
                return None

        return self.loop.run_until_complete(whole())

    @property
    def rooms(self) -> House:
        assert self.house is not None
        return self.house

    @initialize()
    def open(self) -> None:
        async def work() -> None:
            self.house = House(Path(self.folder.name), self.clock)
            await self.house.load_catalogue()
            await self.house.start()
            for name in ("anna", "ben"):
                self.customers.append(await self.house.customer(name))
            for name in PEOPLE:
                await self.house.responder(name)

        self.run(work())

    @rule(
        who=st.integers(0, 1),
        offer=st.sampled_from(["wan-30", "wan-try"]),
        asked=st.sampled_from([None, *PEOPLE]),
    )
    def quote(self, who: int, offer: str, asked: str | None) -> None:
        caller = self.customers[who]
        order = self.run(self.rooms.quote(caller, offer, asked))
        if order is not None:
            self.orders.append((caller, order.order, order.price_fen))

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 99))
    def pay(self, which: int) -> None:
        caller, order, price = self.orders[which % len(self.orders)]
        command = Pay(id=fresh(), order=order, provider="practice", price_fen=price)
        self.run(self.rooms.ask(caller, command))
        self.run(self.rooms.ask(caller, command))

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        caller, order, _ = self.orders[which % len(self.orders)]
        self.run(self.rooms.ask(caller, CancelOrder(id=fresh(), order=order)))

    @rule(ms=st.sampled_from([0, 1000, 20_000, 45_000, 60_000, 11 * 60_000]))
    def pass_time(self, ms: int) -> None:
        self.run(self.rooms.later(ms))

    @rule(name=st.sampled_from(PEOPLE), accept=st.booleans())
    def answer(self, name: str, *, accept: bool) -> None:
        caller = self.run(self.rooms.responder(name, on=False))
        assert caller is not None
        self.run(self.rooms.services.orders.tick())
        for each in list(self.rooms.services.orders.dispatch.offers_to(name)):
            command = AcceptOrder if accept else DeclineOrder
            self.run(self.rooms.ask(caller, command(id=fresh(), order=each.order)))

    @rule(name=st.sampled_from(PEOPLE), on=st.booleans())
    def presence(self, name: str, *, on: bool) -> None:
        caller = self.run(self.rooms.responder(name, on=False))
        assert caller is not None
        self.run(self.rooms.ask(caller, SetPresence(id=fresh(), state="on" if on else "off")))

    @rule(who=st.integers(0, 1))
    def extend(self, who: int) -> None:
        caller = self.customers[who]
        session = self.run(
            self.rooms.value(
                "SELECT session FROM orders WHERE customer = ? AND session IS NOT NULL"
                " ORDER BY opened_ms DESC",
                caller.account,
            )
        )
        if isinstance(session, str):
            command = Extend(
                id=fresh(), session=session, offer="wan-15", price_fen=3000, provider="practice"
            )
            self.run(self.rooms.ask(caller, command))
            self.run(self.rooms.ask(caller, command))

    @rule(who=st.integers(0, 1))
    def close(self, who: int) -> None:
        self.run(self.rooms.sessions.end_all(self.customers[who].account, "safety"))

    @rule()
    def restart(self) -> None:
        async def work() -> None:
            here = self.rooms.screens.here
            await self.rooms.stop()
            self.house = House(Path(self.folder.name), self.clock)
            self.house.screens.here = here
            await self.house.start()

        self.run(work())

    @invariant()
    def books_add_up(self) -> None:
        if self.house is None:
            return
        wrong = self.run(self.house.store.read(ledger.audit_in))
        assert wrong == []
        # What an ended order still held, or a living one without its money, would be theft.
        ends = ", ".join(f"'{state}'" for state in sorted(orderstates.ENDS))
        kept = self.run(
            self.house.value(
                "SELECT count(*) FROM orders o JOIN books b ON b.book = 'order:' || o.order_id"
                f" WHERE o.state IN ({ends}) AND b.fen <> 0"
            )
        )
        assert kept == 0
        unpaid = self.run(
            self.house.value(
                "SELECT count(*) FROM orders o LEFT JOIN books b"
                " ON b.book = 'order:' || o.order_id"
                " WHERE o.state IN ('paid', 'queued', 'open', 'closing')"
                " AND ifnull(b.fen, 0) <> o.price_fen + o.extensions_fen"
            )
        )
        assert unpaid == 0
        charged = self.run(
            self.house.value(
                f"SELECT count(*) FROM orders WHERE state IN ({ends}) AND session IS NULL"
                " AND 0 <> (SELECT ifnull(sum(CASE what WHEN 'refund' THEN -fen ELSE fen END), 0)"
                " FROM movements m WHERE m.order_id = orders.order_id)"
            )
        )
        assert charged == 0

    def teardown(self) -> None:
        try:
            if self.house is not None:
                self.run(self.come_to_an_end())
                self.run(self.rooms.stop())
        finally:
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            self.folder.cleanup()

    async def come_to_an_end(self) -> None:
        """Everybody goes home, and time passes: no order may be left."""
        house = self.rooms
        house.screens.here.clear()
        await house.later(ANSWER_ALL_MS)
        await house.later(NOBODY_MS)
        house.clock.forward(QUOTE_HELD_MS)
        await house.stop()
        self.house = house = House(Path(self.folder.name), self.clock)
        await house.start()
        listed = ", ".join(f"'{state}'" for state in sorted(orderstates.ENDS))
        for _ in range(ROUNDS):
            for caller in self.customers:
                await house.sessions.end_all(caller.account, "safety")
            await house.later(NOBODY_MS)
            left = await house.value(f"SELECT count(*) FROM orders WHERE state NOT IN ({listed})")
            if left == 0:
                return
        raise AssertionError("an order without an end")


TestOrdering = Ordering.TestCase
TestOrdering.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
