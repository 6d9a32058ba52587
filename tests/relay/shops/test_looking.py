"""Searching holds nobody up: a lane of its own, and no more at a time than is cheap."""

import asyncio
import sqlite3
import threading
from pathlib import Path

from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play

from miaohui.relay.ports import Refused
from miaohui.relay.shops.catalogue import OWN_LOOKS
from miaohui.relay.storage.store import ReadLane
from miaohui.wire.catalogue import Search, ShopPage
from miaohui.wire.errors import Code


def test_sessions_read_while_searches_run(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        go_on = threading.Event()

        def stuck(_conn: sqlite3.Connection) -> str:
            go_on.wait(10)
            return "searched"

        searches = [
            house.tasks.start(house.store.read(stuck, ReadLane.BROWSING), "search")
            for _ in range(8)
        ]
        assert await house.value("SELECT 1") == 1
        assert not any(each.done() for each in searches)
        go_on.set()
        assert await asyncio.gather(*searches) == ["searched"] * 8

    play(tmp_path, story)


def test_one_account_looks_for_a_few_things_at_a_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        looks = [house.ask(anna, Search(id=fresh())) for _ in range(OWN_LOOKS + 2)]
        found = await asyncio.gather(
            *looks, house.ask(ben, Search(id=fresh())), return_exceptions=True
        )
        refused = [each for each in found if isinstance(each, Refused)]
        assert [(each.code, each.detail) for each in refused] == [(Code.TOO_MANY, "search")] * 2
        assert sum(isinstance(each, ShopPage) for each in found) == OWN_LOOKS + 1
        assert isinstance(found[-1], ShopPage)
        await house.want(ShopPage, anna, Search(id=fresh()))

    play(tmp_path, story)
