"""Real processes: a relay and two apps under load, killed with -9 at random points, on a bad line.

The processes are started by a fork server, so that a new one is there within a tenth of a second.
Between apps and relay lies a proxy on loopback that delays, cuts and goes half-open. At the end the
line is good; every message that an app had on its disk must stand in the relay's journal, once, in
its author's order, and both apps' disks must hold that journal.

A long run is many such crews, some of them side by side, since each of them mostly waits.
"""

import asyncio
import contextlib
import json
import multiprocessing
import random
import shutil
import socket
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.torture import side
from tests.torture.outcome import Outcome
from tests.torture.sim import crew
from tests.torture.sim.checks import journals
from tests.torture.sim.house import KEY, device_of, fast_folder

from miaohui.client.store.store import connect as open_app_store
from miaohui.promise.chain import Chain
from miaohui.relay.money import ledger
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.runtime.tasks import Tasks

ABOUT = "a relay and apps killed with -9 under load, on a line that fails"
PLANTED = "a relay that answers before it has written down"
COUNT = 10_000  # faults
SHORT = 8
EACH = 250  # of one crew
AT_ONCE = 4
NAMES = ("anna", "rin")
KILLS = 0.25  # of all faults
HEALED_S = 60.0


def _free_port() -> int:
    """Below those that systems give to who connects: one of them could hold the port of a relay
    that is down just then."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Line:
    """A proxy between the apps and the relay."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.delay_s = 0.0
        self.ways: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.mute: set[asyncio.StreamWriter] = set()
        self.tasks = Tasks()

    def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.start(self._meet(reader, writer), "way")

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
            ends.append(up_writer)
            self.ways.add((writer, up_writer))
            there = self.tasks.start(self._pump(reader, up_writer), "up")
            back = self.tasks.start(self._pump(up_reader, writer), "down")
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        except OSError:
            return
        finally:
            self.ways = {pair for pair in self.ways if writer not in pair}
            for end in ends:
                self.mute.discard(end)
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if writer not in self.mute:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            return


class Crew:
    """The processes, and what is done to them."""

    def __init__(self, folder: Path, source: random.Random, *, planted: bool) -> None:
        self.folder, self.source, self.planted = folder, source, planted
        self.port, self.front = _free_port(), _free_port()
        self.line = Line(self.port)
        self.url = f"ws://127.0.0.1:{self.front}"
        self.lives: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.torture.sim.crew", "websockets.asyncio.client"])
        self.processes: dict[str, Any] = {}
        crew.prepare(folder, self.url, NAMES)

    def up(self, name: str) -> None:
        self.lives[name] += 1
        if name == "relay":
            made = self.context.Process(
                target=crew.relay,
                args=(str(self.folder), self.port),
                kwargs={"hasty": self.planted},
                daemon=True,
            )
        else:
            made = self.context.Process(
                target=crew.app,
                args=(
                    *(str(self.folder), name, self.url, device_of(name)),
                    *(self.lives[name], name == "rin"),
                ),
                daemon=True,
            )
        made.start()
        self.processes[name] = made

    def kill(self, name: str) -> None:
        process = self.processes[name]
        process.kill()
        process.join()
        process.close()

    async def fault(self) -> None:
        lot = self.source.random()
        if lot < KILLS or self.planted:
            # What is planted is the relay's: only its death can show it.
            name = "relay" if self.planted else self.source.choice(("relay", "relay", *NAMES))
            self.kill(name)
            await asyncio.sleep(self.source.random() * 0.1)
            self.up(name)
            self.done[f"{'relay' if name == 'relay' else 'app'} killed"] += 1
        elif lot < 0.65:
            for pair in [*self.line.ways][:1]:
                pair[self.source.randrange(2)].transport.abort()
            self.done["line cut"] += 1
        elif lot < 0.85:
            for pair in [*self.line.ways][:1]:
                self.line.mute.add(pair[self.source.randrange(2)])
            self.done["line half-open"] += 1
        else:
            self.line.delay_s = self.source.choice((0.0, 0.02, 0.2))
            self.done["line late"] += 1

    async def play(self, faults: int) -> None:
        server = await asyncio.start_server(self.line.meet, "127.0.0.1", self.front)
        for name in ("relay", *NAMES):
            self.up(name)
        try:
            if not await self._until(lambda: self._said()[1] > 20, 60):
                raise RuntimeError("nobody says anything: nothing would be tried")
            for _ in range(faults):
                await self.fault()
                # Most of the time something must get through, or nothing would be tried.
                await asyncio.sleep(self.source.expovariate(1 / 0.3))
            (self.folder / crew.REST).touch()
            self.line.delay_s = 0.0
            for pair in [*self.line.ways]:
                pair[0].transport.abort()
            await self._until(self._whole, 6.0 if self.planted else HEALED_S)
        finally:
            for name in ("relay", *NAMES):
                self.kill(name)
            server.close()
            await self.line.tasks.close()

    async def _until(self, holds: Any, seconds: float) -> bool:
        for _ in range(int(seconds / 0.2)):
            if holds():
                return True
            await asyncio.sleep(0.2)
        return bool(holds())

    def _said(self) -> tuple[dict[str, list[tuple[str, int, int]]], int]:
        said: dict[str, list[tuple[str, int, int]]] = {}
        for name in NAMES:
            file = self.folder / f"said-{name}"
            lines = file.read_text().splitlines() if file.exists() else []
            said[name] = [
                (id, int(life), int(number)) for id, life, number in map(str.split, lines)
            ]
        return said, sum(map(len, said.values()))

    def _whole(self) -> bool:
        """Everything said is in the relay's journal, and on both apps' disks."""
        conn = open_relay_store(self.folder / "relay.db")
        try:
            known = {id for journal in journals(conn) for id in journal.spoken}
            head = conn.execute("SELECT max(pos) FROM feed").fetchone()[0]
        finally:
            conn.close()
        if any(id not in known for mine in self._said()[0].values() for id, _, _ in mine):
            return False
        return all(len(self.items(name)) == head for name in NAMES)

    def items(self, name: str) -> list[tuple[int, str]]:
        conn = open_app_store(self.folder / name / "history.db", KEY)
        try:
            rows = conn.execute("SELECT pos, body FROM item ORDER BY pos").fetchall()
        finally:
            conn.close()
        return [(pos, str(body)) for pos, body in rows]


