"""Evenings of a shop of eight on the relay's real rooms, played event by event on a clock of hand:
an ordinary one, and the Qixi evening with eight times the orders in one hour.

What is simulated is people: when customers come and write, how long responders take to come and to
answer (longer with each session that they have at once, and as they tire). Queue, offers, limits,
sessions, journals and figures are the relay's own.
``python -m tests.relay.orders.festival`` plays three seeds and prints the table of docs/rota.md.
"""

import asyncio
import heapq
import itertools
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.relay.house import HandClock, House, fresh

from miaohui.relay.accounts import accounts
from miaohui.relay.directory import openings
from miaohui.relay.directory.odds import fit
from miaohui.relay.directory.work import HOUR_MS, MINUTE_MS
from miaohui.relay.host import loading
from miaohui.relay.money import ledger
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.live import Inbound, LiveSession
from miaohui.wire.accounts import Role
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Order, Pay, Quote
from miaohui.wire.rota import PutWorkLimits, WorkLimits
from miaohui.wire.sessions import Body, End, Send

PEOPLE = ("an", "bo", "cai", "dan", "er", "fei", "gu", "he")
OFFERS = {"q-15": (15, 1500), "q-30": (30, 3000)}
LIMITS = WorkLimits(day_minutes=360, stretch_minutes=180, break_minutes=15, at_once=2, nights=6)
SALT = "00" * 16
EIGHT_PM = 1_800_014_400_000  # 2027-01-15, 20:00 in the shop
BEGIN = EIGHT_PM - 2 * HOUR_MS
LAST_ORDER = EIGHT_PM + 3 * HOUR_MS
PER_HOUR = 9.0
CROWD = 8.0


@dataclass
class Evening:
    """What was seen of one evening."""

    orders: int = 0
    sold: int = 0
    refused: int = 0
    unserved: int = 0
    kept: int = 0
    breached: int = 0
    clean: int = 0
    sessions: int = 0
    told: int = 0
    longer: int = 0
    waits_min: list[float] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    most_at_once: int = 0

    @property
    def kept_percent(self) -> float:
        return 100 * self.kept / max(1, self.kept + self.breached)

    @property
    def longer_percent(self) -> float:
        return 100 * self.longer / max(1, self.told)


class _Line:
    """Whoever said something to a session, and waits for the answer."""

    def __init__(self) -> None:
        self.done: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def answer(self, id: str, outcome: object) -> None:
        self.done.set_result(outcome)

    def taken(self, id: str, result: bytes) -> None:
        self.done.set_result(result)


