"""One simulation: people at their apps, bad weather for a while, then fair, then the accounts."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.torture.sim.checks import ENDS, Record, check
from tests.torture.sim.house import CUSTOMERS, MOURNER, House
from tests.torture.sim.people import Customer, Diary, Manner, Responder
from tests.torture.sim.weather import Weather

from miaohui.relay.storage.schema import connect as open_relay_store

HEAL_S = 420.0
LENGTHS = ((3.0, 5.0, 8.0, 12.0, 20.0, 40.0), (30, 30, 20, 12, 5, 3))  # seconds, how often
LOOKED_AT = 3  # an app keeps a few closed conversations in memory, no more


@dataclass
class Told:
    """What a simulation came to."""

    seed: int
    seconds: float = 0.0  # of virtual time
    steps: int = 0
    messages: int = 0
    orders: int = 0
    sessions: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """A simulation's shape, drawn from its seed."""

    seconds: float
    fault_every_s: float
    customers: int
    responders: int
    pace_s: float
    offer: str
    lively: bool
    plain: bool  # files of the apps without encryption

    @classmethod
    def of(cls, seed: int) -> "Plan":
        lot = random.Random(f"plan {seed}")
        if lot.random() < 0.001:  # an hour and more
            return cls(4000.0, 60.0, 1, 2, 12.0, "half", True, False)
        return cls(
            seconds=lot.choices(*LENGTHS)[0],
            fault_every_s=lot.choice((0.3, 0.6, 1.2, 2.4)),
            customers=lot.choice((1, 1, 1, 2)),
            responders=lot.choice((1, 1, 2)),
            pace_s=lot.choice((0.2, 0.5, 1.2)),
            offer=lot.choice(("one", "five", "five", "half")),
            lively=lot.random() < 0.8,
            plain=lot.random() < 0.9,
        )


def _ended(house: House) -> bool:
    """Every order has its end, on disk."""
    if house.relay.relay is None:
        return False
    conn = open_relay_store(house.folder / "relay.db")
    try:
        states = {state for (state,) in conn.execute("SELECT DISTINCT state FROM orders")}
        owed = conn.execute(
            "SELECT (SELECT count(*) FROM refunds WHERE state = 'pending')"
            " + (SELECT count(*) FROM payments WHERE state = 'pending')"
        ).fetchone()[0]
    finally:
        conn.close()
    return states <= ENDS and not owed


def _quiet(house: House, *, looked: bool = False) -> bool:
    """Every outbox is empty but for what a person has to look at; every feed is up to date."""
    for app in house.apps.values():
        client = app.client
        if client is None or not client._context.entered.is_set():
            return False
        served = {card.session for card in client.view.sessions}
        if looked and any(
            each.session and each.session not in served for each in client.view.orders
        ):
            return False  # the list was read before the order became a session
        for kept in client._context.outbox.all():
            # What was said to an order that nobody took has no place to go to.
            unserved = kept.state == "accepted" and kept.lane not in served
            if kept.state != "failed" and not unserved:
                return False
        for card in client.view.sessions[: LOOKED_AT if looked else None]:
            talk = client._syncs.get(card.session)
            if talk is not None and (talk.working or talk.stored < talk.feed.pos):
                return False
            if talk is not None and card.state != "closed":
                return False
            if looked and (talk is None or not talk.synced):
                return False
    return _ended(house)


def tell(seed: int, plan: Plan | None = None) -> Told:
    """Runs a simulation; call it under ``simulated()``."""
    plan = Plan.of(seed) if plan is None else plan
    told = Told(seed)
    diary, record = Diary(), Record()
    people = {"customers": plan.customers, "responders": plan.responders}
    with House(seed, record, **people, plain=plan.plain) as house:
        world = house.world
        record.now = lambda: world.now
        for name, app in house.apps.items():
            kind = Customer if name in CUSTOMERS else Responder
            manner = Manner(plan.pace_s, plan.offer, plan.lively)
            app.person = kind(diary, world.random.getrandbits(32), manner)
        weather = Weather(house, diary, every_s=plan.fault_every_s)
        house.begin()
        world.after(0.8, weather.begin)
        world.run(lambda: False, plan.seconds, every=plan.seconds)
        weather.clear()
        diary.resting = True
        world.run(lambda: house.live(), 60)
        world.run(lambda: False, 3)
        diary.ending = True
        if not world.run(lambda: _quiet(house), HEAL_S, every=1.0):
            told.broken.append(("everything comes to an end", _why(house)))
        for _ in range(20):
            for app in house.apps.values():
                # As somebody would who looks at every conversation once more, and again where
                # the link went in that moment.
                if app.client is not None and app.loop is not None:
                    for card in app.client.view.sessions[:LOOKED_AT]:
                        app.loop.call_soon(app.client.focus, card.session)
            if world.run(lambda: _quiet(house, looked=True), 3):
                break
        else:
            told.broken.append(("every conversation can be read", _why(house)))
        told.broken += [("no task dies by itself", each) for each in MOURNER.deaths]
        told.broken += check(house, diary, record, walls_moved=weather.walls_moved)
        told.seconds = world.now / 1e6
        told.faults = weather.done
        told.messages = len(diary.said)
        conn = open_relay_store(house.folder / "relay.db")
        told.orders = conn.execute("SELECT count(*) FROM orders").fetchone()[0]
        told.sessions = conn.execute("SELECT count(*) FROM session").fetchone()[0]
        conn.close()
    return told


def _why(house: House) -> str:
    """What is not at its end."""
    words: list[str] = []
    for name, app in house.apps.items():
        if app.client is None:
            words.append(f"{name} is not there")
            continue
        core = app.client._context
        left = [
            f"{k.state} {type(k.command).__name__} {k.lane[-6:]}"
            for k in core.outbox.all()
            if k.state != "failed"
        ]
        words.append(f"{name} {app.client.view.link.state} entered {core.entered.is_set()} {left}")
        for card in app.client.view.sessions:
            talk = app.client._syncs.get(card.session)
            if talk is not None:
                words.append(
                    f"{card.session[-6:]} {card.state} busy {talk.working} {talk.stored}/{talk.feed.pos}"
                    f" synced {talk.synced} {talk.state}"
                )
    conn = open_relay_store(house.folder / "relay.db")
    words.append(str(conn.execute("SELECT order_id, state FROM orders").fetchall()))
    words.append(
        str(conn.execute("SELECT number, state FROM payments WHERE state='pending'").fetchall())
    )
    words.append(
        str(conn.execute("SELECT number, state FROM refunds WHERE state='pending'").fetchall())
    )
    conn.close()
    return "; ".join(words)
