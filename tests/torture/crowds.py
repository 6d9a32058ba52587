"""Strangers and free accounts against a relay at production limits, while two people chat.

Each attack runs in a process of its own. Meanwhile a customer writes four messages a second, which
are answered; people who bear a good token come in, one after another; the relay's memory and log are
looked at. Each attack has a fault of its own that the same measures must notice.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.client.world import PASSWORD, Person, opened, person
from tests.pictures.pictures import noise
from tests.torture import serve_broken, tls
from tests.torture.foe import Besieged, Foe
from tests.torture.outcome import Outcome
from tests.torture.rawsocket import GONE, TEXT, Raw, frame

from miaohui.client.snapshots import Delivery
from miaohui.runtime.tasks import Tasks

ACK_MS: Final = 500
IN_S: Final = 2.0
GROWTH_KIB: Final = 48 * 1024
LOG_BYTES: Final = 16 * 1024
EVERY_S: Final = 0.25
PROXY: Final = "127.200.0.1"
SECONDS: Final = 12.0
SHORT: Final = ("pings", "guesses")  # of a test's run
SHORT_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Crowd:
    """One attack: the relay's fault that it must notice, and what it is told."""

    name: str
    about: str
    fault: str
    ends: bool = True  # the attacker's links are ended while it goes on
    descriptors: int = 0
    secure: bool = False
    least_s: float = 0.0


CROWDS: Final = (
    Crowd("nobody", "nobody attacks", "", ends=False),
    Crowd(
        "silent", "1,100 silent TCP links at 1,024 files", "everybody_half_open", descriptors=1024
    ),
    Crowd("guests", "500 guests from 13 addresses that only ping", "one_crowd"),
    Crowd("pings", "one stranger's WebSocket pings at 2 MB/s", "no_budget"),
    Crowd("fragments", "one stranger's empty fragments at 2 MB/s", "no_budget"),
    Crowd("typing", "typing by four signed-in links", "no_budget"),
    Crowd("pinging", "twelve signed-in links that ping", "no_budget"),
    Crowd("waiting", "480 guests with 4 MiB behind a sign-in", "no_budget"),
    Crowd(
        "unread", "a reader that never reads and asks for pictures", "all_pictures", least_s=16.0
    ),
    Crowd("knocks", "300 knocks a second", "one_turnstile"),
    Crowd("guesses", "14 addresses of a /64, 40 claims of an address", "any_header", ends=False),
    Crowd("probes", "TLS links opened and closed", "every_probe", ends=False, secure=True),
)

NAMES: Final = tuple(each.name for each in CROWDS)


class Fortress(Besieged):
    """A relay at production limits: it may stand behind a proxy, so nothing is loosened."""

    def __init__(self, data: Path, crowd: Crowd, *, planted: bool) -> None:
        self._crowd = crowd
        self._fault = crowd.fault if planted else ""
        self._tls = [str(each) for each in tls.certificate(data.parent)] if crowd.secure else []
        super().__init__(data)

    def _start(self, listen: str) -> "subprocess.Popen[str]":
        module = ("tests.torture.serve_broken",) if self._fault else ("miaohui", "relay")
        words = [*(sys.executable, "-m", *module, "serve", "--new", "--practice")]
        words += ["--data", str(self.data), "--listen", listen, "--review-after", "0"]
        words += ["--trusted-proxy", PROXY]
        if self._tls:
            words += ["--tls-cert", self._tls[0], "--tls-key", self._tls[1]]
        if self._crowd.descriptors:
            most = str(self._crowd.descriptors)
            words = ["sh", "-c", f'ulimit -n {most} && exec "$@"', "sh", *words]
        with self.log.open("a") as log:
            process = subprocess.Popen(
                words,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, serve_broken.BROKEN: self._fault},
            )
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        return process


@dataclass(slots=True)
class Seen:
    """What the honest saw, and the relay cost."""

    acks_ms: list[float] = field(default_factory=list)
    lost: int = 0
    entries_s: list[float] = field(default_factory=list)
    busy: float = 0.0  # share of one processor that the relay used
    grown_kib: int = 0
    logged: int = 0
    breaches: int = 0
    attack: dict[str, Any] = field(default_factory=dict)


class Honest:
    """Somebody's own link, over which requests are answered in any order."""

    def __init__(self, foe: Foe) -> None:
        self._foe = foe
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.gone = asyncio.Event()

    async def hear(self) -> None:
        raw = self._foe.raw
        assert raw is not None
        while True:
            try:
                opcode, payload = await raw.next()
            except TimeoutError:
                continue
            if opcode == GONE:
                self.gone.set()
                return
            if opcode == TEXT:
                said = json.loads(payload)
                waiting = self._waiting.pop(said.get("id", ""), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)

    async def ping(self) -> None:
        while not self.gone.is_set():
            self._foe.say(type="ping", t1=1)
            await asyncio.sleep(1)

    async def ask_ms(self, **words: Any) -> float:
        """How long an answer took; the longest that is waited where none came."""
        id, loop = str(uuid.uuid4()), asyncio.get_running_loop()
        waiting = self._waiting[id] = loop.create_future()
        begun = loop.time()
        self._foe.say(id=id, **words)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waiting, 20)
        return (loop.time() - begun) * 1000


