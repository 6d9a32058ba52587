"""Money: real orders, extensions, ends and refunds by all three providers, on a virtual clock.

One trial is one history: one or two customers quote, pay, pay another way, pay what was called off,
leave, talk, extend and end, at moments of their own, while the gateway's calls are cut, late, twice,
forged or about something else and the relay is killed; then the weather clears, everything comes to
its end, and the providers' books are held against the relay's. The clients are the real ones, the
gateway (``tests/relay/money/gateway.py``) has keys and books of its own.
"""

import asyncio
import functools
import itertools
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from tests.relay.house import House
from tests.relay.money.gateway import PayGateway
from tests.torture.outcome import Outcome
from tests.torture.sim.clockwork import Host, World
from tests.torture.sim.disks import RelayStore
from tests.torture.sim.house import fast_folder, template

from miaohui.relay.directory import statistics
from miaohui.relay.money import alipay, cashier, ledger, wechatpay
from miaohui.relay.money.payments import (
    PaymentOutcome,
    ProviderDown,
    RefundState,
    RefundStatus,
    Status,
)
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage import control
from miaohui.relay.storage.store import StoreFault
from miaohui.runtime.randomness import Randomness
from miaohui.wire.accounts import Role
from miaohui.wire.desk import AcceptOrder, DeclineOrder, SetPresence
from miaohui.wire.orders import CancelOrder, Order, Pay, Quote
from miaohui.wire.sessions import Extend

ABOUT = "orders paid by WeChat Pay, Alipay and Stripe through gateways that cut, lie and lag"
PLANTED = (
    "in turn: a refund is done when it was taken; late money is kept; no answer is taken for not"
    " paid; a question that worked is taken for a refund"
)
COUNT = 100_000
SHORT = 3
RULES = (
    "paid - given back = the shops'",
    "no order is served unpaid",
    "nobody pays twice and is not paid back",
    "ledger zero, and true to its movements",
    "everything comes to an end",
    "nothing is asked after it was decided",
    "no task dies by itself",
)
PEOPLE = ("anna", "bea")
STAFF = ("rin", "sui")
SHOP = "lanting"
OFFERS = {"five": 500, "half": 3000, "one": 100}
WAYS = ("wechat", "wechat", "alipay", "alipay", "stripe")
WEATHER_S = 20 * 60  # of faults; everything ends within the hours after it
ENDS_S = 5 * 3600
FAULTS = (
    *("cut_before",) * 3,
    *("cut_after",) * 3,
    *("slow",) * 2,
    *("late",) * 2,
    "twice",
    "busy",
    "forged",
    "unsigned",
    "old",
    "other_merchant",
    "other_number",
    "other_sum",
)


def caller(name: str) -> Caller:
    if name in STAFF:
        return Caller(name, Role.RESPONDER, SHOP, name.title(), f"t-{name}", f"d-{name}", 2)
    return Caller(name, Role.CUSTOMER, None, name.title(), f"t-{name}", f"d-{name}", 1)


_numbers = itertools.count()


def fresh() -> str:
    """An id that is the same in every run of a seed."""
    return f"00000000-0000-4000-8000-{next(_numbers):012d}"


Act = Callable[[House], Awaitable[object]]


@dataclass
class History:
    """What will happen, at which second, and what became of it."""

    seed: int
    draw: random.Random = field(init=False)
    orders: dict[int, str] = field(default_factory=dict)
    acts: list[tuple[float, int, Act]] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = random.Random(f"money {self.seed}")

    def at(self, second: float, act: Act) -> None:
        self.acts.append((second, len(self.acts), act))


def plan(history: History, gateway: PayGateway) -> None:
    """Who does what and when, from the seed alone."""
    source = history.draw
    for n in range(source.choice((1, 1, 2, 3))):
        _plan_order(history, gateway, n, source.uniform(0, 60))
    for name in STAFF[: source.choice((1, 2))]:
        history.at(0.0, _answer(name, decline=False))
        for second in sorted(source.uniform(0, WEATHER_S) for _ in range(16)):
            history.at(second, _answer(name, decline=source.random() < 0.15))
    history.kills = sorted(
        source.uniform(1, WEATHER_S) for _ in range(source.choice((0, 0, 0, 1, 2)))
    )
    history.acts.sort(key=lambda each: each[:2])


