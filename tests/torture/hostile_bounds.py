"""A few accounts that ask for more than anybody needs: quotes, searches, long ids, guesses.

A relay process of its own, with a full catalogue. Two honest people talk meanwhile; how long their
words take is what is judged.
"""

import asyncio
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import bench_search
from tests.client.world import PASSWORD, Person, opened, person
from tests.torture.foe import Besieged, Foe
from tests.torture.outcome import Outcome

from miaohui.relay.accounts.login_throttle import FREE
from miaohui.relay.orders.open_limits import QUOTES, WAITING
from miaohui.runtime.tasks import Tasks

# A message there and its answer back: 500 ms for each acknowledgement, and the screens between.
WORST_MS = 1_000
GOES_ON_S = 60.0  # no measure of speed: it hangs, or it does not
SEARCHERS = 8
LASTS_S = 6.0
SHORT_S = 1.5
OLD_QUOTES = 20_000
SWEPT_WITHIN_S = 45.0
QUERIES: tuple[dict[str, Any], ...] = (
    {"text": "晚"},
    {"text": "la"},
    {"text": "moon 夜"},
    {"sort": "wait"},
    {"free_now": True},
    {"text": "深", "kept_percent": 90, "night": True, "sort": "price"},
    {"kept_percent": 95},
    {},
)


class Talk:
    """Two honest people who go on talking; ``worst_ms`` since it was last asked."""

    def __init__(self, anna: Person, bo: Person, session: str) -> None:
        self._anna, self._bo, self._session = anna, bo, session
        self._number = 0
        self._worst = 0.0
        self._went = asyncio.Event()
        self.count = 0

    async def run(self) -> None:
        while True:
            self._number += 1
            text, answer = f"第{self._number}句", f"答{self._number}"
            began = time.perf_counter()
            self._anna.client.send_text(self._session, text)
            await self._bo.until(lambda text=text: text in self._bo.texts(self._session)[-4:])  # type: ignore[misc]
            self._bo.client.send_text(self._session, answer)
            await self._anna.until(
                lambda answer=answer: answer in self._anna.texts(self._session)[-4:]  # type: ignore[misc]
            )
            self._worst = max(self._worst, (time.perf_counter() - began) * 1000)
            self.count += 1
            self._went.set()
            await asyncio.sleep(0.05)

    async def again(self) -> bool:
        """True once another exchange came to its end."""
        self._went.clear()
        try:
            async with asyncio.timeout(GOES_ON_S):
                await self._went.wait()
        except TimeoutError:
            return False
        return True

    def worst_ms(self) -> float:
        worst, self._worst = self._worst, 0.0
        return worst


async def quotes(outcome: Outcome, relay: Besieged, offer: str) -> None:
    """One account holds five quotes and three orders, however often it asks."""
    foe = Foe(relay.port, "127.0.2.1")
    await foe.sign_up("hoarder")
    made = []
    for _ in range(4 * QUOTES):
        made.append(await foe.ask(type="quote", shop="lanting", offer=offer))
    held = [each for each in made if each["type"] == "ok"]
    codes = {(each.get("code"), each.get("detail")) for each in made if each["type"] != "ok"}
    outcome.check(
        "a flood of quotes",
        holds=len(held) == QUOTES and codes == {("orders_open", "quotes")},
        example=(len(held), codes),
    )
    paid = [
        await foe.ask(
            type="pay",
            order=each["result"]["order"],
            provider="practice",
            price_fen=each["result"]["price_fen"],
        )
        for each in held
    ]
    taken = sum(each["type"] == "ok" for each in paid)
    outcome.check("a flood of orders", holds=taken == WAITING, example=paid[-1])
    foe.leave()


async def long_ids(outcome: Outcome, relay: Besieged) -> None:
    """Ids of 60,000 characters are no frames, and nothing of them is kept."""
    foe = Foe(relay.port, "127.0.2.2")
    await foe.sign_up("longwinded")
    before = relay.data.joinpath("relay.db-wal").stat().st_size
    said = []
    for number in range(40):
        id = f"{number}" + "x" * 60_000
        foe.say(type="set_display", id=id, display="Long")
        said.append(await foe.hear())
        if said[-1]["type"] in ("gone", "goodbye"):
            break
    ended = said[-1]["type"] in ("gone", "goodbye")
    codes = {each.get("code") for each in said}
    grown = relay.data.joinpath("relay.db-wal").stat().st_size - before
    outcome.check(
        "long ids",
        holds=ended and codes <= {"bad_frame", None} and grown < 200_000,
        example=(codes, ended, grown),
    )
    foe.leave()