async def comes_in(port: int, token: str, device: str, numbers: "itertools.count[int]") -> float:
    """How long it takes somebody with a token to be in, trying again as an app does."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    bound = 0.2
    while loop.time() - begun < 30:
        wait = random.random() * bound
        bound = min(5.0, bound * 2)
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(8):
                raw = await Raw.connect(port)
                try:
                    hello = {"type": "hello", "protocol": 2, "client": "x", "device": device}
                    hello |= {"token": token, "generation": next(numbers)}
                    raw.send(frame(TEXT, json.dumps(hello).encode()))
                    opcode, payload = await raw.next()
                    said = json.loads(payload) if opcode == TEXT else {}
                    if said.get("account"):
                        return loop.time() - begun
                    if said.get("retry_ms"):
                        wait = said["retry_ms"] / 1000
                finally:
                    raw.close()
        await asyncio.sleep(wait)
    return loop.time() - begun


class Town:
    """A relay with its honest people, and what the attackers of this crowd need."""

    def __init__(self, relay: Fortress, crowd: Crowd, seconds: float) -> None:
        self.relay, self.crowd, self.seconds = relay, crowd, seconds
        self.tasks = Tasks()
        self.seen = Seen()

    async def signed(self, name: str, source: str) -> Foe:
        foe = Foe(self.relay.port, source)
        await foe.sign_up(name)
        return foe

    async def again(self, name: str) -> Foe:
        """Another device of somebody's."""
        foe = Foe(self.relay.port, "127.0.0.1")
        while (said := await foe.arrive())["type"] == "goodbye":  # noqa: ASYNC110
            await asyncio.sleep(said["retry_ms"] / 1000)
        said = await foe.ask(type="sign_in", name=name, password=PASSWORD)
        foe.token = said["result"]["token"]
        return foe

    async def run(self) -> Seen:
        if self.crowd.secure:
            return await self._besieged({})
        async with person(self.relay.url) as anna, person(self.relay.url) as bo:
            invite = self.relay.admin("invite-responder", "lanting").split()[-1].strip('"{}')
            for each in (anna, bo):
                await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
            await anna.client.sign_up("anna", PASSWORD, "安娜")
            await bo.client.sign_up("xiaobo", PASSWORD, "小波", invite)
            session = await opened(anna, bo)
            bo.client.subscribe(_answers(bo, session))
            words = await self._words(session)
            link = await self.again("anna")
            honest = Honest(link)
            background = [
                self.tasks.start(honest.hear(), "hearing"),
                self.tasks.start(honest.ping(), "pinging"),
                self.tasks.start(self._writes(honest, session), "writing"),
            ]
            newcomer = await self.signed("carol", "127.0.0.1")
            newcomer.leave()
            background.append(self.tasks.start(self._newcomers(newcomer), "newcomers"))
            try:
                await self._besieged(words)
            finally:
                for each in background:
                    each.cancel()
                link.leave()
        return self.seen

    async def _words(self, session: str) -> dict[str, Any]:
        words: dict[str, Any] = {"session": session, "proxy": PROXY}
        if self.crowd.name in ("typing", "pinging"):
            made = [await self.signed(f"foe{number}", f"127.1.{number}.1") for number in range(4)]
            words["tokens"] = [(each.token, each.device) for each in made]
            for each in made:
                each.leave()
        if self.crowd.name == "unread":
            invite = self.relay.admin("invite-responder", "lanting").split()[-1].strip('"{}')
            async with person(self.relay.url) as mal, person(self.relay.url) as dora:
                for each in (mal, dora):
                    await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
                await mal.client.sign_up("mallory", PASSWORD, "Mal")
                await dora.client.sign_up("dora", PASSWORD, "朵拉", invite)
                words["theirs"] = await opened(mal, dora)
                await mal.client.send_picture(words["theirs"], noise(400, 400), original=True)
                await dora.until(lambda: bool(_pictures(dora, words["theirs"])))
                words["media"] = _pictures(dora, words["theirs"])[0]
                reader = await self.again("mallory")
                words["reader"] = (reader.token, reader.device)
                reader.leave()
        return words

    async def _writes(self, honest: Honest, session: str) -> None:
        salt = "00112233445566778899aabbccddeeff"
        for number in itertools.count():
            body = {"salt": salt, "text": f"问 {number}"}
            took = await honest.ask_ms(type="send", session=session, body=body)
            self.seen.acks_ms.append(took)
            if honest.gone.is_set():
                self.seen.lost += 1
                return
            await asyncio.sleep(EVERY_S)

    async def _newcomers(self, newcomer: Foe) -> None:
        numbers = itertools.count(100)
        while True:
            assert newcomer.token is not None
            took = await comes_in(self.relay.port, newcomer.token, newcomer.device, numbers)
            self.seen.entries_s.append(took)
            await asyncio.sleep(1)

    async def _besieged(self, words: dict[str, Any]) -> Seen:
        seen, relay = self.seen, self.relay
        await asyncio.sleep(0.5)
        seen.acks_ms.clear()
        seen.entries_s.clear()
        begun, worked = asyncio.get_running_loop().time(), _worked_s(relay.pid)
        before, logged = relay.resident_kib(), relay.log.stat().st_size
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.torture.attacks", self.crowd.name, str(relay.port)),
            *(str(self.seconds), json.dumps(words)),
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            reading = self.tasks.start(process.stdout.read(), "the attack")
            while not reading.done():
                seen.grown_kib = max(seen.grown_kib, relay.resident_kib() - before)
                await asyncio.sleep(0.1)
            seen.attack = json.loads(await reading)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
        seen.busy = (_worked_s(relay.pid) - worked) / (asyncio.get_running_loop().time() - begun)
        seen.logged = relay.log.stat().st_size - logged
        seen.breaches = _breaches(relay.data)
        return seen