class Theatre:
    """One evening in one house. ``crowd``: so many times the orders from 20:00 to 21:00."""

    def __init__(self, house: House, seed: int, crowd: float, pace: float) -> None:
        """``pace``: of the conversations; 1 is a message every forty seconds."""
        self.house = house
        self.random = random.Random(seed)
        self.seen = Evening()
        self._crowd, self._pace = crowd, pace
        self._events: list[tuple[int, int, Callable[[], Awaitable[None]]]] = []
        self._count = itertools.count()
        self._offered: set[str] = set()
        self._queued: dict[str, tuple[int, int | None]] = {}
        self._names = itertools.count()
        self._me: dict[str, Caller] = {}
        self._tag = f"{seed}-{int(crowd)}"

    def at(self, moment: int, what: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._events, (moment, next(self._count), what))

    @property
    def now(self) -> int:
        return self.house.clock.utc_ms()

    async def play(self) -> Evening:
        house = self.house
        for who in PEOPLE:
            house.screens.here.add(who)
            await house.ask(caller(who), SetPresence(id=fresh(), state="on"))
        moment = float(BEGIN)
        while moment < LAST_ORDER:
            rate = PER_HOUR * (self._crowd if EIGHT_PM <= moment < EIGHT_PM + HOUR_MS else 1)
            moment += self.random.expovariate(rate) * HOUR_MS
            if moment < LAST_ORDER:
                self.at(self._day(int(moment)), self._comes)
        self.at(self._day(BEGIN), self._look)
        for n, who in enumerate(PEOPLE):
            # Breaks one after the other, so that not all are due one at the same moment.
            self.at(self._day(BEGIN + (30 + 10 * n) * MINUTE_MS), lambda who=who: self._rests(who))  # type: ignore[misc]
        while self._events:
            moment, _, what = heapq.heappop(self._events)
            ahead = moment - self.now
            if ahead > 0:
                house.clock.forward(ahead)
            house.sessions.deadlines.fire(house.clock.mono())
            await what()
        await house.store.write(lambda conn: None)
        return self.seen

    def _day(self, moment: int) -> int:
        """The same time of day on the day that the clock is in."""
        return moment + (self.now - BEGIN + HOUR_MS) // (24 * HOUR_MS) * 24 * HOUR_MS

    # --- the relay's own looks ---------------------------------------------------------------
    async def _look(self) -> None:
        """Every second while somebody waits, else every half minute, as the relay does."""
        services = self.house.services
        second = self.now // 1000
        if second % 30 == 0:
            await services.rotas.look()
            self._watch()
            for who in PEOPLE:
                await self._comes_back(who)
        if second % 300 == 0:
            await services.orders.outlook.look(anew=True)
        await services.orders.tick()
        await self._answer_offers()
        waiting = bool(self._queued)
        if waiting or self._events:
            step = 1000 if waiting else 30_000
            self.at((self.now // step + 1) * step, self._look)

    def _watch(self) -> None:
        """Nobody works beyond the limits."""
        book = self.house.services.on_duty.work
        for who in PEOPLE:
            load = self.house.services.on_duty.load_of(who)
            self.seen.most_at_once = max(self.seen.most_at_once, load)
            if not book.keeps("q"):
                continue
            limits, left = LIMITS, book.left_of("q", who)
            assert limits.day_minutes is not None
            assert limits.stretch_minutes is not None
            assert limits.at_once is not None
            if left.today_ms > limits.day_minutes * MINUTE_MS:
                self.seen.beyond.append(f"{who}: {left.today_ms} ms today")
            if left.on_end_ms > limits.stretch_minutes * MINUTE_MS:
                self.seen.beyond.append(f"{who}: {left.on_end_ms} ms on end")
            if load > limits.at_once:
                self.seen.beyond.append(f"{who}: {load} at once")

    async def _rests(self, who: str) -> None:
        row = self.house.services.on_duty.person(who)
        if row is not None and row.presence == "on":
            await self.house.ask(caller(who), SetPresence(id=fresh(), state="break"))

    async def _comes_back(self, who: str) -> None:
        """Somebody whose break is over, and whose evening is not."""
        duty = self.house.services.on_duty
        row = duty.person(who)
        if row is None or row.presence == "on" or self.now >= self._day(LAST_ORDER):
            return
        left = duty.work.left_of("q", who)
        if left.rest is None and left.on_end_ms == 0:
            await self.house.ask(caller(who), SetPresence(id=fresh(), state="on"))

    # --- customers ---------------------------------------------------------------------------
    async def _comes(self) -> None:
        house, draw = self.house, self.random
        self.seen.orders += 1
        name = f"c{self._tag}-{next(self._names)}"
        await house.store.write(lambda conn: _customer_in(conn, name, self.now))
        house.screens.here.add(name)
        offer = draw.choice(sorted(OFFERS))
        me = Caller(name, Role.CUSTOMER, None, name, f"t-{name}", f"d-{name}", 1)
        minutes, price = OFFERS[offer]
        told = house.services.orders.outlook.of_newcomer("q", minutes).p90_ms
        try:
            quoted = await house.want(Order, me, Quote(id=fresh(), shop="q", offer=offer))
        except Refused:
            self.seen.refused += 1
            return
        pay = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=price)
        await house.ask(me, pay)
        await house.queued(quoted.order)
        self.seen.sold += 1
        self._queued[quoted.order] = (self.now, told)
        self._me[quoted.order] = me
        await house.services.orders.tick()
        await self._answer_offers()
        self.at((self.now // 1000 + 1) * 1000, self._look_once)

    async def _look_once(self) -> None:
        """The queue is looked at a second later, whenever the next look is."""
        await self.house.services.orders.tick()
        await self._answer_offers()
        if self._queued:
            self.at((self.now // 1000 + 1) * 1000, self._look_once_more)

    async def _look_once_more(self) -> None:
        if self._queued and self.now % 30_000:
            await self._look_once()

    # --- responders --------------------------------------------------------------------------
    async def _answer_offers(self) -> None:
        dispatch = self.house.services.orders.dispatch
        for order in list(self._queued):
            waiting = dispatch.get(order)
            if waiting is None:
                # Ended unserved; a taken one leaves the books of this theatre as it is taken.
                state = await self.house.value("SELECT state FROM orders WHERE order_id = ?", order)
                if state not in ("queued", "paid"):
                    del self._queued[order]
                    self.seen.unserved += 1
                continue
            if waiting.offered_to is None or order in self._offered:
                continue
            self._offered.add(order)
            who = waiting.offered_to
            takes = min(40_000, int(self.random.lognormvariate(8.9, 0.5)))
            self.at(self.now + takes, lambda order=order, who=who: self._accept(order, who))  # type: ignore[misc]

    async def _accept(self, order: str, who: str) -> None:
        house = self.house
        self._offered.discard(order)
        if order not in self._queued:
            return
        try:
            await house.ask(caller(who), AcceptOrder(id=fresh(), order=order))
        except Refused:
            return
        since, told = self._queued.pop(order)
        waited = self.now - since
        self.seen.waits_min.append(waited / MINUTE_MS)
        if told is not None:
            self.seen.told += 1
            self.seen.longer += waited > told
        session = await house.value("SELECT session FROM orders WHERE order_id = ?", order)
        live = await house.sessions.get(str(session))
        assert live is not None
        self.seen.sessions += 1
        me = self._me[order]
        self.at(self.now + 4_000, lambda: self._greets(live, me))
        if self.random.random() < 0.25:
            minutes = live.actor.state.fold.paid_ms / MINUTE_MS
            early = self.random.uniform(0.3, 0.95) * minutes * MINUTE_MS
            self.at(self.now + int(early), lambda: self._leaves(live, me))

    async def _greets(self, live: LiveSession, me: Caller) -> None:
        if not live.actor.closed:
            await self._says(live, caller(live.actor.state.responder), 0)
            self._goes_on(live, me)

    def _goes_on(self, live: LiveSession, me: Caller) -> None:
        think = self.random.expovariate(1 / 40_000) / self._pace + 2_000
        self.at(self.now + int(think), lambda: self._asks(live, me))

    async def _asks(self, live: LiveSession, me: Caller) -> None:
        if live.actor.closed:
            return
        await self._says(live, me, None)
        state, mono = live.actor.state, self.house.clock.mono()
        live.actor.handed(state.pos, mono)
        live.actor.stored("responder", state.pos, mono)
        wait = self._wait(state.responder)
        seq = state.seq
        self.at(self.now + wait, lambda: self._answers(live, me, seq))

    def _wait(self, who: str) -> int:
        """Seconds of a person: more with every session at once, more after hours on end."""
        load = self.house.services.on_duty.load_of(who)
        tired = self.house.services.on_duty.work.left_of("q", who).on_end_ms / HOUR_MS
        person = 1 + 0.04 * (PEOPLE.index(who) - 3.5)
        median = 3_000 * person * (1 + 0.28 * max(0, load - 1)) * (1 + 0.03 * tired)
        return max(700, int(median * self.random.lognormvariate(0, 0.42)))

    async def _answers(self, live: LiveSession, me: Caller, seq: int) -> None:
        if live.actor.closed:
            return
        await self._says(live, caller(live.actor.state.responder), seq)
        if live.actor.closed or live.actor.state.facts.state == "closing":
            return
        self._goes_on(live, me)

    async def _leaves(self, live: LiveSession, me: Caller) -> None:
        if not live.actor.closed:
            await said(self.house, live, me, End(id=fresh(), session=live.id))

    async def _says(self, live: LiveSession, who: Caller, seen: int | None) -> None:
        body = Body(salt=SALT, text="说句话")
        await said(
            self.house, live, who, Send(id=fresh(), session=live.id, body=body, seen_seq=seen)
        )


def caller(who: str) -> Caller:
    return Caller(who, Role.RESPONDER, "q", who, f"t-{who}", f"d-{who}", 2)


async def said(house: House, live: LiveSession, who: Caller, frame: Send | End) -> object:
    line = _Line()
    live.take(Inbound(line, who, frame, house.clock.mono()))
    return await line.done


def _customer_in(conn, name: str, now_ms: int) -> None:  # type: ignore[no-untyped-def]
    accounts.make_account_in(
        conn,
        account=name,
        name=name,
        display=name,
        role=Role.CUSTOMER,
        shop=None,
        sealed="",
        now_ms=now_ms,
    )
    ledger.grant_in(conn, name, now_ms)


async def evenings(
    data: Path, seed: int, crowds: tuple[float, ...], *, limits: bool = True, pace: float = 1.0
) -> tuple[list[Evening], float]:
    """Evenings on end, a day apart, and how far the odds were off over the last one, in points."""
    house = House(data, HandClock(BEGIN - HOUR_MS))
    catalogue = {
        "shops": [
            {
                "shop": "q",
                "name": "七夕小店",
                "offers": [
                    {"offer": each, "minutes": minutes, "price_fen": fen}
                    for each, (minutes, fen) in OFFERS.items()
                ],
                "people": [{"responder": each, "name": each, "capacity": 5} for each in PEOPLE],
            }
        ]
    }
    await house.store.write(
        lambda conn: loading.load_catalogue_in(
            conn, catalogue, house.clock.utc_ms(), seal=lambda password: ""
        )
    )
    await house.start()
    try:
        if limits:
            boss = Caller("boss", Role.OWNER, "q", "boss", "t-boss", "d-boss", 9)
            await house.ask(boss, PutWorkLimits(id=fresh(), limits=LIMITS))
        found, off = [], 0.0
        for day, crowd in enumerate(crowds):
            past = await house.store.read(
                lambda conn: openings.past_in(conn, "q", house.clock.utc_ms())
            )
            began = house.clock.utc_ms()
            evening = await Theatre(house, seed * 100 + day, crowd, pace).play()
            off = await _figures(house, evening, began, fit(past))
            found.append(evening)
            for who in PEOPLE:
                await house.ask(caller(who), SetPresence(id=fresh(), state="off"))
            house.clock.forward(BEGIN - HOUR_MS + (day + 1) * 24 * HOUR_MS - house.clock.utc_ms())
        return found, off
    finally:
        await house.stop()


async def _figures(house: House, evening: Evening, began: int, model) -> float:  # type: ignore[no-untyped-def]
    rows = await house.store.read(
        lambda conn: conn.execute(
            "SELECT state, count(*) FROM waits WHERE piece = 0 AND start_ms >= ? GROUP BY state",
            (began,),
        ).fetchall()
    )
    counts = dict(rows)
    evening.kept, evening.breached = counts.get("kept", 0), counts.get("breached", 0)
    sessions = await house.store.read(
        lambda conn: openings.past_in(conn, "q", house.clock.utc_ms())[-max(1, evening.sessions) :]
    )
    evening.clean = sum(each.kept for each in sessions)
    if model is None or not sessions:
        return float("nan")
    said_ = sum(model.chance(each.hour, each.load, each.responder) for each in sessions)
    return 100 * (said_ - evening.clean) / len(sessions)


def line_of(name: str, evening: Evening) -> str:
    waits = sorted(evening.waits_min) or [0.0]
    return (
        f"| {name} | {evening.orders} | {evening.sold} | {evening.refused} | {evening.sessions} |"
        f" {evening.kept_percent:.1f} % | {waits[len(waits) // 2]:.1f} / {waits[len(waits) * 9 // 10]:.1f} min |"
        f" {evening.longer_percent:.0f} % of {evening.told} | {evening.most_at_once} |"
        f" {len(evening.beyond)} |"
    )


def main() -> None:
    out = sys.stdout
    out.write(
        "| seed, evening | came | bought | not sold to | served | turns kept | waited p50 / p90 |"
        " longer than the p90 told | most at once | beyond limits |\n" + "|--|" + "--|" * 9 + "\n"
    )
    for seed in (1, 2, 3):
        for limits in (True, False):
            with TemporaryDirectory() as folder:
                found, off = asyncio.run(
                    evenings(Path(folder), seed, (1.0, 1.0, CROWD), limits=limits, pace=0.5)
                )
            kind = "with limits" if limits else "without"
            out.write(line_of(f"{seed}, ordinary, {kind}", found[1]) + "\n")
            out.write(line_of(f"{seed}, festival, {kind}", found[2]) + "\n")
            out.write(f"<!-- odds off by {off:+.1f} points -->\n")
            out.flush()


if __name__ == "__main__":
    main()
