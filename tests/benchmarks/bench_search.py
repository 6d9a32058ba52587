"""A page of the catalogue among 100,000 shops: p50 and p99 of a filtered, sorted first page."""

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from miaohui.relay.directory import search
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.work import WorkBook
from miaohui.relay.money.orderbook import USUAL_TERMS, terms_text
from miaohui.relay.ports import Caller, PushPort
from miaohui.relay.shops.catalogue import ShopCatalogue
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import SystemClock, stamp_ns
from miaohui.wire.accounts import Role
from miaohui.wire.catalogue import Search, ShopPage
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame

SHOPS = 100_000
HAN = "晚风小屋云朵月光星河海棠青柠白茶山雨南巷北岛听雪花间深夜倾耳陪伴温柔治愈树洞清晨"
LATIN = ("quiet", "corner", "moon", "river", "tea", "lantern", "harbour", "maple", "echo", "lark")
TAGS = ("倾听", "深夜", "文字", "游戏", "学习", "情感", "English", "树洞", "闲聊", "职场")
QUERIES: Mapping[str, Search] = {
    "no text, measured": Search(id="1"),
    "one character 晚": Search(id="1", text="晚"),
    "two characters 深夜": Search(id="1", text="深夜"),
    "three characters 晚风月": Search(id="1", text="晚风月"),
    "English word": Search(id="1", text="lantern"),
    "English beginning": Search(id="1", text="la"),
    "two words": Search(id="1", text="moon 夜"),
    "kept >= 95 %, n >= 20": Search(id="1", kept_percent=95),
    "price, night": Search(id="1", max_fen_per_30=2000, night=True, sort="price"),
    "rare filter": Search(
        id="1", kept_percent=100, max_fen_per_30=500, trial=True, freelancer=True
    ),
    "sort price": Search(id="1", sort="price"),
    "sort fastest": Search(id="1", sort="fastest"),
    "sort wait": Search(id="1", sort="wait"),
    "free now": Search(id="1", free_now=True),
    "深 + filters + price": Search(
        id="1", text="深", kept_percent=90, night=True, trial=True, sort="price"
    ),
}


class NoScreens:
    """A PushPort of a relay that everybody with a duty is connected to."""

    def push(self, account: str, frame: Frame) -> None:
        return

    def online(self, account: str) -> bool:
        return True

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        return


def fill(conn: sqlite3.Connection, count: int, first: int = 1) -> None:
    """Shops straight into the tables, one person each; every hundredth is on duty."""
    draws = random.Random("bench_search")
    terms = terms_text(USUAL_TERMS)
    for n in range(first, first + count):
        shop = f"s{n}"
        name = (
            f"{draws.choice(LATIN)} {draws.choice(LATIN)}"
            if draws.random() < 0.2
            else "".join(draws.choices(HAN, k=draws.randint(2, 6)))
        )
        tags = draws.sample(TAGS, 3)
        person = "".join(draws.choices(HAN, k=2))
        kept, breached = draws.randint(0, 400), draws.randint(0, 20)
        turns = kept + breached
        price = draws.randint(300, 9000)
        conn.execute(
            "INSERT INTO shops VALUES (?, ?, ?, '', ?, ?, '00:00-24:00', 480, ?, NULL, 0)",
            (n, shop, name, n % 3 == 0, json.dumps(tags), terms),
        )
        conn.execute(
            "INSERT INTO offers VALUES (?, ?, 30, 'text', ?, 0, NULL)", (f"o{n}", shop, price)
        )
        conn.execute(
            "INSERT INTO people VALUES (?, ?, ?, '', 3, ?, 0)",
            (f"p{n}", shop, person, "on" if n % 100 == 0 else "off"),
        )
        conn.execute(
            "INSERT INTO accounts (account, name, name_key, display, role, shop, password, created_ms)"
            " VALUES (?, ?, ?, ?, 'responder', ?, '', 0)",
            (f"p{n}", f"p{n}", f"p{n}", person, shop),
        )
        low = max(0.0, kept / turns - 0.05) if turns else 0.0
        conn.execute(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                n,
                shop,
                low,
                turns,
                kept * 1_000_000 // turns if turns else 0,
                draws.randint(1500, 15000),
                price,
                n % 4 == 0,
                n % 3 == 0,
                n % 5 == 0,
            ),
        )
        search.write_in(conn, n, [name, person, *tags])


async def measure(
    data: Path, shops: int, rounds: int
) -> list[tuple[str, int, float, float, float]]:
    from miaohui.relay.directory import people

    store = Store(data / "relay.db")
    await store.write(lambda conn: fill(conn, shops))
    push: PushPort = NoScreens()
    duty = OnDuty(push, WorkBook(SystemClock()))
    duty.load(await store.read(people.read_all))
    ask = ShopCatalogue(store, duty, SystemClock()).handlers()[Search]
    caller = Caller("c", Role.CUSTOMER, None, "c", "t", "d", 1)
    found = []
    for name, query in QUERIES.items():
        took, work = [], []
        total = 0
        for _ in range(rounds):
            began, worked = stamp_ns(), time.process_time_ns()
            page = await ask(caller, query)
            work.append((time.process_time_ns() - worked) / 1e6)
            took.append((stamp_ns() - began) / 1e6)
            assert isinstance(page, ShopPage)
            total = page.total
        took.sort()
        worst = sorted(work)[int(len(work) * 0.99)]
        found.append((name, total, took[len(took) // 2], took[int(len(took) * 0.99)], worst))
    await store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=SHOPS)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        rows = asyncio.run(measure(Path(data), options.shops, options.rounds))
    print(f"{options.shops} shops, first page of 20; the reading of cards included")
    print(f"{'query':<26}{'found':>8}{'p50 ms':>9}{'p99 ms':>9}{'p99 of work':>13}")
    for name, total, p50, p99, work in rows:
        print(f"{name:<26}{total:>8}{p50:>9.1f}{p99:>9.1f}{work:>13.1f}")


if __name__ == "__main__":
    main()