@dataclass(frozen=True, slots=True)
class Part:
    """What one crew is to go through."""

    seed: str
    faults: int
    planted: bool


@dataclass(slots=True)
class Played:
    """What came of it."""

    outcome: Outcome = field(default_factory=Outcome)
    done: Counter[str] = field(default_factory=Counter)
    messages: int = 0


def play(part: Part) -> Played:
    """One crew from its start to the comparison of its disks."""
    found = Played()
    folder = Path(tempfile.mkdtemp(prefix="miaohui-kills-", dir=fast_folder()))
    try:
        crewed = Crew(folder, random.Random(part.seed), planted=part.planted)
        asyncio.run(crewed.play(part.faults))
        _judge(crewed, found, part.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    if "forkserver" not in multiprocessing.get_all_start_methods():
        outcome.impossible = "this system has no fork server"
        return outcome
    parts = [
        Part(f"{seed} {start}", min(EACH, count - start), planted)
        for start in range(0, count, EACH)
    ]
    done, messages = Counter[str](), 0
    for found in side.play(play, parts, AT_ONCE):
        outcome.merge(found.outcome)
        done += found.done
        messages += found.messages
    kinds = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(done.items()))
    crews = f", {len(parts)} crews" if len(parts) > 1 else ""
    outcome.notes.append(f"{done.total():,} faults over {messages:,} messages{crews}: {kinds}")
    return outcome


def _judge(played: Crew, found: Played, seed: str) -> None:
    outcome = found.outcome
    said, found.messages = played._said()
    found.done = played.done
    conn = open_relay_store(played.folder / "relay.db")
    try:
        told = journals(conn)
        wrong = ledger.audit_in(conn)
        sound = conn.execute("PRAGMA integrity_check").fetchone()[0]
        texts = {
            json.loads(line).get("id"): json.loads(body)["text"]
            for line, body in conn.execute("SELECT line, body FROM feed WHERE body IS NOT NULL")
        }
        head = conn.execute("SELECT max(pos) FROM feed").fetchone()[0]
    finally:
        conn.close()
    spoken = [id for journal in told for id in journal.spoken]
    times = Counter(spoken)
    for mine in said.values():
        for id, life, number in mine:
            outcome.check(
                "messages: none lost, none twice",
                holds=times[id] == 1,
                example=f"seed {seed}: {life}.{number} stands {times[id]} times",
            )
    place = {id: at for at, id in enumerate(spoken)}
    for name, mine in said.items():
        inside = [place[id] for id, _, _ in mine if id in place]
        outcome.check(
            "each author's in order", holds=inside == sorted(inside), example=f"{seed}: {name}"
        )
        outcome.check(
            "the app's disk holds the whole feed",
            holds=[pos for pos, _ in played.items(name)] == list(range(1, (head or 0) + 1)),
            example=f"{name}: {len(played.items(name))} of {head}",
        )
    for journal in told:
        chain = Chain()
        for entry in journal.entries:
            chain.accept(entry)
        outcome.check("chain unbroken", holds=chain.length == len(journal.entries))
    outcome.check("one text for each message", holds=len(texts) >= len(times))
    outcome.check("ledger zero, disk sound", holds=not wrong and sound == "ok", example=str(wrong))
