"""Notice in good time: through the facade's own rooms, with a feed written by hand."""

import asyncio

from tests.client.script import Script

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Change, Notice
from miaohui.client.store.store import LocalStore
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.sync.states import SyncEvent as E
from miaohui.client.use.reminders import Reminders


class Still:
    """A clock that stands."""

    def mono(self) -> int:
        return 0

    def utc_ms(self) -> int:
        return 0


def told(*, elapsed_ms: int, paid_ms: int = 1_800_000, wanted: bool = True) -> list[Change]:
    async def job() -> list[Change]:
        settings = Settings(None)
        settings.set(ends_notice=wanted)
        client = Client(settings)
        context = Context(settings, Still(), LocalStore())
        context.join(client._context.connection, client._context.outbox)
        heard: list[Change] = []
        context.listeners.subscribe(heard.append)
        syncs = SyncedSessions(context, AccountCache(context))
        reminders = Reminders(context, syncs)
        script, sync = Script(paid_ms=paid_ms), syncs.ensure("s1")
        script.reply(0, "你好", 1, 0)
        script.notice(elapsed_ms, "peer_back")
        script.reply(elapsed_ms, "在", 2, 0)
        for event in (E.WANTED, E.LOADED, E.WANTED, E.PAGE):
            sync.on(event)
        assert sync.attached
        for each in syncs.followed:
            each(sync, sync.feed.apply(script.all, 0, 0))
            each(sync, sync.feed.apply([], 0, 0))
        reminders.stop()
        return heard

    return asyncio.run(job())


def test_each_mark_is_told_once() -> None:
    assert told(elapsed_ms=1_000_000) == []
    assert told(elapsed_ms=1_550_000) == [Notice("ends_soon", "s1", ms=300_000)]
    assert told(elapsed_ms=1_750_000) == [Notice("ends_soon", "s1", ms=60_000)]


def test_a_short_session_does_not_begin_with_its_end() -> None:
    assert told(elapsed_ms=1_000, paid_ms=300_000) == []


def test_who_does_not_want_it_is_left_alone() -> None:
    assert told(elapsed_ms=1_750_000, wanted=False) == []
