"""Dead links and sleep: noticed in time on both sides, and nobody pays for another's network.

On the simulator's clock, where every moment can be read exactly. The thousand are the apps' own
lots for coming back and the relay's own turnstile, without sockets.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from tests.torture.outcome import Outcome
from tests.torture.sim.stage import NeverHappened, staged

from miaohui.client.snapshots import Delivery
from miaohui.promise.turns import TurnState
from miaohui.relay.net.accept_limit import AcceptLimit
from miaohui.wire import machine
from miaohui.wire.machine import Backoff

ABOUT = "silent cuts, stopped and sleeping machines, a thousand that come back, whose wait it was"
PLANTED = "heartbeats as a library's defaults have them: a dead link is noticed after 49 s"
COUNT = 200
SHORT = 2
AWAKE = "live again after a stop of 60 s"
NOTICED_S = 4.0
AWAKE_S = 2.0
CROWD = 1000


@contextmanager
def _patient() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(machine, "CLIENT_SILENT_MS", 49_000))
        stack.enter_context(mock.patch.object(machine, "SLEPT_MS", 3_600_000))
        stack.enter_context(mock.patch.object(machine, "RELAY_SILENT_MS", 49_000))
        yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    outcome.expect(AWAKE)  # only where the network is there at once
    with ExitStack() as stack:
        if planted:
            stack.enter_context(_patient())
        worst: dict[str, float] = {}
        for number in range(count):
            for trial in (_silence, _one_way, _stopped, _dead_customer):
                mine = seed * 1_000_000 + number
                try:
                    trial(mine, outcome, worst)
                except NeverHappened as never:
                    outcome.check("what has to come comes", holds=False, example=f"{mine}: {never}")
        for what, seconds in worst.items():
            outcome.row(what).note = f"at most {seconds:.2f} s"
    for number in range(max(1, count // 20)):
        _crowd(seed * 1000 + number, outcome)
    return outcome


def _measured(
    outcome: Outcome, worst: dict[str, float], what: str, took: float, most: float
) -> None:
    worst[what] = max(worst.get(what, 0.0), took)
    outcome.check(what, holds=took <= most, example=f"{took:.2f} s")


def _silence(seed: int, outcome: Outcome, worst: dict[str, float]) -> None:
    """Nothing gets through any more, and nobody says so."""
    source = random.Random(seed)
    with staged(seed) as stage:
        stage.open()
        stage.run(source.random() * 6)
        anna = stage.house.apps["anna"]
        relay = stage.house.relay.relay
        assert relay is not None
        stage.house.net.dark.add(anna)
        for link in stage.house.net.of(anna):
            link.mute(up=True, down=True)
        client, began = stage.client("anna"), stage.world.now
        seen: dict[str, float] = {}

        def noticed() -> bool:
            for who, there in (
                ("app", client._context.live),
                ("relay", relay.gateway.online("anna")),
            ):
                if not there and who not in seen:
                    seen[who] = (stage.world.now - began) / 1e6
            return len(seen) == 2

        stage.until(noticed, 70, every=0.01)
        _measured(outcome, worst, "a silent cut is noticed by the app", seen["app"], NOTICED_S)
        _measured(outcome, worst, "a silent cut is noticed by the relay", seen["relay"], NOTICED_S)


def _one_way(seed: int, outcome: Outcome, worst: dict[str, float]) -> None:
    """Nothing gets to the relay any more, while what others write still comes from it."""
    source = random.Random(seed)
    with staged(seed) as stage:
        session = stage.open()
        stage.run(source.random() * 6)
        anna, client = stage.house.apps["anna"], stage.client("anna")
        for link in stage.house.net.of(anna):
            link.mute(up=True, down=False)
            link.unacknowledged = True
        stage.house.net.dark.add(anna)
        began, number = stage.world.now, 0
        while client._context.live:
            number += 1
            stage.say("rin", session, f"还在吗 {number}")
            stage.world.run(lambda: not client._context.live, 0.3, every=0.01)
        took = (stage.world.now - began) / 1e6
        _measured(
            outcome, worst, "cut one way, others writing: noticed by the app", took, NOTICED_S
        )


def _stopped(seed: int, outcome: Outcome, worst: dict[str, float]) -> None:
    """A process that stood still for a minute, or a machine that slept."""
    source = random.Random(seed)
    with staged(seed) as stage:
        session = stage.open()
        stage.run(source.random() * 4)
        anna = stage.house.apps["anna"]
        away = source.random() < 0.4  # the network is not there at once
        slept = source.random() < 0.5
        anna.suspend()
        stage.run(60)
        if away:
            stage.house.net.dark.add(anna)
        stage.say("rin", session, "还在吗")
        stage.run(1)
        anna.wake(mono_stood=slept)
        client = stage.client("anna")

        def honest() -> bool:
            """It is there with what came meanwhile, or says that it is not."""
            state = client.view.link.state
            here = stage.shown("anna", session)
            return state == "offline" or (state == "live" and "还在吗" in here)

        took = stage.until(honest, 70, every=0.01)
        if not away:
            # What it says at once may be "offline"; it must not stay so.
            back = stage.until(
                lambda: (
                    client._context.entered.is_set() and "还在吗" in stage.shown("anna", session)
                ),
                70,
                every=0.01,
            )
            _measured(outcome, worst, AWAKE, took + back, AWAKE_S)
        _measured(outcome, worst, "live or “offline” after a stop of 60 s", took, AWAKE_S)


def _dead_customer(seed: int, outcome: Outcome, worst: dict[str, float]) -> None:
    """A customer writes into a dead link: said at once, and never charged to who answers."""
    source = random.Random(seed)
    with staged(seed) as stage:
        session = stage.open()
        stage.say("anna", session, "一")
        stage.run(1)
        stage.look("rin", session)
        stage.run(1)
        stage.say("rin", session, "在")
        stage.run(2 + source.random() * 2)
        anna = stage.house.apps["anna"]
        stage.house.net.dark.add(anna)
        for link in stage.house.net.of(anna):
            link.mute(up=True, down=True)
        began = stage.world.now
        key = stage.say("anna", session, "听得到吗")
        client = stage.client("anna")

        def not_delivered() -> bool:
            view = client.panel_of_message(session, key)
            return view is not None and view.delivery is Delivery.NOT_DELIVERED

        stage.until(not_delivered, 70, every=0.01)
        took = (stage.world.now - began) / 1e6
        _measured(outcome, worst, "“not delivered” is shown", took, NOTICED_S)
        stage.run(12 + source.random() * 10)
        stage.house.net.dark.clear()
        stage.until(lambda: "听得到吗" in stage.shown("rin", session), 60)
        stage.run(0.5)
        stage.look("rin", session)
        stage.run(0.6)
        stage.say("rin", session, "听得到")
        stage.run(2)
        relay = stage.house.relay.relay
        assert relay is not None
        turns = relay.sessions.live[session].actor.state.fold.turns
        last = turns[-1]
        outcome.check(
            "a dead link of the customer's is no wait of the responder's",
            holds=len(turns) == 2 and last.state is TurnState.KEPT and last.wait < 3_000,
            example=f"seed {seed}: {turns}",
        )
        felt = client.panel_of_message(session, key)
        outcome.check(
            "the network's part is shown apart",
            holds=felt is not None and (felt.network_ms or 0) > 12_000,
            example=f"seed {seed}: {felt}",
        )


def _crowd(seed: int, outcome: Outcome) -> None:
    """A thousand apps lose their relay in one moment; it is back after a while."""
    source = random.Random(seed)
    away_ms = source.randrange(200, 3_000)
    turnstile = AcceptLimit(80)
    coming: list[tuple[int, int]] = []
    backoffs = [Backoff(random.Random(f"{seed} {n}").random) for n in range(CROWD)]
    first = [backoff.next_ms() for backoff in backoffs]
    coming = [(at, number) for number, at in enumerate(first)]
    let_in: list[int] = []
    knocks = 0
    while coming:
        coming.sort(reverse=True)
        now, number = coming.pop()
        if now < away_ms:
            coming.append((now + max(1, backoffs[number].next_ms()), number))
            continue
        knocks += 1
        turn = turnstile.take(now)
        if turn:
            coming.append((now + turn + backoffs[number].jitter_ms(), number))
        else:
            let_in.append(now)
    let_in.sort()
    busiest = max(sum(at <= other < at + 1000 for other in let_in) for at in let_in[::7])
    spread = len({at // 20 for at in first})
    outcome.check("a thousand: first tries by lot", holds=spread >= 9, example=f"{spread} of 10")
    outcome.check("a thousand: at most 100 a second", holds=busiest <= 100, example=str(busiest))
    back = (let_in[-1] - away_ms) / 1000
    outcome.check("a thousand: all back within 20 s", holds=back <= 20, example=f"{back} s")
    outcome.row("a thousand: all back within 20 s").note = f"{back:.1f} s, {knocks:,} knocks"
    outcome.row("a thousand: at most 100 a second").note = f"{busiest}"
