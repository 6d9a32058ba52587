"""Simulator: real apps, the real relay, its ledger and both stores on one virtual clock.

One trial is one simulation: one or two customers and one or two responders buy, talk, extend, hand
over and end for 3 to 40 s of their time (one in a thousand for more than an hour) while links,
processes, machines, disks and wall clocks fail; then the weather clears, everything comes to its
end, and the accounts are checked. The rows count simulations for each rule.
"""

import functools
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from tests.torture.outcome import Outcome
from tests.torture.sim.disks import RelayStore
from tests.torture.sim.house import simulated, template
from tests.torture.sim.story import Plan, Told, tell

from miaohui.client.feed.conversation import SessionFeed
from miaohui.relay.session.state import SessionState
from miaohui.relay.storage import idempotency
from miaohui.relay.storage import store as relay_store

ABOUT = "seeded simulations of apps, relay, ledger and disks with faults at every step"
PLANTED = "in turn: the relay forgets commands; apps skip the gap check; answers before the commit"
COUNT = 600
SHORT = 3
MOST_PLANTED = 60

RULES = (
    "everything comes to an end",
    "every conversation can be read",
    "each message once",
    "no message is lost",
    "no accepted message is lost",
    "no message is refused without a cause",
    "each author's messages in order",
    "both sides show the journal",
    "chain unbroken",
    "feed without a gap",
    "fold of relay = fold from disk",
    "fold of app = fold from disk",
    "wait booked = wait that was",
    "every closed session has its receipt",
    "both sides hold the receipt",
    "no honest relay is doubted",
    "ledger zero at every commit",
    "settled as the journal says",
    "no charge without a session or a refund",
    "no order without an end",
    "the relay's disk is sound",
    "the app's disk holds the feed",
    "no task dies by itself",
    "no errors of our own",
)


class _Forgetful(set[str]):
    """Knows nothing again."""

    def __contains__(self, item: object) -> bool:
        return False


@contextmanager
def _forgets() -> Iterator[None]:
    """The relay carries a repeated command out again."""
    real = SessionState.__init__

    def init(self: SessionState, *values: Any) -> None:
        real(self, *values)
        self.ids = _Forgetful()

    over = {
        rows: text.replace("INSERT INTO", "INSERT OR REPLACE INTO")
        for rows, text in relay_store.ANSWER_IN.items()
    }
    with (
        mock.patch.object(SessionState, "__init__", init),
        mock.patch.object(relay_store, "ANSWER_IN", over),
        mock.patch.object(idempotency, "known_in", return_value=None),
        mock.patch.object(idempotency, "remember_in", _remember_over),
    ):
        yield


def _remember_over(
    conn: sqlite3.Connection,
    caller: Any,
    command: Any,
    result: Any,
    *,
    session: int | None = None,
) -> None:
    conn.execute(
        "INSERT OR REPLACE INTO answer (account, id, digest, result, session)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            caller.account,
            command.id,
            idempotency.digest_of(command),
            idempotency.result_text(result),
            session,
        ),
    )


@contextmanager
def _no_gap_check() -> Iterator[None]:
    """An app takes whatever position comes."""
    real = SessionFeed.apply

    def apply(self: SessionFeed, items: Any, at: int, now: int, *, stored: bool = False) -> Any:
        fresh = [each for each in items if each.pos > self.pos]
        if fresh and fresh[0].pos != self.pos + 1:
            self.pos = fresh[0].pos - 1
        return real(self, items, at, now, stored=stored)

    with mock.patch.object(SessionFeed, "apply", apply):
        yield


@contextmanager
def _answers_early() -> Iterator[None]:
    """The relay answers before it has written down."""
    with mock.patch.object(RelayStore, "early", True), mock.patch.object(RelayStore, "late_ms", 80):
        yield


PLANTS = (
    ("planted: commands are forgotten", _forgets),
    ("planted: no gap check", _no_gap_check),
    ("planted: answered before the commit", _answers_early),
)


# Each of these found something; it stays mended.
ONCE_BROKEN = (
    5_000_040,
    101_000_136,
    *(123_000_101, 128_000_081, 125_000_497),
    *(127_000_142, 206_000_040),
    *(130_000_012, 131_000_306, 135_000_265),
    *(146_000_042, 149_000_360, 204_000_106, 300_001_756),
    *(300_005_236, 300_046_883, 500_029_926),
)

# For planted faults: short, and with much bad weather.
ROUGH = Plan(15.0, 0.4, 1, 1, 0.3, "five", False, True)


def one(seed: int, plan: Plan | None = None) -> Told:
    """The simulation of a seed, the same by itself and among many."""
    template()
    with simulated():
        return tell(seed, plan)


@functools.cache
def _ready() -> None:
    template()
    gc.collect()
    gc.freeze()  # what stays for ever needs no looking at


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = part(seed, 0, count, planted=planted)
    done = count
    # What was planted shows in every fifth trial or so: a short run goes on until it does.
    while planted and not outcome.violations and done < MOST_PLANTED:
        outcome.merge(part(seed, done, count, planted=True))
        done += count
    return outcome


def part(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """The simulations from the ``first`` on: each has a seed of its own."""
    outcome = Outcome()
    _ready()
    for number in range(first, first + count):
        mine = seed * 1_000_000 + number
        with ExitStack() as stack:
            if planted:
                name, plant = PLANTS[number % len(PLANTS)]
                stack.enter_context(plant())
            try:
                told = one(mine, ROUGH if planted else None)
            except Exception as error:
                # Broken so far that it does not even come to its end: noticed as well.
                if planted:
                    outcome.check(name, holds=False, example=f"seed {mine}: {error!r}")
                    outcome.plant(name, noticed=True)
                    continue
                told = Told(mine, broken=[("no errors of our own", repr(error))])
        _count(outcome, told)
        if planted:
            words = "; ".join(f"{rule}: {what}" for rule, what in told.broken[:1])
            outcome.check(name, holds=not told.broken, example=f"seed {mine}: {words}")
            outcome.plant(name, noticed=bool(told.broken))
            continue
        broken = dict(reversed(told.broken))
        for rule in RULES:
            if rule in broken:
                outcome.check(rule, holds=False, example=f"seed {mine}: {broken[rule]}")
            else:
                outcome.tried(rule)
    return outcome


def _count(outcome: Outcome, told: Told) -> None:
    outcome.count("simulations")
    outcome.count("hours of virtual time", told.seconds / 3600)
    outcome.count("faults", sum(told.faults.values()))
    outcome.count("messages", told.messages)
    outcome.count("orders", told.orders)
    outcome.count("sessions", told.sessions)
