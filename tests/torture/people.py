"""Pairs of real clients that ask and answer, each at an address of its own: ``people JSON``.

One question at a time in each pair, answered so long after it was shown; beside them, where wanted,
pictures go both ways without end. At the end a JSON line for every question: what became of it in
the journal.
"""

import asyncio
import contextlib
import json
import math
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.client import world
from tests.client.world import PASSWORD, Person, opened
from tests.pictures.pictures import noise

from miaohui.client.facade import Client
from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.client.snapshots import AppChanged, Change
from miaohui.runtime.clock import SystemClock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATIENCE_S = 90.0
ANSWER_S = 1.5
EVERY_LATE = 20  # of so many questions one is answered too late on purpose
URL = "ws://127.0.0.1:1"  # what the app believes; where its sockets really go stands in the order


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of this process."""

    seed: int
    host: str
    port: int
    pairs: int
    questions: int  # of each pair
    invites: list[str]
    picture_bytes: int  # 0: no pictures
    late_s: float


@dataclass(slots=True)
class Link:
    """One person's link as their app sees it. ``cuts``: from when to when it was gone, in ms."""

    client: Client
    clock: SystemClock = field(default_factory=SystemClock)
    gone: int | None = None
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def hear(self, change: Change) -> None:
        if not isinstance(change, AppChanged):
            return
        live, now = self.client.view.link.state == "live", self.clock.mono()
        if live and self.gone is not None:
            self.cuts.append((self.gone, now))
            self.gone = None
        elif not live and self.gone is None:
            self.gone = now

    def longest(self, start: int, end: int) -> int:
        """The longest cut that touches a stretch."""
        return max((b - a for a, b in self.cuts if a <= end and b >= start), default=0)


@dataclass(slots=True)
class Question:
    """One question of a pair's. ``key``: its message's."""

    key: str
    asked: int
    answered: int | None
    late: bool


@contextlib.asynccontextmanager
async def somebody(order: Order, number: int) -> AsyncIterator[Person]:
    """A person at an address of their own."""

    async def dial(url: str) -> "ClientConnection":
        from websockets.asyncio.client import connect

        return await connect(
            f"ws://{order.host}:{order.port}/",
            local_addr=(f"10.77.0.{number}", 0),
            compression=None,
            max_size=256 * 1024,
            ping_interval=None,
            open_timeout=8.0,
            close_timeout=0.2,
            proxy=None,
        )

    settings = Settings(None)
    settings.set(relay_url=URL)
    someone = Person(Client(settings, None, dial=dial))
    tasks = Tasks()
    running = tasks.start(someone.client.run(), "client")
    try:
        yield someone
    finally:
        someone.client.stop()
        await running
        await tasks.close()


async def _signed_up(someone: Person, name: str, display: str, invite: str | None) -> None:
    """Signed up, over however many links."""
    client, again = someone.client, False
    while True:
        await someone.until(lambda: client.view.link.state == "live")
        try:
            if again:
                await client.sign_in(name, PASSWORD)
            else:
                await client.sign_up(name, PASSWORD, display, invite)
            return
        except Refused as refused:
            if refused.code not in ("offline", "timeout", Code.NAME_TAKEN, Code.TOO_MANY):
                raise
            again = again or refused.code == Code.NAME_TAKEN
            await asyncio.sleep(max(1.0, refused.retry_ms / 1000))


