"""FeedPages of a feed: one asked for ahead of the other, and none too many."""

import asyncio
from typing import Any

import pytest
from tests.client.script import Script

from miaohui.client.link.requests import Requests
from miaohui.client.port import Refused
from miaohui.client.sync.backfill import AHEAD, FeedPages
from miaohui.wire.codec import Ok
from miaohui.wire.errors import Code
from miaohui.wire.link import Failed, SessionClock
from miaohui.wire.sessions import Attach, FeedPage


class Desk:
    """Of the client's core what pages ask of it; the other end of the link is a list."""

    def __init__(self) -> None:
        self.said: list[Attach] = []
        self.requests = Requests(self.said.append)  # type: ignore[arg-type]
        self.numbers = iter(range(1, 100))
        self.script = Script()
        for number in range(1, 40):
            self.script.ask(number * 1_000, f"第{number}句", number)

    def new_id(self) -> str:
        return str(next(self.numbers))

    def pages(self, room: Any = lambda: True) -> FeedPages:
        return FeedPages(self, "s1", 0, room)  # type: ignore[arg-type]

    def answer(self, asked: Attach, size: int) -> bool:
        page = FeedPage(
            session="s1",
            items=self.script.all[asked.after : asked.after + size],
            head=len(self.script.all),
            clock=SessionClock(run="r", base=0),
            now_t=0,
            delivered=0,
            seen=0,
        )
        return self.requests.answered(Ok(id=asked.id, result=page))


def test_the_next_page_is_asked_for_when_one_has_come() -> None:
    async def job() -> None:
        desk = Desk()
        pages = desk.pages()
        assert [each.after for each in desk.said] == [0]
        for number in range(AHEAD - 1):
            assert desk.answer(desk.said[number], 10)
            assert desk.said[-1].after == (number + 1) * 10
        assert desk.answer(desk.said[-1], 10)
        assert len(desk.said) == AHEAD  # as many are here, and none was applied
        got = []
        while pages.has_more:
            page = await pages.next()
            assert isinstance(page, FeedPage)
            got += page.items
            if pages.has_more and desk.said[-1].after == len(got):
                desk.answer(desk.said[-1], 10)
        assert got == desk.script.all
        assert not desk.answer(desk.said[0], 10)  # nobody waits for it any more

    asyncio.run(job())


def test_without_room_only_what_is_applied_next_is_asked_for() -> None:
    async def job() -> None:
        desk = Desk()
        pages = desk.pages(room=lambda: False)
        desk.answer(desk.said[0], 10)
        assert len(desk.said) == 1
        await pages.next()
        assert pages.has_more
        pages.go_on()
        assert [each.after for each in desk.said] == [0, 10]
        pages.close()

    asyncio.run(job())


def test_what_is_refused_or_lost_ends_the_reading() -> None:
    async def job() -> None:
        desk = Desk()
        pages = desk.pages()
        desk.requests.refused(Failed(id=desk.said[0].id, code=Code.NOT_FOUND))
        with pytest.raises(Refused, match=str(Code.NOT_FOUND)):
            await pages.next()
        pages = desk.pages()
        desk.answer(desk.said[-1], 10)
        desk.requests.lost()
        assert isinstance(await pages.next(), FeedPage)
        with pytest.raises(Refused, match="offline"):
            await pages.next()
        pages = desk.pages()
        pages.close()
        assert not pages.has_more
        desk.requests.lost()

    asyncio.run(job())
