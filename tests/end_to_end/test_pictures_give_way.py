"""Words overtake the bytes of pictures in both directions, and a picture goes on where it stood:
real clients on a real relay, with a gate between."""

import asyncio
import os

import pytest
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, opened, person
from tests.end_to_end.gate import Gate
from tests.pictures.pictures import noise

from miaohui.wire.desk import SetPresence
from miaohui.wire.pacing import MOST_BYTES

PICTURE = noise(900, 740)  # some 2 MB


@pytest.fixture
def names() -> str:
    return os.urandom(4).hex()


async def signed_up(relay: RelayProcess, anna: Person, bo: Person, names: str) -> None:
    for each in (anna, bo):
        await each.until(lambda c=each.client: c.view.link.state == "live")  # type: ignore[misc]
    await anna.client.sign_up(f"anna{names}", PASSWORD, "安娜")
    await bo.client.sign_up(f"bo{names}", PASSWORD, "小波", await invitation(relay))
    await bo.client.ask(SetPresence(id=bo.client.new_id(), state="on"))


def here(someone: Person, session: str) -> bool:
    found = [v.picture for v in someone.client.messages(session) if v.picture is not None]
    return bool(found) and found[0].here


def share(someone: Person, session: str) -> float:
    found = [v.picture for v in someone.client.messages(session) if v.picture is not None]
    return found[0].progress if found else 0.0


def test_words_pass_a_picture_of_which_nothing_is_acknowledged(
    relay: RelayProcess, names: str
) -> None:
    async def job() -> None:
        async with Gate(relay.url) as gate, person(gate.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, names)
            session = await opened(anna, bo)
            await anna.client.send_picture(session, PICTURE, original=True)
            await anna.until(lambda: share(anna, session) > 0)
            gate.down.hold()
            before = gate.up.passed
            anna.client.send_text(session, "先看这句")
            await bo.until(lambda: "先看这句" in bo.texts(session))
            assert gate.up.passed - before < 2 * MOST_BYTES
            gate.down.let()
            await bo.until(lambda: here(bo, session))

    asyncio.run(job())


def test_words_pass_a_picture_that_its_reader_does_not_take(
    relay: RelayProcess, names: str
) -> None:
    async def job() -> None:
        async with Gate(relay.url) as gate, person(relay.url) as anna, person(gate.url) as bo:
            await signed_up(relay, anna, bo, names)
            session = await opened(anna, bo)
            await anna.client.send_picture(session, PICTURE, original=True)
            await bo.until(lambda: share(bo, session) > 0)
            gate.up.hold()
            before = gate.down.passed
            anna.client.send_text(session, "先看这句")
            await bo.until(lambda: "先看这句" in bo.texts(session))
            assert gate.down.passed - before < 2 * MOST_BYTES
            gate.up.let()
            await bo.until(lambda: here(bo, session))

    asyncio.run(job())


@pytest.mark.parametrize("who", ["sender", "reader"])
def test_a_picture_goes_on_where_it_stood(relay: RelayProcess, names: str, who: str) -> None:
    async def job() -> None:
        async with Gate(relay.url) as gate:
            first, second = (gate.url, relay.url) if who == "sender" else (relay.url, gate.url)
            async with person(first) as anna, person(second) as bo:
                await signed_up(relay, anna, bo, names)
                session = await opened(anna, bo)
                one, way = (anna, gate.up) if who == "sender" else (bo, gate.down)
                began = way.passed
                await anna.client.send_picture(session, PICTURE, original=True)
                for mark in (0.3, 0.6):
                    await one.until(lambda mark=mark: share(one, session) > mark)  # type: ignore[misc]
                    gate.cut()
                    await one.until(lambda: one.client.view.link.state != "live")
                await bo.until(lambda: here(bo, session))
                assert way.passed - began < len(PICTURE) * 1.3

    asyncio.run(job())
