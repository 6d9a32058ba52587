"""A thousand come back: a relay process killed with -9, its clients' own links, real sockets.

Each client is the app's link with its heartbeats, its lots and its token, without a window and a
store. The relay is another process; its turnstile counts, its limits per address are open, since on
loopback everybody has the same address.
"""

import asyncio
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.torture.outcome import Outcome
from tests.torture.sim.clockwork import EPOCH_MS
from tests.torture.sim.house import device_of, fast_folder

from miaohui.client.link.connection import Dial, RelayLink, dial
from miaohui.client.snapshots import LinkState, LinkView
from miaohui.relay.accounts import accounts
from miaohui.relay.storage.keys import load_key
from miaohui.relay.storage.schema import connect, prepare
from miaohui.runtime.clock import SystemClock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Role
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Hello

ABOUT = "a thousand real links that come back to a relay process killed with -9"
PLANTED = "no lots and no turnstile: everybody at once"
COUNT = 5000  # links that come back: five times a thousand
SHORT = 120
CROWD = 1000
A_SECOND = 100
WITHIN_S = 20.0
GRACE_S = 60.0


class Guest:
    """Somebody's link, and when what happened to it."""

    def __init__(self, name: str, token: str, draw: Any, knock: Dial) -> None:
        self.link = RelayLink(self, SystemClock(), draw, dial=knock)
        self._name, self._token = name, token
        self._generation = 0
        self.drawn: list[int] = []  # the wait before the first try, each time the link was lost
        self.lost_since = True
        self.live_at: float | None = None

    def hello(self) -> Hello:
        self._generation += 1
        return Hello(
            protocol=PROTOCOL,
            client="miaohui",
            device=device_of(self._name),
            generation=self._generation,
            token=self._token,
        )

    def link_changed(self, view: LinkView) -> None:
        if view.state is LinkState.LIVE:
            self.live_at = asyncio.get_running_loop().time()
            self.lost_since = False
        elif view.retry_in_ms is not None and not self.lost_since:
            self.drawn.append(view.retry_in_ms)
            self.lost_since = True

    def lost(self, reason: str) -> None:
        self.live_at = None

    def welcomed(self, welcome: object) -> None: ...

    def heard(self, frame: object) -> None: ...

    def chunk(self, data: bytes) -> None: ...

    def measuring(self) -> bool:
        return False

    def acks(self) -> dict[str, int]:
        return {}


def people(folder: Path, count: int) -> list[tuple[str, str]]:
    """Accounts with a token each, in a relay's new folder."""
    prepare(folder / "relay.db")
    load_key(folder / "relay.key")
    conn = connect(folder / "relay.db")
    made = []
    conn.execute("BEGIN")
    for number in range(count):
        name = f"guest{number}"
        accounts.make_account_in(
            conn,
            account=name,
            name=name,
            display=name,
            role=Role.CUSTOMER,
            shop=None,
            sealed="",
            now_ms=EPOCH_MS,
        )
        device = device_of(name)
        _, token = accounts.Accounts._token_in(None, conn, name, device, "", EPOCH_MS)  # type: ignore[arg-type]
        made.append((name, token))
    conn.execute("COMMIT")
    conn.close()
    return made


class Door:
    """The relay's process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    async def open(self, comers: int) -> None:
        words = [str(self.folder), str(self.port), str(comers)]
        self.process = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-m", "tests.torture.serve_crowd", *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(await asyncio.to_thread(self.process.stdout.readline))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


async def _come_back(seed: int, crowd: int, folder: Path, outcome: Outcome, comers: int) -> None:
    source = random.Random(seed)
    door, tasks, loop = Door(folder), Tasks(), asyncio.get_running_loop()
    known = people(folder, crowd)
    no_lots = comers > CROWD
    draws = [(lambda: 0.0) if no_lots else random.Random(f"{seed} {n}").random for n, _ in known]
    knocks = 0

    async def knock(url: str) -> Any:
        nonlocal knocks
        socket = await dial(url)
        knocks += 1
        return socket

    guests = [Guest(*each, draw, knock) for each, draw in zip(known, draws, strict=True)]

    async def all_there(seconds: float) -> bool:
        for _ in range(int(seconds / 0.05)):
            if all(guest.live_at is not None for guest in guests):
                return True
            await asyncio.sleep(0.05)
        return False

    try:
        await door.open(10_000)
        for guest in guests:
            guest.link.use(f"ws://127.0.0.1:{door.port}")
            tasks.start(guest.link.run(), "guest")
            await asyncio.sleep(0.002)
        outcome.check("everybody is there", holds=await all_there(GRACE_S))
        await asyncio.sleep(0.1)
        for guest in guests:
            guest.drawn.clear()
        knocks = 0
        door.kill()
        await asyncio.sleep(source.uniform(0.2, 1.0))
        (folder / "let-in").unlink()
        await door.open(comers)
        ready = loop.time()
        there = await all_there(GRACE_S)
        back = sorted(guest.live_at or ready + GRACE_S for guest in guests)
        away = len([guest for guest in guests if guest.live_at is None])
    finally:
        door.kill()
        await tasks.close()
    let_in = [int(each) for each in (folder / "let-in").read_text().split()]
    _judge(outcome, guests, back, let_in, ready, knocks, away=away, there=there)


def _judge(
    outcome: Outcome,
    guests: list[Guest],
    back: list[float],
    let_in: list[int],
    ready: float,
    knocks: int,
    *,
    away: int,
    there: bool,
) -> None:
    took = back[-1] - ready
    what = f"{len(guests):,} back within {WITHIN_S:.0f} s"
    outcome.check(
        what, holds=there and took <= WITHIN_S, example=f"{took:.1f} s, {away} still away"
    )
    outcome.row(what).note = f"the last after {took:.1f} s, {knocks:,} knocks"
    busiest = max(sum(at <= other < at + 1000 for other in let_in) for at in let_in)
    what = f"at most {A_SECOND} let in within any second"
    outcome.check(what, holds=busiest <= A_SECOND, example=str(busiest))
    outcome.row(what).note = f"{busiest}"
    first = [guest.drawn[0] for guest in guests if guest.drawn]
    lots = len({wait // 20 for wait in first})
    widely = lots >= 9 and len(first) == len(guests)
    outcome.check("first tries by lot", holds=widely, example=f"{lots} of 10 parts, {len(first)}")
    outcome.row("each link came back").tried += len(guests) - away


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="miaohui-crowd-", dir=fast_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    for number in range(max(1, count // CROWD)):
        with _folder() as folder:
            crowd, comers = min(count, CROWD), 10_000 if planted else 80
            asyncio.run(_come_back(seed * 1000 + number, crowd, folder, outcome, comers))
    return outcome
