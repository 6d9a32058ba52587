"""A relay that says anything, to a whole app: nothing that it says may stop the app or go unseen.

Half of what it says fits the wire at its very edges, the rest is bent. It answers what the app asks
with results of any kind, and pushes what nobody asked for. Afterwards the app uses a sound relay.
"""

import asyncio
import logging
import random
from typing import Any

import msgspec
from tests.torture.mutation import reshaped
from tests.torture.outcome import Outcome
from tests.torture.samples import drawn_frame, sample
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import LinkState
from miaohui.runtime.tasks import Tasks
from miaohui.wire import accounts, codec, link, sessions
from miaohui.wire.answers import ANSWERS
from miaohui.wire.schema import members

ROW = "hostile relays, to a whole app"
PATIENCE_S = 20.0
QUIET_S = 0.01  # so long without a request, and something is pushed
FRAMES = 60  # said on one link at most
ANSWERED = {kind.__struct_config__.tag: result for kind, result in ANSWERS.items()}


class Faults(logging.Handler):
    """What the program itself calls an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.seen.append(f"{record.getMessage()[:200]}: {error!r}")


def welcome(source: random.Random | None) -> dict[str, Any]:
    made = sample(link.Welcome) if source is None else drawn_frame(source, link.Welcome)
    made["account"] = None if source is None else drawn_frame(source, accounts.Account)
    return made


def result_for(source: random.Random, request: dict[str, Any]) -> dict[str, Any]:
    """Mostly what was asked for, so that it is read and kept."""
    kind = ANSWERED.get(request["type"])
    if kind is None or source.random() < 0.1:
        kind = source.choice(members(codec.AnyResult))
    result = drawn_frame(source, kind)
    if kind is sessions.FeedPage:
        result["session"] = request.get("session", "s1")
        for pos, item in enumerate(result["items"], request.get("after", 0) + 1):
            item["pos"] = pos
    return result


class HostileRelay:
    """One listener; ``said`` counts frames."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.said = 0
        self.links = 0
        self.done = asyncio.Event()
        self.wanted = 0

    def bent(self, frame: dict[str, Any]) -> bytes:
        if self.source.random() < 0.02:
            frame = reshaped(self.source, frame)
        return msgspec.json.encode(frame)

    async def talk(self, socket: ServerConnection) -> None:
        source = self.source
        self.links += 1
        try:
            await socket.recv()
            await socket.send(self.bent(welcome(source)), text=True)
            pushes = [kind for kind in members(codec.Push) for _ in range(2)]
            pushes += [link.Pong, link.Failed]
            for _ in range(FRAMES):
                try:
                    async with asyncio.timeout(QUIET_S):
                        request = msgspec.json.decode(await socket.recv())
                except TimeoutError:
                    request = {}
                if isinstance(request, dict) and "id" in request:
                    frame = {
                        "type": "ok",
                        "id": request["id"],
                        "result": result_for(source, request),
                    }
                else:
                    frame = drawn_frame(source, source.choice(pushes))
                self.said += 1
                await socket.send(self.bent(frame), text=True)
            await socket.close()
        except ConnectionClosed:
            pass
        finally:
            if self.said >= self.wanted:
                self.done.set()


async def sound(socket: ServerConnection) -> None:
    """Says hello as it should, and answers pings."""
    await socket.recv()
    await socket.send(msgspec.json.encode(welcome(None)), text=True)
    async for data in socket:
        frame = msgspec.json.decode(data)
        if frame["type"] == "ping":
            pong = {"type": "pong", "t1": frame["t1"], "t2": 1, "t3": 1}
            await socket.send(msgspec.json.encode(pong), text=True)


def look(client: Client) -> None:
    """Everything that a window would draw."""
    view = client.view
    repr((view.link, view.account, view.wallet, view.orders, view.desk))
    for card in view.sessions:
        client.session(card.session)
        client.panel(card.session)
        client.tally(card.session)
        list(client.messages(card.session)[:200])


async def attack(seed: int, frames: int, *, planted: bool) -> tuple[int, list[str]]:
    """(frames said, faults of the app)."""
    faults = Faults()
    logging.getLogger("miaohui").addHandler(faults)
    foe = HostileRelay(random.Random(seed))
    foe.wanted = frames
    settings = Settings(None)
    tasks = Tasks()

    heard = asyncio.Event()

    def hear(_change: object) -> None:
        heard.set()
        try:
            look(client)
        except Exception as error:
            faults.seen.append(f"a view: {error!r}")
        if planted and client.view.sessions:
            faults.seen.append("planted: the app believes a session of a relay that it never used")

    async with serve(foe.talk, "127.0.0.1", 0) as door, serve(sound, "127.0.0.1", 0) as other:
        settings.set(relay_url=f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}")
        client = Client(settings, None, draw=lambda: 0.0)
        client.subscribe(hear)
        running = tasks.start(client.run(), "client")
        try:
            async with asyncio.timeout(PATIENCE_S + frames / 20):
                while not foe.done.is_set():
                    if client.view.link.state is LinkState.REFUSED:
                        client.refresh()
                    await asyncio.sleep(0.01)
            client.choose_relay(f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}")
            async with asyncio.timeout(PATIENCE_S):
                while client.view.link.state is not LinkState.LIVE:
                    heard.clear()
                    await heard.wait()
        except TimeoutError:
            faults.seen.append(f"the app stays {client.view.link}")
        finally:
            client.stop()
            await running
            await tasks.close()
            logging.getLogger("miaohui").removeHandler(faults)
    return foe.said, faults.seen


def run(seed: int, frames: int, outcome: Outcome, *, planted: bool) -> None:
    said, faults = asyncio.run(attack(seed, frames, planted=planted))
    row = outcome.row(ROW)
    row.tried = said
    row.note = "frames, then a sound relay"
    for fault in faults[:5]:
        outcome.violated(ROW, fault)
    row.violations = len(faults)
