"""What a relay makes of its sessions after a restart, and after a commit that failed."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.relay.conftest import START, UTC, ScriptClock, World, world_in
from tests.relay.session.test_timers import begin

from miaohui.promise.fold import Fold
from miaohui.wire.accounts import Role
from miaohui.wire.journal import canonical, decode_line, entry_hash


def lines_of(world: World, session: str) -> Callable[[sqlite3.Connection], list[str]]:
    return lambda conn: [
        line
        for (line,) in conn.execute(
            "SELECT line FROM feed JOIN session ON num = feed.session"
            " WHERE id = ? AND seq IS NOT NULL ORDER BY pos",
            (session,),
        )
    ]


def test_a_restart_bridges_the_time_away_with_a_fault(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await begin(world)
            await customer.send(session, "问")
            world.pass_ms(3_000)
            before = world.relay.run
        # Another clock altogether, one minute later by the wall.
        clock = ScriptClock(now=50, utc=UTC + 63_000)
        async with world_in(tmp_path, clock) as world:
            assert world.relay.run != before
            again = await world.person("cai")
            page = await again.attach(session)
            fault = page["items"][-1]["item"]["entry"]
            assert (fault["kind"], fault["from_t"], fault["to_t"]) == ("fault", 0, 63_000)
            assert page["now_t"] == 63_000
            assert page["clock"] == {"run": world.relay.run, "base": 50 - 63_000}
            accepted = await again.send(session, "还在")
            assert accepted["t"] == 63_000
            lines = await world.relay.store.read(lines_of(world, session))
            fold, prev = Fold(), "0" * 64
            for line in lines:
                entry = decode_line(line.encode())
                assert entry.prev == prev
                assert canonical(entry).decode() == line
                prev = entry_hash(entry)
                fold.apply(entry)
            assert fold.open_turn(63_000) is not None

    asyncio.run(script())


def test_the_fault_begins_where_the_last_run_could_still_vouch(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            _, _, session = await begin(world)
            world.pass_ms(9_000)

            def vouch(conn: sqlite3.Connection) -> None:
                conn.execute(
                    "INSERT OR REPLACE INTO vouch VALUES (1, ?, ?, ?)",
                    (world.relay.run, START + 8_000, UTC + 8_000),
                )

            await world.relay.store.write(vouch)
        clock = ScriptClock(now=7, utc=UTC + 20_000)
        async with world_in(tmp_path, clock) as world:
            again = await world.person("cai")
            page = await again.attach(session)
            fault = page["items"][-1]["item"]["entry"]
            assert (fault["from_t"], fault["to_t"]) == (8_000, 20_000)

    asyncio.run(script())


def test_a_wall_clock_that_went_back_claims_an_instant_and_voids_what_was_open(
    tmp_path: Path,
) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            _, _, session = await begin(world)
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC - 99_000)) as world:
            again = await world.person("cai")
            fault = (await again.attach(session))["items"][-1]["item"]["entry"]
            # Not of no length: a turn shares no more than an end point with such a fault.
            assert (fault["from_t"], fault["to_t"], fault["t"]) == (0, 1, 1)

    asyncio.run(script())


def test_what_was_answered_stays_answered_after_a_restart(tmp_path: Path) -> None:
    async def script() -> None:
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        async with world_in(tmp_path) as world:
            customer, _, session = await begin(world)
            first = await customer.send(session, "问", id=id)
            refused = await customer.ask(type="resume", id="r", session=session)
            await customer.ask(type="pause", id="p", session=session)
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 1000)) as world:
            again = await world.person("cai")
            assert await again.send(session, "问", id=id) == first
            assert await again.ask(type="resume", id="r", session=session) == refused
            await again.ask(type="resume", session=session)
            assert (await again.ask(type="pause", id="p", session=session))["type"] == "done"
            assert world.relay.sessions.live[session].actor.state.paused is None

    asyncio.run(script())


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        asked = await customer.send(session, "问")
        store = world.relay.store

        def fill(conn: sqlite3.Connection) -> None:
            conn.execute("CREATE TABLE filling (x)")
            conn.execute("INSERT INTO filling VALUES (zeroblob(4000))")

        await store.write(fill)
        pages = await store.read(lambda conn: conn.execute("PRAGMA page_count").fetchone()[0])
        await store.write(lambda conn: conn.execute(f"PRAGMA max_page_count = {pages}"))
        failed = None
        for number in range(400):
            answer = await customer.send(session, f"第 {number} 句" + "很长" * 900)
            if answer["type"] == "failed":
                failed = answer
                break
            asked = answer
        assert failed is not None
        assert failed["code"] == "relay_fault"
        await store.write(lambda conn: conn.execute("PRAGMA max_page_count = 1073741823"))
        # Whether it was read again by now or not, the sender tries until it is taken; the script's
        # clock moves on meanwhile, as the next try may be set only after it stood still.
        while (answer := await customer.send(session, "再来"))["type"] == "failed":
            world.pass_ms(500)
            await world.settle()
        lines = await store.read(lines_of(world, session))
        prev = "0" * 64
        for number, line in enumerate(lines, 1):
            entry = decode_line(line.encode())
            assert (entry.seq, entry.prev) == (number, prev)
            prev = entry_hash(entry)
        assert decode_line(lines[asked["seq"]].encode()).seq == asked["seq"] + 1
        assert len([line for line in lines if '"kind":"fault"' in line]) >= 1
        assert answer["seq"] == len(lines)

    play(script)


def test_who_does_not_come_back_after_a_restart_is_away(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            _, _, session = await begin(world)
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 1_000)) as world:
            responder = await world.person("rin", Role.RESPONDER)
            await responder.attach(session)
            world.pass_ms(29_999)
            await world.settle()
            assert "paused" not in responder.kinds(session)
            world.pass_ms(1)
            paused = await responder.entry(session, "paused")
            assert (paused["by"], paused["reason"], paused["t"]) == (
                "relay",
                "customer_offline",
                31_000,
            )

    asyncio.run(script())


def test_a_handover_that_was_offered_is_not_offered_again_after_a_restart(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            await world.shop("rin", "ran")
            colleague = await world.person("ran", Role.RESPONDER)
            await colleague.ask(type="set_presence", state="on")
            customer, _, session = await begin(world)
            await customer.send(session, "问")
            world.pass_ms(30_000)
            await customer.notice(session, "handover_offered")
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 31_000)) as world:
            people = [await world.person(each, Role.RESPONDER) for each in ("rin", "ran")]
            await people[1].ask(type="set_presence", state="on")
            customer = await world.person("cai")
            page = await customer.attach(session)
            world.pass_ms(1_000)
            world.pass_ms(5_000)
            await world.settle()
            offers = [each for each in page["items"] if each["item"].get("code")]
            assert [each["item"]["code"] for each in offers] == ["handover_offered"]
            assert len((await customer.attach(session, page["head"]))["items"]) == 0

    asyncio.run(script())


def test_words_of_before_a_restart_are_known_again(tmp_path: Path) -> None:
    words = "我懂你现在的感受，换了谁遇到这样的事都会难过，先别急着怪自己，慢慢说给我听。"

    async def labels(world: World, session: str) -> list[str]:
        lines = await world.relay.store.read(lines_of(world, session))
        return [str(each) for each in decode_line(lines[-1].encode()).labels or ()]

    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, responder, session = await begin(world)
            await responder.send(session, words, seen_seq=0)
            assert await labels(world, session) == []
            await customer.ask(type="end", session=session, now=True)
            await customer.entry(session, "closed")
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 1_000)) as world:
            responder = await world.person("rin", Role.RESPONDER)
            await world.person("cai")
            session = await world.open("cai", "rin")
            await responder.send(session, words, seen_seq=0)
            assert await labels(world, session) == ["recycled"]

    asyncio.run(script())


def test_a_long_feed_is_read_back_whole(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await begin(world)
            for number in range(200):
                said = await customer.send(session, f"第 {number} 句")
        async with world_in(tmp_path, ScriptClock(now=7, utc=UTC + 1_000)) as world:
            customer = await world.person("cai")
            page = await customer.attach(session, said["pos"] - 100)
            assert [each["pos"] for each in page["items"]] == list(
                range(said["pos"] - 99, said["pos"] + 2)
            )
            live = world.relay.sessions.live[session]
            assert [row[1] for row in live.recent] == list(range(said["pos"] - 62, said["pos"] + 2))

    asyncio.run(script())
