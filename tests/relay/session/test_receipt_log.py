"""A closed session's leaf: in the log with its settlement, the same that a bundle's holder makes."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.relay.conftest import World, world_in

from miaohui.promise.heads import receipt_from
from miaohui.promise.reader import read_journal
from miaohui.receiptlog.leaf import leaf_of_journal, read_leaf
from miaohui.relay.storage.receipt_log import sum_of
from miaohui.wire.accounts import Role
from miaohui.wire.journal import encode_line, entry_from


async def logged(world: World) -> list[tuple[str, bytes]]:
    """(session, leaf) of the whole log."""
    return await world.relay.store.read(
        lambda conn: conn.execute("SELECT session, data FROM receipt_leaf ORDER BY n").fetchall()
    )


def test_a_closed_session_is_in_the_log(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "aki")
        customer, responder, session = await world.pair(minutes=10)
        colleague = await world.person("aki", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await responder.send(session, "你好", seen_seq=0)
        before = len(responder.frames)
        asked = await customer.send(session, "在吗")
        await responder.entry(session, "message", before)
        responder.ack(session, asked["pos"])
        world.pass_ms(3_000)
        await responder.send(session, "在", seen_seq=asked["seq"])
        world.pass_ms(60_000)
        await world.settle()
        assert await logged(world) == []
        await customer.ask(type="end", session=session)
        await customer.entry(session, "closed")
        await world.settle()
        items = [each["item"] for each in (await customer.attach(session))["items"]]
        lines = [encode_line(entry_from(each["entry"])) for each in items if "entry" in each]
        receipt = receipt_from(items[-1]["receipt"])
        own = leaf_of_journal(read_journal(b"".join(lines)), receipt)
        assert await logged(world) == [(session, own.data())]
        assert (own.kept, own.asks, own.shop) == (1, 1, "shop")
        assert [part.person for part in own.people] == ["rin"]
        shown = await world.relay.store.read(lambda conn: sum_of(conn, "shop", person=False))
        assert (shown.sessions, shown.kept, shown.paid_ms) == (1, 1, 600_000)

    play(script)


def test_everybody_who_was_to_answer_is_named(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "aki")
        customer, responder, session = await world.pair(minutes=10)
        colleague = await world.person("aki", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await responder.send(session, "你好", seen_seq=0)
        await customer.ask(type="ask_handover", session=session)
        await customer.entry(session, "handover")
        await customer.ask(type="end", session=session)
        await customer.entry(session, "closed")
        await world.settle()
        ((_, data),) = await logged(world)
        assert [part.person for part in read_leaf(data).people] == ["aki", "rin"]

    play(script)


def test_the_people_of_a_closed_session_get_its_place_in_the_log(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair()
            open_ = await customer.ask(type="get_log_proof", session=session)
            assert (open_["code"], open_["detail"]) == ("not_found", "log")
            await customer.ask(type="end", session=session, now=True)
            await customer.entry(session, "closed")
            bare = await customer.ask(type="get_log_proof", session=session)
            assert (bare["code"], bare["detail"]) == ("not_found", "log")  # it is not served
        served = {"log": ("127.0.0.1", 0), "log_origin": "chat.example.com/log"}
        async with world_in(tmp_path, **served) as world:
            customer, stranger = await world.person("cai"), await world.person("eve")
            told = await customer.ask(type="get_log_proof", session=session)
            assert "chat.example.com/log" in told["proof"]
            theirs = await stranger.ask(type="get_log_proof", session=session)
            assert (theirs["code"], theirs["detail"]) == ("not_found", "session")

    asyncio.run(script())
