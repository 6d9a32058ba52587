"""Notice in good time: through the facade's own rooms, with a feed written by hand."""

import asyncio

from tests.client.script import Script

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Change, Notice
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.context import Core
from miaohui.client.sync.sessions import Feeds
from miaohui.client.use.reminders import Endings


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
        core = Core(settings, Still())
        core.connection, core.outbox = client._core.connection, client._core.outbox
        heard: list[Change] = []
        core.listeners.subscribe(heard.append)
        feeds = Feeds(core, Roster(core))
        endings = Endings(core, feeds)
        script, talk = Script(paid_ms=paid_ms), feeds.ensure("s1")
        script.reply(0, "你好", 1, 0)
        script.notice(elapsed_ms, "peer_back")
        script.reply(elapsed_ms, "在", 2, 0)
        talk.attached = True
        for each in feeds.followed:
            each("s1", talk, talk.feed.apply(script.all, 0, 0))
            each("s1", talk, talk.feed.apply([], 0, 0))
        endings.stop()
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
