"""What comes into conversations: what is stored of it is not kept in memory as well."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import msgspec
from tests.client.script import Script

from miaohui.client.feed.conversation import Conversation
from miaohui.client.store.store import Store
from miaohui.client.sync.apply import Intake
from miaohui.client.sync.session import Talk
from miaohui.wire.sessions import Placed


class House:
    """Of the client's core what the intake asks of it; the store is a real one, in memory."""

    def __init__(self) -> None:
        self.scope = 1
        self.store = Store()
        self.clock = SimpleNamespace(mono=lambda: 0)
        self.connection = SimpleNamespace(sync=None, ack_soon=lambda: None)
        self.outbox = SimpleNamespace(arrived=lambda id: None)
        self.told: list[object] = []
        self.tell = self.told.append

    def intake(self) -> Intake:
        roster: Any = SimpleNamespace(refresh=lambda: None)
        return Intake(self, roster, lambda session, talk: None)  # type: ignore[arg-type]


def alive() -> int:
    return sum(type(one) is Placed for one in gc.get_objects())


def test_a_page_that_is_stored_is_gone_without_a_collector() -> None:
    script = Script()
    for number in range(1, 40):
        script.ask(number * 1_000, f"第{number}句", number)
    sent = msgspec.json.encode(script.all)

    async def job() -> None:
        house = House()
        intake, talk = house.intake(), Talk(Conversation("s1", "customer"))
        await house.store.open(None, None)
        page = msgspec.json.decode(sent, type=list[Placed])
        intake.page("s1", talk, page, stored=False)
        intake.finish("s1", talk, stored=False)
        del page
        for _ in range(2):  # the store's thread is done with a job when the next one runs
            await house.store.run(lambda conn: None)
        await asyncio.sleep(0)  # and the loop with the answers of both
        assert talk.stored == len(script.all)
        assert alive() == before
        await house.store.close()

    gc.collect()
    gc.disable()
    try:
        before = alive()
        asyncio.run(job())
    finally:
        gc.enable()
