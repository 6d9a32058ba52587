"""Half the truth is marked: what a relay was away for is a fault in the journal, and nobody's wait.

On the simulator's clock: a customer has asked, the relay is killed and comes back after a while.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest import mock

from tests.torture.outcome import Outcome
from tests.torture.sim.checks import journals
from tests.torture.sim.stage import NeverHappened, staged

from miaohui.desktop.strings import transcript as words
from miaohui.promise.turns import TurnState
from miaohui.relay.session import recovery
from miaohui.relay.session.effects import SessionStep
from miaohui.relay.session.recovery import Vouch
from miaohui.relay.session.state import SessionState
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.wire.journal import Fault

ABOUT = "a relay killed in the middle of a wait: fault, void turn, time given back, said"
PLANTED = "a relay that goes on after a crash as if nothing had been"
COUNT = 300
SHORT = 2
# A relay vouches for itself once a second, and a commit takes its time.
SLACK_MS = 1_300


@contextmanager
def _unmarked() -> Iterator[None]:
    def bridge(
        state: SessionState,
        fault: SessionStep,
        run: str,
        mono: int,
        utc_ms: int,
        vouch: Vouch | None,
    ) -> None:
        state.run = run
        state.base = mono - (utc_ms - state.facts.opened_utc_ms)
        state.facts = replace(state.facts, run=run, base=state.base)

    with mock.patch.object(recovery, "_bridge", bridge):
        yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    with ExitStack() as stack:
        if planted:
            stack.enter_context(_unmarked())
        for number in range(count):
            mine = seed * 1_000_000 + number
            try:
                _crash(mine, outcome)
            except NeverHappened as never:
                outcome.check("what has to come comes", holds=False, example=f"{mine}: {never}")
    return outcome


def _crash(seed: int, outcome: Outcome) -> None:
    source = random.Random(seed)
    with staged(seed) as stage:
        session = stage.open()
        stage.say("anna", session, "一")
        stage.run(1)
        stage.look("rin", session)
        stage.run(0.6)
        stage.say("rin", session, "在")
        stage.run(2 + source.random() * 3)
        stage.say("anna", session, "二")
        stage.run(0.2 + source.random() * 5)
        relay, world = stage.house.relay, stage.world
        left = stage.house.relay.relay
        assert left is not None
        book = left.sessions.live[session].actor.state
        t = book.t_of(relay.mono())
        before = book.fold.remaining_ms(t)
        killed = world.now
        relay.down(silent=source.random() < 0.3)
        stage.run(0.3 + source.random() * 40)
        relay.up()
        back = stage.until(lambda: relay.relay is not None and relay.relay.port != 0, every=0.005)
        away = (world.now - killed) // 1000
        assert back >= 0
        running = stage.house.relay.relay
        assert running is not None
        again = running.sessions.live[session].actor.state
        after = again.fold.remaining_ms(again.t_of(relay.mono()))
        stage.until(stage.house.live, 60)
        stage.until(lambda: stage.synced("anna", session) and stage.synced("rin", session), 60)
        gateway = running.gateway
        stage.until(lambda: gateway.online("anna") and gateway.online("rin"), 60)
        stage.until(lambda: "二" in stage.shown("rin", session), 60)
        stage.look("rin", session)
        stage.run(2.5)  # the next heartbeat tells the relay that it was stored, and then seen
        stage.say("rin", session, "在呢")
        stage.run(2.5)
        conn = open_relay_store(stage.house.folder / "relay.db")
        journal = journals(conn)[0]
        conn.close()
        faults = [each for each in journal.entries if isinstance(each, Fault)]
        length = sum(each.to_t - each.from_t for each in faults)
        outcome.check(
            "a fault stands in the journal, as long as the relay was away",
            holds=len(faults) == 1 and -60 <= length - away <= SLACK_MS,
            example=f"seed {seed}: {faults}, away {away} ms",
        )
        turns = journal.fold.turns
        outcome.check(
            "the turn that it cut is void, the others stay",
            holds=[turn.state for turn in turns] == [TurnState.KEPT, TurnState.VOID],
            example=f"seed {seed}: {turns}",
        )
        outcome.check(
            "no paid time is lost",
            holds=before - after <= 60 and after - before <= SLACK_MS,
            example=f"seed {seed}: {before} before, {after} after",
        )
        for name in ("anna", "rin"):
            lines = [each for each in stage.client(name).messages(session) if each.kind == "fault"]
            outcome.check(
                "both are told in one sentence",
                holds=len(lines) == 1 and words.fault_line().strip() != "",
                example=f"seed {seed}: {name} reads {lines}",
            )
