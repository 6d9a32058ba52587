"""What a message costs the relay's loop, by room, in CPU time of its own thread and without sockets.

    python -m tests.benchmarks.bench_message

Pairs as in bench_relay, real store and real files, but what the sockets would bring is handed over
in the process; so that the figure hardly moves with what else the machine does. Rooms are told by
samples: every millisecond of the thread's work, whose function it was in.
"""

import asyncio
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import uuid_utils
import uvloop
from tests.benchmarks.load_relay import SALT
from tests.benchmarks.serve_relay import pair_in, people_in, start

from miaohui.relay.net.connection import ClientConnection
from miaohui.relay.net.limits import LinkBudget
from miaohui.relay.net.origin import UNTOLD
from miaohui.relay.net.tuning import settle, tune
from miaohui.wire.limits import PROTOCOL

PAIRS = 100
WARM, ROUNDS = 5, 150
ACKED_EVERY = 8  # rounds from one acknowledgement of what was stored to the next
SAMPLE_S = 0.001


class Ear:
    """A socket that counts what is acknowledged."""

    origin = UNTOLD
    place = None

    def __init__(self) -> None:
        self.missing = 0
        self._whole = asyncio.Event()

    def allow(self, budget: LinkBudget) -> None:
        return

    def send(self, data: bytes) -> None:
        if data.startswith(b'{"type":"ok"'):
            self.missing -= 1
            if not self.missing:
                self._whole.set()

    def expect(self, number: int) -> None:
        self.missing = number
        self._whole.clear()

    async def whole(self) -> None:
        """Returns when all that was expected is acknowledged."""
        await self._whole.wait()

    def send_binary(self, data: bytes) -> None:
        return

    async def drained(self) -> None:
        return

    def close(self, code: int, reason: str = "") -> None:
        return

    def abort(self) -> None:
        return


class Rooms:
    """Samples of whose work the thread is at."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        signal.signal(signal.SIGPROF, self._sample)

    def watch(self, *, on: bool) -> None:
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_S if on else 0, SAMPLE_S if on else 0)

    def _sample(self, number: int, frame: FrameType | None) -> None:
        name = "" if frame is None else str(frame.f_globals.get("__name__"))
        while frame is not None and not name.startswith("miaohui."):
            frame = frame.f_back
            name = "" if frame is None else str(frame.f_globals.get("__name__"))
        words = name.split(".")
        deep = 3 if words[1:2] == ["relay"] else 2
        if words[-1] in ("labels", "wording", "recycled", "fingerprints"):
            self.found["labels"] += 1
        elif name:
            self.found["/".join(words[1:deep])] += 1


def said(who: dict[str, str]) -> bytes:
    """A message as the load sends it."""
    id = str(uuid_utils.uuid7())
    seen = ',"seen_seq":1000000' if who["side"] == "responder" else ""
    body = f'{{"salt":"{SALT}","text":"我在听，你慢慢说 {id[-8:]}"}}'
    head = f'{{"type":"send","session":"{who["session"]}"{seen},"id":"{id}"'
    return f'{head},"body":{body}}}'.encode()


def acked(session: str, pos: int) -> bytes:
    """A heartbeat, and up to where its sender has the feed on disk."""
    return json.dumps({"type": "ping", "t1": 0, "acks": {session: pos}}).encode()


def quiet(rounds: list[int]) -> int:
    """A round in which nobody else's work threw ours out of the caches: one of the quickest tenth."""
    return sorted(rounds)[len(rounds) // 10]


async def measured(folder: Path) -> None:
    relay = await start(folder)
    utc = relay.clock.utc_ms()
    people = await relay.store.write(lambda conn: people_in(conn, 2 * PAIRS, utc))
    ear = Ear()
    ear.expect(len(people))
    lines: list[tuple[ClientConnection, dict[str, str]]] = []
    for customer, responder in zip(people[::2], people[1::2], strict=True):
        session = await relay.store.write(
            lambda conn, c=customer, r=responder: pair_in(  # type: ignore[misc]
                conn, relay, c["account"], r["account"]
            )
        )
        await relay.sessions.started(session)
        for who, side in ((customer, "customer"), (responder, "responder")):
            line = relay.gateway.make_connection()
            line.opened(ear)
            hello = {"type": "hello", "protocol": PROTOCOL, "client": "bench"}
            line.text(
                json.dumps({**hello, "device": who["device"], "token": who["token"]}).encode()
            )
            line.text(json.dumps({"type": "attach", "id": "a", "session": session}).encode())
            lines.append((line, {"session": session, "side": side}))
    await ear.whole()
    settle()
    rooms = Rooms()
    taking: list[int] = []
    telling: list[int] = []
    for number in range(WARM + ROUNDS):
        if number % ACKED_EVERY == 0:
            for line, who in lines:
                line.text(acked(who["session"], line.attached[who["session"]].sent))
        batch = [(line, said(who)) for line, who in lines]
        ear.expect(len(batch))
        counts = number >= WARM
        rooms.watch(on=counts)
        began = time.thread_time_ns()
        for line, data in batch:
            line.text(data)
        taken = time.thread_time_ns()
        rooms.watch(on=False)
        await ear.whole()
        if counts:
            taking.append(taken - began)
            telling.append(time.thread_time_ns() - taken)
    each = quiet(taking) / len(lines) / 1000
    print(f"taken in, up to the store   {each:6.1f} us a message")
    for room, count in rooms.found.most_common():
        print(f"    {room:<24}{each * count / rooms.found.total():6.1f}")
    print(f"told, after the commit      {quiet(telling) / len(lines) / 1000:6.1f} us a message")
    await relay.stop()


def main() -> int:
    tune()
    with (
        tempfile.TemporaryDirectory(prefix="miaohui-bench-") as name,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(measured(Path(name) / "relay"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