class Pair:
    """A customer and a responder in one session."""

    def __init__(self, order: Order, number: int, anna: Person, bo: Person) -> None:
        self.order, self.number, self.anna, self.bo = order, number, anna, bo
        self.source = random.Random(f"{order.seed} {number}")
        self.links = [Link(each.client) for each in (anna, bo)]
        for link in self.links:
            link.client.subscribe(link.hear)
        self.asked: list[Question] = []
        self.session = ""
        self.pictures = 0
        # A picture of the responder's is an answer: none goes while one is late on purpose.
        self.may_send, self.idle = asyncio.Event(), asyncio.Event()
        self.may_send.set()
        self.idle.set()

    async def come(self, few: asyncio.Semaphore) -> None:
        number = self.number
        async with few:
            await _signed_up(self.anna, f"anna{number}", f"安娜{number}", None)
            await _signed_up(self.bo, f"bo{number}", f"小波{number}", self.order.invites[number])

    async def begin(self) -> None:
        self.session = await opened(self.anna, self.bo)
        self.bo.client.send_text(self.session, "你好")
        await self.anna.until(lambda: "你好" in self.anna.texts(self.session))

    async def talk(self) -> None:
        """All questions; one that is never answered is the last."""
        with contextlib.suppress(AssertionError):
            await self._talk()

    async def _talk(self) -> None:
        clock, session = SystemClock(), self.session
        late = self.source.randrange(EVERY_LATE)
        for number in range(self.order.questions):
            word, reply = f"问{number}", f"答{number}"
            asked = clock.mono()
            too_late = number % EVERY_LATE == late
            if too_late:
                self.may_send.clear()
                await self.idle.wait()
                asked = clock.mono()
            key = self.anna.client.send_text(session, word)
            question = Question(key, asked, None, too_late)
            self.asked.append(question)
            await self.bo.until(lambda word=word: word in self.bo.texts(session))  # type: ignore[misc]
            await asyncio.sleep(self.order.late_s if too_late else ANSWER_S)
            self.bo.client.send_text(session, reply)
            await self.anna.until(lambda reply=reply: reply in self.anna.texts(session))  # type: ignore[misc]
            question.answered = clock.mono()
            self.may_send.set()
            print(json.dumps({"asked": 1}), flush=True)
            await asyncio.sleep(self.source.random())

    async def send_pictures(self, sender: Person, reader: Person) -> None:
        """One after the other, each once the last one is there."""
        while True:
            if sender is self.bo:
                await self.may_send.wait()
                self.idle.clear()
            try:
                await self._send_picture(sender.client, reader)
                self.pictures += 1
            finally:
                if sender is self.bo:
                    self.idle.set()

    async def _send_picture(self, client: Client, reader: Person) -> None:
        side = max(8, math.isqrt(self.order.picture_bytes // 3))  # noise, which does not shrink
        key = await client.send_picture(self.session, noise(side, side), original=True)

        def there() -> bool:
            view = reader.client.panel_of_message(self.session, key)
            return view is not None and view.picture is not None and view.picture.here

        await reader.until(there)

    def results(self) -> list[dict[str, object]]:
        client = self.anna.client
        sync = client._syncs.get(self.session)
        assert sync is not None
        fold = sync.feed.journal.fold
        turns = {seq: turn for turn in fold.turns for seq in turn.asks}
        found: list[dict[str, object]] = []
        for question in self.asked:
            view = client.panel_of_message(self.session, question.key)
            seq = None if view is None else view.seq
            turn = None if seq is None else turns.get(seq)
            over = question.answered
            until = SystemClock().mono() if over is None else over
            found.append(
                {
                    "pair": self.number,
                    "seq": seq,
                    "late": question.late,
                    "state": "open" if turn is None else turn.state.value,
                    "wait": None if turn is None else turn.wait,
                    "felt": None if over is None else over - question.asked,
                    "cut": max(link.longest(question.asked, until) for link in self.links),
                }
            )
        return found


async def job(order: Order) -> None:
    world.LIMIT_S = PATIENCE_S
    async with contextlib.AsyncExitStack() as stack:
        pairs: list[Pair] = []
        for number in range(order.pairs):
            anna = await stack.enter_async_context(somebody(order, 2 * number + 1))
            bo = await stack.enter_async_context(somebody(order, 2 * number + 2))
            pair = Pair(order, number, anna, bo)
            pairs.append(pair)
        few = asyncio.Semaphore(3)
        await asyncio.gather(*(pair.come(few) for pair in pairs))
        for pair in pairs:
            await pair.begin()
        print(json.dumps({"begun": True}), flush=True)
        tasks = Tasks()
        if order.picture_bytes:
            for pair in pairs:
                for one, other in ((pair.anna, pair.bo), (pair.bo, pair.anna)):
                    tasks.start(pair.send_pictures(one, other), "pictures")
        talks = [tasks.start(pair.talk(), "talk") for pair in pairs]
        await asyncio.wait(talks)
        for talk in talks:
            talk.result()
        for pair in pairs:
            for result in pair.results():
                print(json.dumps(result), flush=True)
        print(json.dumps({"pictures": sum(pair.pictures for pair in pairs)}), flush=True)
        await tasks.close()


def main(argv: list[str]) -> int:
    asyncio.run(job(Order(**json.loads(argv[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