async def guesses(outcome: Outcome, relay: Besieged) -> None:
    """Whoever guesses at a name keeps its owner out from nowhere."""
    owner = Foe(relay.port, "127.0.2.3")
    await owner.sign_up("careful")
    wrong = 0
    for number in range(FREE + 4):
        guesser = Foe(relay.port, f"127.0.3.{number + 1}")
        await guesser.arrive()
        id = str(uuid.uuid4())
        guesser.say(type="sign_in", id=id, name="careful", password="not the one 1")
        wrong += (await guesser.answer(id)).get("code") in ("wrong_credentials", "too_many")
        guesser.leave()
    owner.token = None
    await owner.arrive()
    id = str(uuid.uuid4())
    owner.say(type="sign_in", id=id, name="careful", password="another long password 9")
    said = await owner.answer(id)
    outcome.check("a lock-out", holds=said["type"] == "ok" and wrong == FREE + 4, example=said)
    owner.leave()


async def searchers(relay: Besieged, seconds: float, source: random.Random) -> int:
    """Eight accounts that search as fast as they are answered; how often they were."""
    foes = [Foe(relay.port, f"127.0.6.{number + 1}") for number in range(SEARCHERS)]
    for number, each in enumerate(foes):
        await each.sign_up(f"seeker-{number}")
    until = time.perf_counter() + seconds
    answered = 0

    async def search(foe: Foe) -> None:
        nonlocal answered
        while time.perf_counter() < until:
            said = await foe.ask(type="search", limit=20, **source.choice(QUERIES))
            answered += said["type"] == "ok"
        foe.leave()

    await asyncio.gather(*map(search, foes))
    return answered


def old_quotes(data: Path, count: int) -> None:
    """Quotes that nobody paid, as an account's flood left them before there was a limit."""
    conn = sqlite3.connect(data / "relay.db", timeout=20, isolation_level=None)
    try:
        conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO orders (order_id, version, state, customer, customer_name, shop, offer,"
            " minutes, mode, price_fen, terms, trial, created_ms)"
            " SELECT 'old-' || i, 1, 'quoted', 'nobody', 'x', shop, offer, minutes, mode,"
            " price_fen, terms, 0, created_ms - 900000 FROM n, (SELECT * FROM orders LIMIT 1)",
            (count,),
        )
    finally:
        conn.close()


async def sweep(relay: Besieged, count: int) -> bool:
    """Whether so many old quotes are gone within one round of the sweep."""
    await asyncio.to_thread(old_quotes, relay.data, count)
    conn = sqlite3.connect(f"file:{relay.data / 'relay.db'}?mode=ro", uri=True)
    try:
        until = time.perf_counter() + SWEPT_WITHIN_S
        while time.perf_counter() < until:
            left = conn.execute(
                "SELECT count(*) FROM orders WHERE customer = 'nobody' AND state = 'quoted'"
            ).fetchone()[0]
            if not left:
                return True
            await asyncio.sleep(0.5)
        return False
    finally:
        conn.close()


async def siege(
    relay: Besieged, outcome: Outcome, source: random.Random, *, short: bool, planted: bool
) -> None:
    invite = relay.admin("invite-responder", "lanting").split()[-1].strip('"{}')
    conn = sqlite3.connect(relay.data / "relay.db", timeout=20, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    offer = conn.execute("SELECT offer FROM offers WHERE shop = 'lanting'").fetchone()[0]
    bench_search.fill(conn, 200 if short else 20_000, first=1_000)
    conn.execute("COMMIT")
    conn.close()
    tasks = Tasks()
    async with person(relay.url) as anna, person(relay.url) as bo:
        for each in (anna, bo):
            await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
        await anna.client.sign_up("anna", PASSWORD, "安娜")
        await bo.client.sign_up("xiaobo", PASSWORD, "小波", invite)
        talk = Talk(anna, bo, await opened(anna, bo))
        talking = tasks.start(talk.run(), "talk")

        async def under(what: str, attack: Callable[[], Awaitable[object]]) -> None:
            talk.worst_ms()
            found = await attack()
            goes_on = await talk.again()
            worst = talk.worst_ms()
            row = outcome.row(what)
            row.note = f"worst exchange of the honest pair {worst:.0f} ms" + (
                f", {found} answered" if type(found) is int else ""
            )
            # On a machine that does other things besides, a short run judges no times.
            quick = short or worst < WORST_MS
            did = found is None or bool(found)
            outcome.check(what, holds=goes_on and quick and did, example=row.note)

        try:
            await under("quotes and orders", lambda: quotes(outcome, relay, offer))
            await under("ids of 60,000 characters", lambda: long_ids(outcome, relay))
            await under("guesses at a password", lambda: guesses(outcome, relay))
            seconds = SHORT_S if short else LASTS_S
            await under("eight searchers", lambda: searchers(relay, seconds, source))
            if not short:
                await under(f"a sweep of {OLD_QUOTES:,} quotes", lambda: sweep(relay, OLD_QUOTES))
            outcome.check("they go on talking", holds=talk.count > 3 and not talking.done())
        finally:
            await tasks.close()


def run(seed: int, outcome: Outcome, *, short: bool, planted: bool) -> None:
    """Adds its rows to a siege's; a planted fault is the siege's own affair."""
    if planted:
        return
    with tempfile.TemporaryDirectory() as name:
        relay = Besieged(Path(name) / "relay")
        try:
            asyncio.run(siege(relay, outcome, random.Random(seed), short=short, planted=planted))
        finally:
            relay.stop()
