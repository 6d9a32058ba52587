"""A relay process and two people, cut off from each other in every way that the system offers.

``SEED COUNT PLANTED FILTER`` (the last two: 0 or 1), in a network namespace of its own where there is
one; the last line is the outcome as JSON. ``FILTER``: nftables drop and reject, else only processes
that are stopped.
"""

import asyncio
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from tests.client.world import PASSWORD, Person, RelayProcess, opened, person
from tests.torture.outcome import Outcome

from miaohui.runtime.tasks import Tasks
from miaohui.wire import machine

NOTICED_S = 4.0
AWAKE_S = 2.0
AGAIN_S = 4.0
HALF = 32 << 20  # more than both ends' buffers hold
BACK_S = 12.0
STOP_S = 60.0
FILTERS = {
    "dropped both ways": "tcp dport {port} drop; tcp sport {port} drop",
    "dropped on the way to the relay": "tcp dport {port} drop",
    "dropped on the way back": "tcp sport {port} drop",
    "rejected with a reset": "tcp dport {port} reject with tcp reset",
    "rejected by ICMP": "tcp dport {port} reject with icmpx type admin-prohibited",
}
HALF_SENT = "bytes half sent"
RELAY_STOPS, APP_STOPS = "the relay's process stopped", "the app's process stopped"


def nft(words: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=f"{words}\n", text=True, check=True)


def links(port: int) -> int:
    """How many connections the relay's side of this machine believes in."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[1].rpartition(":")[2], 16) == port and row[3] == "01" for row in rows)


async def until(holds: Callable[[], bool], seconds: float) -> float | None:
    """How long it took; None where it never was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if holds():
            return time.monotonic() - began
        await asyncio.sleep(0.02)
    return None


class Trial:
    """Two people in a session, and what they typed."""

    def __init__(
        self,
        relay: RelayProcess,
        people: tuple[Person, Person],
        session: str,
        outcome: Outcome,
        *,
        brief: bool,
    ) -> None:
        self.brief = brief
        self.relay, self.people, self.session, self.outcome = relay, people, session, outcome
        self.port = int(relay.url.rpartition(":")[2])
        self.typed: dict[int, list[str]] = {0: [], 1: []}
        self.worst: dict[str, float] = {}
        self.tasks = Tasks()

    def type(self, words: str) -> None:
        for who, one in enumerate(self.people):
            text = f"{words} {who}"
            one.client.send_text(self.session, text)
            self.typed[who].append(text)

    def measured(self, what: str, took: float | None, most: float) -> None:
        holds = took is not None and took <= most
        self.outcome.check(what, holds=holds, example=f"{took} s")
        if took is not None:
            self.worst[what] = max(self.worst.get(what, 0.0), took)
            self.outcome.row(what).note = f"at most {self.worst[what]:.2f} s"

    def offline(self) -> bool:
        return all(one.client.view.link.state != "live" for one in self.people)

    def live(self) -> bool:
        return all(one.client.view.link.state == "live" for one in self.people)

    def whole(self) -> bool:
        """Both show everything that either typed, once and in order."""
        for one in self.people:
            shown = one.texts(self.session)
            for mine in self.typed.values():
                if [text for text in shown if text in set(mine)] != mine:
                    return False
        return True

    async def half_sent(self, number: int) -> None:
        """The relay stops while a frame is under way: what hangs in the buffers holds up neither
        the end of this link nor the beginning of the next."""
        self.type(f"{number} before")
        self.relay._process.send_signal(signal.SIGSTOP)
        try:
            ends = [one.client._context.connection for one in self.people]
            under_way = [self.tasks.start(end.send_chunk(bytes(HALF)), "half") for end in ends]
            took = await until(self.offline, NOTICED_S + 0.2)
            self.measured(f"{HALF_SENT}: the apps notice", took, NOTICED_S)
        finally:
            self.relay._process.send_signal(signal.SIGCONT)
        took = await until(self.live, BACK_S)
        self.measured(f"{HALF_SENT}: back", took, AGAIN_S)
        await asyncio.gather(*under_way, return_exceptions=True)
        if self.brief:
            return
        self.type(f"{number} after")
        took = await until(self.whole, BACK_S)
        self.measured(f"{HALF_SENT}: afterwards nothing lost, twice, out of order", took, BACK_S)

    async def cut(self, kind: str, number: int, rest_s: float) -> None:
        self.type(f"{number} before")
        how = FILTERS.get(kind)
        pid = self.relay._process.pid
        if how is None:
            self.relay._process.send_signal(signal.SIGSTOP)
        else:
            rules = how.format(port=self.port).replace("; ", "\n")
            chain = f"chain cut {{\ntype filter hook input priority 0;\n{rules}\n}}"
            nft(f"table inet torture {{\n{chain}\n}}\n")
        try:
            self.type(f"{number} during")
            if how is None:
                took = await until(self.offline, NOTICED_S + 0.2)
                self.measured(f"{kind}: the apps notice", took, NOTICED_S)
            else:
                both = await asyncio.gather(
                    until(self.offline, NOTICED_S + 0.2),
                    until(lambda: links(self.port) == 0, NOTICED_S + 0.2),
                )
                self.measured(f"{kind}: the apps notice", both[0], NOTICED_S)
                self.measured(f"{kind}: the relay notices", both[1], NOTICED_S)
            await asyncio.sleep(rest_s)
        finally:
            if how is None:
                self.relay._process.send_signal(signal.SIGCONT)
                assert pid == self.relay._process.pid
            else:
                nft("delete table inet torture")
        if self.brief:
            return  # it was noticed, or was not: nothing more is asked
        self.type(f"{number} after")
        took = await until(self.whole, BACK_S)
        self.measured(f"{kind}: afterwards nothing lost, twice, out of order", took, BACK_S)