def _plan_order(history: History, gateway: PayGateway, n: int, start: float) -> None:
    source = history.draw
    who, offer = source.choice(PEOPLE), source.choice(tuple(OFFERS))
    ways = [source.choice(WAYS)]
    history.at(start, _quote(history, n, who, offer))
    at = start + source.uniform(0.1, 5)
    history.at(at, _pay(history, n, who, offer, ways[0]))
    while source.random() < 0.3 and len(ways) < 4:
        at += source.uniform(0.2, 200)
        ways.append(source.choice(WAYS))
        history.at(at, _pay(history, n, who, offer, ways[-1]))
    # Somebody stands there with a phone, and may scan any code that was ever shown.
    for _ in range(source.choice((0, 1, 1, 1, 2, 3))):
        moment = start + source.expovariate(1 / 90)
        history.at(moment, _scan(history, gateway, n, source.randrange(4), pays=True))
    if source.random() < 0.2:
        history.at(at + source.uniform(0, 30), _scan(history, gateway, n, 0, pays=False))
    if source.random() < 0.3:
        history.at(start + source.expovariate(1 / 120), _cancel(history, n, who))
    if source.random() < 0.5:
        moment = start + source.uniform(5, 300)
        way = source.choice(WAYS)
        history.at(moment, _extend(history, n, who, way))
        for _ in range(source.choice((0, 1, 1))):
            later = moment + source.expovariate(1 / 60)
            history.at(later, _scan_extension(history, gateway, n))
    reason = source.choice(("customer", "customer", "responder", "safety"))
    history.at(start + source.uniform(200, WEATHER_S), _end(who, reason))


def _quote(history: History, n: int, who: str, offer: str) -> Act:
    async def act(house: House) -> None:
        made = await house.ask(caller(who), Quote(id=fresh(), shop=SHOP, offer=offer))
        assert isinstance(made, Order)
        history.orders[n] = made.order

    return act


def _pay(history: History, n: int, who: str, offer: str, way: str) -> Act:
    async def act(house: House) -> None:
        order = history.orders.get(n)
        if order is not None:
            asked = Pay(id=fresh(), order=order, provider=way, price_fen=OFFERS[offer])
            await house.ask(caller(who), asked)

    return act


async def _codes(house: House, order: str, kind: str) -> list[tuple[str, str]]:
    """(provider, number there) of every code that was shown."""
    return await house.store.read(
        lambda conn: conn.execute(
            "SELECT provider, trade FROM payments WHERE order_id = ? AND kind = ?"
            " AND qr IS NOT NULL ORDER BY created_ms, number",
            (order, kind),
        ).fetchall()
    )


def _scan(history: History, gateway: PayGateway, n: int, which: int, *, pays: bool) -> Act:
    async def act(house: House) -> None:
        codes = await _codes(house, history.orders.get(n, ""), "payment")
        if codes:
            provider, trade = codes[which % len(codes)]
            if pays:
                gateway.pay(provider, trade)
            else:
                gateway.scan(provider, trade)

    return act


def _scan_extension(history: History, gateway: PayGateway, n: int) -> Act:
    async def act(house: House) -> None:
        for provider, trade in await _codes(house, history.orders.get(n, ""), "extension"):
            gateway.pay(provider, trade)

    return act


def _cancel(history: History, n: int, who: str) -> Act:
    async def act(house: House) -> None:
        if n in history.orders:
            await house.ask(caller(who), CancelOrder(id=fresh(), order=history.orders[n]))

    return act


def _extend(history: History, n: int, who: str, way: str) -> Act:
    """As soon as there is a session."""

    async def act(house: House) -> None:
        for _ in range(120):
            session = await house.value(
                "SELECT session FROM orders WHERE order_id = ? AND state IN ('open', 'closing')",
                history.orders.get(n, ""),
            )
            if isinstance(session, str):
                break
            await asyncio.sleep(3)
        else:
            return
        asked = Extend(
            id=fresh(), session=session, offer="one", price_fen=OFFERS["one"], provider=way
        )
        await house.ask(caller(who), asked)

    return act


