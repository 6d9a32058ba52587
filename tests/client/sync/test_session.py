"""One session's sync: its state, what is told together, what counts as stored."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.client.script import Script

from miaohui.client.snapshots import Inserted, MessageView, Removed, Updated
from miaohui.client.store.store import LocalStore
from miaohui.client.sync.session import DiskBacklog, SessionSync, merged
from miaohui.client.sync.states import SyncEvent, SyncState
from miaohui.runtime.tasks import Tasks
from miaohui.wire.link import SessionClock
from miaohui.wire.sessions import FeedPage, Placed

PAGE = 10


class House:
    """Of the client's context what a sync asks of it; the store is a real one, in memory."""

    def __init__(self) -> None:
        self.scope = 1
        self.me = "customer"
        self.store = LocalStore()
        self.clock = SimpleNamespace(mono=lambda: 0)
        self.acked = asyncio.Event()
        self.connection = SimpleNamespace(sync=SimpleNamespace(run=""), ack_soon=self.acked.set)
        self.outbox = SimpleNamespace(arrived=lambda id: None)
        self.told: list[object] = []
        self.tell = self.told.append
        self.gaps: list[SessionSync] = []

    def sync(self) -> SessionSync:
        cache: Any = SimpleNamespace(refresh=lambda: None, card=lambda session: None)
        context: Any = self
        return SessionSync(
            context,
            cache,
            DiskBacklog(),
            "s1",
            lambda sync, done: None,
            self.gaps.append,
            lambda sync, doubts: None,
        )


def spoken(lines: int) -> Script:
    script = Script()
    for number in range(1, lines + 1):
        script.ask(number * 1_000, f"第{number}句", number)
    return script


def page_of(script: Script, start: int, stop: int) -> FeedPage:
    return FeedPage(
        session="s1",
        items=script.all[start:stop],
        head=len(script.all),
        clock=SessionClock(run="r", base=0),
        now_t=0,
        delivered=0,
        seen=0,
    )


def line(key: str) -> MessageView:
    return MessageView(key=key, kind="message", mine=False, utc_ms=0)


def attaching(house: House) -> SessionSync:
    sync = house.sync()
    for event in (SyncEvent.WANTED, SyncEvent.LOADED, SyncEvent.WANTED):
        sync.on(event)
    assert sync.state is SyncState.ATTACHING
    return sync


def test_the_share_that_was_read_is_told_while_reading_only() -> None:
    async def job() -> None:
        house, script = House(), spoken(39)
        await house.store.open(None, None)
        sync = attaching(house)
        assert sync.read_percent is None
        told = []
        for at in range(0, 40, PAGE):
            assert sync.take(page_of(script, at, at + PAGE), more=at + PAGE < 40)
            told.append(sync.read_percent)
        assert told == [25, 50, 75, None]
        await house.store.close()

    asyncio.run(job())


def test_a_page_that_does_not_join_on_lapses_and_is_read_anew() -> None:
    async def job() -> None:
        house, script = House(), spoken(39)
        await house.store.open(None, None)
        sync = attaching(house)
        assert sync.take(page_of(script, 0, PAGE), more=True)
        assert sync.state is SyncState.READING
        assert sync.attached
        assert not sync.take(page_of(script, PAGE + 1, 20), more=True)
        assert sync.state is SyncState.LAPSED
        assert not sync.attached
        assert house.gaps == [sync]
        assert sync.on(SyncEvent.ENDED)  # ... anew
        assert sync.state is SyncState.STORED
        await house.store.close()

    asyncio.run(job())


def test_a_link_that_goes_takes_the_grace_and_the_wholeness_along() -> None:
    async def job() -> None:
        house, script = House(), spoken(3)
        await house.store.open(None, None)
        sync = attaching(house)
        assert sync.take(page_of(script, 0, 4), more=False)
        assert not sync.synced
        assert not sync.on(SyncEvent.WHOLE)
        assert sync.synced
        assert sync.state is SyncState.LIVE
        sync.on(SyncEvent.LINK)
        assert not sync.synced
        assert sync.state is SyncState.STORED
        await house.store.close()

    asyncio.run(job())


@pytest.mark.parametrize("event", [SyncEvent.GAP, SyncEvent.LINK])
def test_whoever_waits_for_it_waits_until_nothing_is_read(event: SyncEvent) -> None:
    async def job() -> None:
        house = House()
        sync = attaching(house)
        tasks = Tasks()
        waiting = tasks.start(sync.idle(), "waiting")
        await asyncio.sleep(0)
        sync.on(event)
        await asyncio.sleep(0)
        assert not waiting.done()
        sync.on(SyncEvent.ENDED)
        await waiting
        await tasks.close()

    asyncio.run(job())


def test_insertions_that_follow_each_other_are_one() -> None:
    a, b, c, d = (line(key) for key in "abcd")
    told = merged(
        [
            Inserted(0, (a,)),
            Inserted(1, (b,)),
            Updated(0, a),
            Inserted(2, (c,)),
            Inserted(0, (d,)),
            Removed(1),
        ]
    )
    assert told == (
        Inserted(0, (a, b)),
        Updated(0, a),
        Inserted(2, (c,)),
        Inserted(0, (d,)),
        Removed(1),
    )


def test_nothing_behind_what_the_disk_refused_counts_as_stored() -> None:
    async def job() -> None:
        house, script = House(), spoken(8)
        await house.store.open(None, None)
        sync = house.sync()
        sync.apply(script.all[:4])
        await house.store.run(lambda conn: conn.execute("ALTER TABLE item RENAME TO away"))
        sync.apply(script.all[4:7])
        await house.store.run(lambda conn: conn.execute("ALTER TABLE away RENAME TO item"))
        sync.apply(script.all[7:9])
        await house.store.run(lambda conn: None)
        await asyncio.sleep(0)
        assert sync.stored == 4
        while sync.stored < 9:  # it is written again
            house.acked.clear()
            await house.acked.wait()
        await house.store.close()

    asyncio.run(asyncio.wait_for(job(), 10))


def alive() -> int:
    return sum(type(one) is Placed for one in gc.get_objects())


def test_a_page_that_is_stored_is_gone_without_a_collector() -> None:
    script = spoken(39)
    sent = msgspec.json.encode(script.all)

    async def job() -> None:
        house = House()
        sync = house.sync()
        await house.store.open(None, None)
        page = msgspec.json.decode(sent, type=list[Placed])
        sync.page(page, stored=False)
        sync.finish(stored=False)
        del page
        for _ in range(2):  # the store's thread is done with a job when the next one runs
            await house.store.run(lambda conn: None)
        await asyncio.sleep(0)  # and the loop with the answers of both
        assert sync.stored == len(script.all)
        assert alive() == before
        await house.store.close()

    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        before = alive()
        asyncio.run(job())
    finally:
        if enabled:
            gc.enable()