async def stop_app(trial: Trial, name: str, seconds: float) -> None:
    """Stopped for so long; within 2 s it is live, shown by an answer, or says that it is not."""
    words = [sys.executable, "-m", "tests.torture.watcher", trial.relay.url, name]
    app = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    try:
        assert app.stdout is not None
        while b"answered" not in await app.stdout.readline():
            pass
        app.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        woken = time.monotonic()
        app.send_signal(signal.SIGCONT)
        took, back = None, None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_S):
                while back is None:
                    at, _, what = (await app.stdout.readline()).decode().strip().partition(" ")
                    if float(at) < woken:
                        continue
                    if what in ("offline", "answered") and took is None:
                        took = float(at) - woken
                    if what == "answered":
                        back = float(at) - woken
        trial.measured(f"{APP_STOPS}: live or “offline” after it", took, AWAKE_S)
        trial.measured(f"{APP_STOPS}: answered again", back, BACK_S)
    finally:
        app.kill()
        await app.wait()


async def play(
    seed: int, count: int, folder: Path, outcome: Outcome, *, filters: bool, brief: bool
) -> None:
    source = random.Random(seed)
    relay = await asyncio.to_thread(RelayProcess, folder / "relay")
    long = count >= 20
    kinds = [*(FILTERS if filters else ()), RELAY_STOPS, *((HALF_SENT, APP_STOPS) if long else ())]
    try:
        invite = await asyncio.to_thread(relay.invite_responder)
        async with person(relay.url) as anna, person(relay.url) as bo:
            for one in (anna, bo):
                await one.until(lambda o=one: o.client.view.link.state == "live")  # type: ignore[misc]
            await anna.client.sign_up("anna", PASSWORD, "安娜")
            await bo.client.sign_up("xiaobo", PASSWORD, "小波", invite)
            trial = Trial(relay, (anna, bo), await opened(anna, bo), outcome, brief=brief)
            for number in range(count):
                kind = kinds[number % len(kinds)]
                if kind == APP_STOPS:
                    await stop_app(trial, f"watcher{number}", STOP_S)
                elif kind == HALF_SENT:
                    await trial.half_sent(number)
                else:
                    await trial.cut(kind, number, source.random() * 3 if long else 0.0)
    finally:
        await asyncio.to_thread(relay.stop)


def main(argv: list[str]) -> int:
    seed, count, planted, filters = map(int, argv)
    outcome = Outcome()
    if filters:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="miaohui-fenced-")))
        if planted:
            stack.enter_context(mock.patch.object(machine, "CLIENT_SILENT_MS", 49_000))
        asyncio.run(play(seed, count, folder, outcome, filters=bool(filters), brief=bool(planted)))
    rows = [[row.what, row.tried, row.violations, row.note] for row in outcome.rows.values()]
    print(json.dumps({"rows": rows, "examples": outcome.examples}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