def _answer(name: str, *, decline: bool) -> Act:
    async def act(house: House) -> None:
        me = caller(name)
        await house.ask(me, SetPresence(id=fresh(), state="on"))
        await house.services.orders.tick()
        for each in list(house.services.orders.dispatch.offers_to(name)):
            command = DeclineOrder if decline else AcceptOrder
            await house.ask(me, command(id=fresh(), order=each.order))

    return act


def _end(who: str, reason: str) -> Act:
    async def act(house: House) -> None:
        await house.sessions.end_all(who, reason)

    return act


class Run:
    """One history on its machine."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.folder = folder
        self.world = World(seed)
        self.host = Host(self.world, "relay")
        self.gateway = PayGateway(self.host, shop=SHOP)
        self.history = History(seed)
        self.house: House | None = None
        self.calm = False
        self.failures: list[str] = []
        self.faults: Counter[str] = Counter()
        self._draw = random.Random(f"faults {seed}")
        self._share = self._draw.choice((0.0, 0.05, 0.15, 0.35))
        self.gateway.fault = self._fault
        self.gateway.refund_states = self._refund_states
        plan(self.history, self.gateway)

    def _race(self, provider: str, what: str) -> None:
        """Somebody pays a code that was shown at the very moment at which it is called off."""
        if self.house is None or what not in ("close", "cancel", "query"):
            return
        if self._draw.random() >= (0.2 if what != "query" else 0.02):
            return
        shown = self._rows("SELECT provider, trade FROM payments WHERE qr IS NOT NULL")
        for who, trade in shown:
            if who == provider and self._draw.random() < 0.5:
                self.gateway.pay(who, trade)

    def _fault(self, provider: str, what: str) -> str | None:
        self._race(provider, what)
        if self.calm or self._draw.random() >= self._share:
            return None
        fault = self._draw.choice(FAULTS)
        if fault == "old" and provider != "wechat":
            return None  # their answers hold no time
        if provider == "stripe" and fault in ("forged", "unsigned", "other_merchant"):
            return None  # its answers are not signed: TLS alone vouches for them
        if fault == "other_sum" and what != "precreate":
            return None
        self.faults[fault] += 1
        return fault

    def _refund_states(self, provider: str, number: str) -> list[str]:
        if provider == "alipay":
            return self._draw.choice((["REFUND_SUCCESS"], ["", "", "", "REFUND_SUCCESS"]))
        if self.calm:
            return ["PROCESSING", "SUCCESS"]
        return self._draw.choice(
            (
                ["SUCCESS"],
                ["PROCESSING", "SUCCESS"],
                ["PROCESSING", "PROCESSING", "ABNORMAL", "SUCCESS"],
                ["PROCESSING", "CLOSED"],
            )
        )

    async def _live(self) -> None:
        house = House(
            self.folder,
            self.host,  # type: ignore[arg-type]  # a clock that nobody pushes forward
            lambda store: [self.gateway.wechat(), self.gateway.alipay(), self.gateway.stripe()],
        )
        self.house = house
        house.screens.here.update((*PEOPLE, *STAFF))
        await house.start()
        while self.history.acts:
            second, _, act = self.history.acts[0]
            await asyncio.sleep(max(0.0, second - self.host.up_us / 1e6))
            self.history.acts.pop(0)
            house.tasks.start(self._try(act, house), "somebody")

    @staticmethod
    async def _try(act: Act, house: House) -> None:
        try:
            await act(house)
        except (Refused, StoreFault):
            return

    def _start(self) -> None:
        self.host.start()
        self.host.spawn(self._lived(), "story")

    async def _lived(self) -> None:
        try:
            await self._live()
        except Exception as error:
            self.failures.append(f"the relay did not start: {error!r}")

    def _kill(self) -> None:
        house = self.house
        self.host.kill()
        if house is not None:
            self.failures += [repr(each) for each in house.failures]
            house.store.shut()
        self.house = None

    def tell(self) -> None:
        self._start()
        for second in self.history.kills:
            self.world.run(lambda: False, second - self.world.now / 1e6)
            self._kill()
            self._start()
        self.world.run(lambda: False, WEATHER_S - self.world.now / 1e6)
        self.calm = True
        self.ended = self.world.run(self._is_over, ENDS_S, every=30.0)
        asked = self._asked()
        self.world.run(lambda: False, 2 * 3600)
        self.asked_after = self._asked() - asked

    def _asked(self) -> int:
        """Calls about money; bills are fetched every morning anyway."""
        return sum(
            1 for _, what, _ in self.gateway.calls if "bill" not in what and what != "download"
        )

    def _is_over(self) -> bool:
        if self.history.acts or self.house is None:
            return False
        found = self._rows(
            "SELECT (SELECT count(*) FROM payments WHERE state = 'pending')"
            " + (SELECT count(*) FROM payments WHERE watch_until_ms IS NOT NULL)"
            " + (SELECT count(*) FROM refunds WHERE state NOT IN ('done', 'closed'))"
            " + (SELECT count(*) FROM orders WHERE state IN ('quoted', 'awaiting_payment', 'paid',"
            " 'queued', 'open', 'closing', 'closed'))"
        )
        return found[0][0] == 0

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        assert self.house is not None
        return list(self.house.store._conn.execute(sql).fetchall())

    def check(self) -> Iterator[tuple[str, str]]:
        if self.house is None:
            yield RULES[6], "; ".join(self.failures)
            return
        gateway = self.gateway
        shops = self._rows("SELECT ifnull(sum(fen), 0) FROM books WHERE book LIKE 'shop:%'")[0][0]
        paid, back = gateway.paid(), gateway.back()
        if paid - back != shops:
            yield RULES[0], f"{paid} - {back} <> {shops}"
        net: Counter[str] = Counter()
        whole: Counter[str] = Counter()
        for provider, trade, order in self._rows("SELECT provider, trade, order_id FROM payments"):
            made = gateway.trades.get((provider, trade))
            if made is not None and made.paid_ms:
                whole[order] += made.fen
                net[order] += made.fen - made.back
        earned = dict(
            self._rows("SELECT order_id, sum(fen) FROM movements WHERE what = 'earning' GROUP BY 1")
        )
        for order, session, price in self._rows("SELECT order_id, session, price_fen FROM orders"):
            if session is not None and whole[order] < price:
                yield RULES[1], f"{order}: {whole[order]} of {price}"
            if net[order] != earned.get(order, 0):
                yield (
                    RULES[2],
                    f"{order}: {net[order]} paid for good, {earned.get(order, 0)} earned",
                )
        wrong = ledger.audit_in(self.house.store._conn)
        if wrong:
            yield RULES[3], "; ".join(wrong)
        if not self.ended:
            left = self._rows(
                "SELECT number, state, provider FROM payments WHERE state = 'pending'"
                " OR watch_until_ms IS NOT NULL"
            )
            left += self._rows(
                "SELECT number, state, answer FROM refunds WHERE state NOT IN ('done', 'closed')"
            )
            left += self._rows(
                "SELECT order_id, state, version FROM orders WHERE state NOT IN"
                " ('settled', 'declined', 'no_show', 'void', 'refunded')"
            )
            yield RULES[4], str(left)
        if self.asked_after:
            yield RULES[5], f"{self.asked_after} calls: {gateway.calls[-1]}"
        failures = self.failures + [repr(each) for each in self.house.failures]
        failures += self.world.complaints
        if failures:
            yield RULES[6], "; ".join(failures[:3])

    def close(self) -> None:
        self._kill()
        self.world.close()


# --- planted faults ------------------------------------------------------------------------------
def _taken_is_done() -> Any:
    def status(self: Any, repayment: Any, answer: dict[str, Any]) -> RefundStatus:
        return RefundStatus(RefundState.DONE)

    return mock.patch.object(wechatpay.WechatProvider, "_refund_status", status)


async def _looks_away(self: Any) -> list[Any]:
    """What was called off is forgotten."""
    await self._store.write(
        lambda conn: conn.execute("UPDATE payments SET watch_until_ms = NULL").rowcount
    )
    return []


def _late_money_is_kept() -> Any:
    return mock.patch.object(cashier.Cashier, "late_ones", _looks_away)


@contextmanager
def _silence_is_no() -> Iterator[None]:
    honest = wechatpay.WechatProvider.poll

    async def poll(self: Any, intent: Any) -> Status:
        try:
            return await honest(self, intent)
        except ProviderDown:
            return Status(PaymentOutcome.FAILED, 0)

    with (
        mock.patch.object(wechatpay.WechatProvider, "poll", poll),
        mock.patch.object(cashier.Cashier, "late_ones", _looks_away),
    ):
        yield


def _a_question_is_a_refund() -> Any:
    async def poll_refund(self: Any, repayment: Any) -> RefundStatus:
        # Code 10000 says that the question worked, and is taken for a refund.
        await self._ask(
            "alipay.trade.fastpay.refund.query",
            repayment.intent,
            out_trade_no=repayment.intent.trade,
            out_request_no=repayment.trade,
        )
        return RefundStatus(RefundState.DONE)

    return mock.patch.object(alipay.AlipayProvider, "poll_refund", poll_refund)


FLAWS: dict[str, Callable[[], Any]] = {
    "a refund is done when it was taken": _taken_is_done,
    "late money is kept": _late_money_is_kept,
    "no answer is taken for not paid": _silence_is_no,
    "a question that worked is taken for a refund": _a_question_is_a_refund,
}


def one(seed: int, outcome: Outcome) -> None:
    global _numbers
    _numbers = itertools.count()
    folder = Path(tempfile.mkdtemp(prefix="miaohui-money-", dir=fast_folder()))
    try:
        for name in ("relay.db", "relay.key"):
            shutil.copy(template() / name, folder / name)
        run = Run(seed, folder)
        try:
            run.tell()
            broken = dict(run.check())
            for rule in RULES:
                outcome.check(rule, holds=rule not in broken, example=f"{seed}: {broken.get(rule)}")
            if run.house is None:
                return
            outcome.count("calls of the gateway", len(run.gateway.calls))
            outcome.count("of them broken", sum(run.faults.values()))
            trades = run.gateway.trades.values()
            outcome.count("payments made", sum(1 for trade in trades if trade.paid_ms))
            outcome.count("refunds", sum(len(trade.refunds) for trade in trades))
            outcome.count("given back by cancel", sum(1 for trade in trades if trade.returned))
            outcome.count("orders", run._rows("SELECT count(*) FROM orders")[0][0])
            outcome.count(
                "sessions", run._rows("SELECT count(*) FROM orders WHERE session > ''")[0][0]
            )
            outcome.count(
                "extensions paid",
                run._rows("SELECT count(*) FROM payments WHERE kind = 'extension' AND booked")[0][
                    0
                ],
            )
            outcome.count(
                "late payments",
                run._rows(
                    "SELECT count(*) FROM payments p WHERE state = 'succeeded' AND kind ="
                    " 'payment' AND EXISTS (SELECT 1 FROM payments q WHERE q.order_id ="
                    " p.order_id AND q.number <> p.number)"
                )[0][0],
            )
            outcome.count(
                "extensions asked for",
                run._rows("SELECT count(*) FROM payments WHERE kind = 'extension'")[0][0],
            )
            outcome.count("kills", len(run.history.kills))
        finally:
            run.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drawn(self: Randomness) -> str:
    return fresh()


_loaded = functools.cache(alipay.load_pem_private_key)  # a key is proved once, not at each start


@contextmanager
def quiet() -> Iterator[None]:
    """What a bad line makes the relay log is meant here."""
    logger = logging.getLogger("miaohui")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            mock.patch("tests.relay.house.Store", RelayStore),
            mock.patch.object(Randomness, "new_id", _drawn),
            # The host says nothing here and nobody looks at figures: four fifths of a history.
            mock.patch.object(control, "LOOK_EVERY_S", 60.0),
            mock.patch.object(statistics, "LOOK_EVERY_S", 60.0),
            mock.patch.object(alipay, "load_pem_private_key", _loaded),
        ):
            yield
    finally:
        logger.setLevel(before)


def part(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """Trials numbered from ``first``; each knows its own number alone."""
    outcome = Outcome()
    for number in range(first, first + count):
        with quiet():
            if planted:
                for name, flaw in FLAWS.items():
                    mine = Outcome()
                    with flaw():
                        one(seed * 1_000_003 + number, mine)
                    outcome.merge(mine)
                    outcome.plant(name, noticed=mine.violations > 0)
            else:
                one(seed * 1_000_003 + number, outcome)
    return outcome


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    return part(seed, 0, count, planted=planted)