def _answers(bo: Person, session: str) -> Any:
    """Answers whatever the customer said since the last answer, once a second at most."""
    answered = 0
    loop = asyncio.get_running_loop()
    last = 0.0

    def hear(_: object) -> None:
        nonlocal answered, last
        count = len(bo.texts(session))
        if count > answered and loop.time() - last > 1.0:
            answered, last = count + 1, loop.time()
            bo.client.send_text(session, "在")

    return hear


def _pictures(someone: Person, session: str) -> list[str]:
    return [
        view.picture.media
        for view in someone.client.messages(session)
        if view.picture is not None and view.delivery is Delivery.ACCEPTED
    ]


def _worked_s(pid: int) -> float:
    """The processor time of a process so far."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _breaches(data: Path) -> int:
    found = next(data.glob("*.db"))
    with contextlib.closing(sqlite3.connect(found)) as conn:
        (count,) = conn.execute(
            'SELECT count(*) FROM feed WHERE line LIKE \'%"kind":"breach"%\''
        ).fetchone()
    return int(count)


def judge(outcome: Outcome, crowd: Crowd, seen: Seen, *, timed: bool) -> bool:
    """Holds what was seen against what is claimed; True where all of it holds."""
    what = crowd.about
    before = outcome.violations
    worst = max(seen.acks_ms, default=0.0)
    slowest = max(seen.entries_s, default=0.0)
    ended = {name: count for name, count in seen.attack.get("ended", {}).items() if name != "never"}
    heard = seen.attack.get("heard", {})
    outcome.check(what, holds=not seen.lost, example="an honest link was cut")
    if not crowd.secure:
        outcome.check(what, holds=bool(seen.acks_ms), example="nobody wrote meanwhile")
    outcome.check(what, holds=seen.breaches == 0, example=f"{seen.breaches} honest breaches")
    if timed and not crowd.secure:
        outcome.check(
            what, holds=worst <= ACK_MS, example=f"an acknowledgement took {worst:.0f} ms"
        )
        holds = bool(seen.entries_s) and slowest <= IN_S
        outcome.check(what, holds=holds, example=f"a newcomer took {slowest:.1f} s")
    grown = f"grew by {seen.grown_kib / 1024:.0f} MiB"
    outcome.check(what, holds=seen.grown_kib < GROWTH_KIB, example=grown)
    outcome.check(what, holds=seen.logged < LOG_BYTES, example=f"log grew by {seen.logged} bytes")
    if crowd.ends:
        never = seen.attack.get("ended", {}).get("never", 0)
        outcome.check(what, holds=bool(ended), example=f"nobody was ended, {never} stayed")
    if crowd.name == "guesses":
        net, claims = (
            heard.get("net wrong_credentials", 0),
            heard.get("claims wrong_credentials", 0),
        )
        outcome.check(what, holds=net <= 10, example=f"{net} guesses of one /64")
        outcome.check(what, holds=claims <= 20, example=f"{claims} guesses of two addresses")
        outcome.check(what, holds=net > 0 < claims, example=f"heard {heard}")
    outcome.row(what).note = (
        f"ack {worst:.0f} ms, in {slowest:.2f} s, {seen.busy:.0%} of a processor, +{seen.grown_kib / 1024:.0f} MiB,"
        f" log +{seen.logged} B, ended: "
        + (", ".join(f"{count} × {name}" for name, count in ended.items()) or "-")
    )
    return outcome.violations == before


def run(
    outcome: Outcome, names: tuple[str, ...], seconds: float, *, planted: bool, timed: bool
) -> None:
    """Each crowd against a relay of its own; planted: against one with that crowd's fault."""
    for crowd in CROWDS:
        if crowd.name not in names or (planted and not crowd.fault):
            continue
        with tempfile.TemporaryDirectory() as folder:
            lasts = max(seconds, crowd.least_s) if timed else seconds
            relay = Fortress(Path(folder) / "relay", crowd, planted=planted)
            try:
                seen = asyncio.run(Town(relay, crowd, lasts).run())
            finally:
                relay.stop()
        holds = judge(outcome, crowd, seen, timed=timed)
        if planted:
            outcome.plant(f"{crowd.about}: {crowd.fault}", noticed=not holds)
