"""What is taken back is gone: looked for in the bytes of the files, not in what the relay says."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.pictures.pictures import noise
from tests.relay.conftest import SALT, Person, World, world_in
from tests.relay.session.test_media import upload

from miaohui.relay.accounts import deletion
from miaohui.relay.host import admin
from miaohui.relay.host.backup import BackupFailed, back_up, check_journals, restore
from miaohui.relay.host.retention import DAY_MS, ERASE_LIST
from miaohui.relay.storage import erasure, schema
from miaohui.wire.accounts import Role

FIRST, SECOND, THIRD = "violetta-erste", "violetta-zweite", "violetta-dritte"
PICTURE = noise(160, 160)


def found_in(folder: Path, word: str | bytes) -> list[str]:
    """The files under a folder that hold a word."""
    raw = word if isinstance(word, bytes) else word.encode()
    return [
        each.name
        for each in sorted(folder.rglob("*"))
        if each.is_file() and raw in each.read_bytes()
    ]


async def end(world: World, customer: Person, session: str) -> None:
    await customer.ask(type="end", session=session, now=True)
    await customer.entry(session, "closed")
    await world.settle()


async def said(person: Person, session: str, text: str) -> int:
    answer = await person.send(session, text, seen_seq=0)
    return int(answer["seq"])


async def edited(person: Person, session: str, seq: int, text: str) -> None:
    body = {"salt": SALT, "text": text}
    answer = await person.ask(type="edit", session=session, seq=seq, body=body)
    assert answer["type"] == "done"


def texts(page: dict[str, Any]) -> list[str]:
    return [
        (item.get("body") or {}).get("text", "")
        for item in (placed["item"] for placed in page["items"])
        if item["type"] in ("entry_item", "edited_item") and item.get("body")
    ]


def run(script: Callable[[], Any]) -> None:
    asyncio.run(script())


def test_recalled_and_edited_words_leave_no_byte(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair(queued=("violetta-queued",))
            gone = await said(customer, session, FIRST)
            kept = await said(customer, session, SECOND)
            await edited(customer, session, kept, SECOND + "-more")
            await edited(customer, session, kept, THIRD)
            for seq in (gone, 2):
                answer = await customer.ask(type="recall", session=session, seq=seq)
                assert answer["type"] == "done"
            await world.settle()

    run(script)
    for word in (FIRST, SECOND, "violetta-queued"):
        assert found_in(tmp_path, word) == []
    assert found_in(tmp_path, THIRD) == ["relay.db"]
    copy = tmp_path / "copy.db"
    back_up(tmp_path / "relay", copy)
    check_journals(copy, lambda _done, _of: None)


def test_the_log_of_a_running_relay_loses_them_as_well(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair()
            seq = await said(customer, session, FIRST)
            assert found_in(tmp_path, FIRST) != []
            await customer.ask(type="recall", session=session, seq=seq)
            async with asyncio.timeout(10):
                while await asyncio.to_thread(found_in, tmp_path, FIRST):
                    await world.settle()

    run(script)


def test_a_peer_who_was_away_never_gets_the_first_words(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        responder.leave()
        seq = await said(customer, session, FIRST)
        await edited(customer, session, seq, SECOND)
        await responder.arrive()
        page = await responder.attach(session)
        assert texts(page) == [SECOND]
        assert not any(FIRST in json.dumps(frame) for frame in responder.frames)

    play(script)


def test_a_recalled_picture_is_not_served_and_its_file_goes(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, responder, session = await world.pair()
            media = await upload(customer, session, PICTURE)
            await customer.until(
                lambda frame: frame["type"] == "media_progress" and frame["complete"]
            )
            assert (tmp_path / "relay" / "media" / media).exists()
            body = {"salt": SALT, "media": media}
            sent = await customer.ask(type="send", session=session, content="image", body=body)
            answer = await customer.ask(type="recall", session=session, seq=sent["seq"])
            assert answer["type"] == "done"
            got = await responder.ask(type="media_get", session=session, media=media)
            assert got["code"] == "not_found"
            async with asyncio.timeout(10):
                while (tmp_path / "relay" / "media" / media).exists():
                    await world.settle()

    run(script)
    assert found_in(tmp_path, PICTURE[5000:5100]) == []


def test_words_go_by_age_and_figures_stay(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, responder, session = await world.pair()
            await upload(customer, session, PICTURE)
            await customer.until(
                lambda frame: frame["type"] == "media_progress" and frame["complete"]
            )
            seq = await said(customer, session, FIRST)
            await edited(customer, session, seq, SECOND)
            await said(responder, session, SECOND)
            await end(world, customer, session)
            await customer.send(session, THIRD)
            held = await world.open("cai", "rin")
            await customer.attach(held)
            await said(customer, held, "violetta-held")
            await end(world, customer, held)
            await world.relay.store.write(
                lambda conn: conn.execute("INSERT INTO word_hold VALUES (?, '')", (held,)).rowcount
            )
            retention = world.relay.retention
            assert await retention.look() == 0
            world.clock.utc += 179 * DAY_MS
            assert await retention.look() == 0
            world.clock.utc += 2 * DAY_MS
            assert await retention.look() == 1
            page = await customer.attach(session)
            assert not any(word in json.dumps(page) for word in (FIRST, SECOND, THIRD))
            kinds = [each["item"].get("entry", {}).get("kind") for each in page["items"]]
            assert kinds.count("message") == 2
            assert page["items"][-2]["item"]["type"] in ("receipt_item", "outside_item")

    run(script)
    for word in (FIRST, SECOND, THIRD):
        assert found_in(tmp_path, word) == []
    assert found_in(tmp_path, "violetta-held") == ["relay.db"]
    assert list((tmp_path / "relay" / "media").iterdir()) == []
    check_journals(tmp_path / "relay" / "relay.db", lambda _done, _of: None)


async def with_account(world: World, name: str) -> Person:
    """Somebody with a password."""
    rooms = world.relay.services.accounts
    sealed = await rooms._passwords.seal("correct horse 7")
    person = await world.person(name)
    await world.relay.store.write(
        lambda conn: (
            conn.execute(
                "UPDATE accounts SET password = ? WHERE account = ?", (sealed, name)
            ).rowcount
        )
    )
    return person


def test_an_account_ends_with_its_words_here_and_in_copies(tmp_path: Path) -> None:
    copy, data = tmp_path / "copies" / "copy.db", tmp_path / "relay"
    copy.parent.mkdir()
    session = ""

    async def script() -> None:
        nonlocal session
        async with world_in(tmp_path) as world:
            await world.shop("rin")
            customer = await with_account(world, "violetta-name")
            responder = await world.person("rin", Role.RESPONDER)
            session = await world.open("violetta-name", "rin")
            await customer.attach(session)
            await responder.attach(session)
            await said(customer, session, FIRST)
            await said(responder, session, SECOND)
            mine = {"type": "delete_account", "password": "correct horse 7"}
            assert (await customer.ask(**mine))["detail"] == "open_orders"
            await end(world, customer, session)
            await asyncio.to_thread(back_up, data, copy)
            wrong = await customer.ask(type="delete_account", password="wrong horse 7")
            assert wrong["code"] == "wrong_credentials"
            assert (await customer.ask(**mine))["type"] == "done"
            await customer.until(lambda frame: frame["type"] == "goodbye")
            page = await responder.attach(session)
            assert texts(page) == [SECOND]
            async with asyncio.timeout(10):
                while "account" not in (data / ERASE_LIST).read_text():
                    await world.settle()

    run(script)
    # The id stays, as the books' and receipts' number; the account's name is gone with its words.
    assert found_in(data, FIRST) == []
    assert found_in(data, "Violetta-Name") == []
    assert found_in(copy.parent, FIRST) == ["copy.db"]
    check_journals(data / "relay.db", lambda _done, _of: None)
    for each in data.glob("relay.db*"):
        each.unlink()
    restore(data, copy, new_key=True)
    assert found_in(data, FIRST) == []
    assert found_in(data, "Violetta-Name") == []
    assert found_in(data, SECOND) == ["relay.db"]
    check_journals(data / "relay.db", lambda _done, _of: None)


def test_a_recall_after_the_copy_reaches_it(tmp_path: Path) -> None:
    copy, data = tmp_path / "copies" / "copy.db", tmp_path / "relay"
    copy.parent.mkdir()

    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair()
            seq = await said(customer, session, FIRST)
            await asyncio.to_thread(back_up, data, copy)
            await customer.ask(type="recall", session=session, seq=seq)
            async with asyncio.timeout(10):
                while "seq" not in (data / ERASE_LIST).read_text():
                    await world.settle()

    run(script)
    elsewhere = tmp_path / "elsewhere"
    restore(elsewhere, copy, erased=[data / ERASE_LIST], new_key=True)
    assert found_in(elsewhere, FIRST) == []
    check_journals(elsewhere / "relay.db", lambda _done, _of: None)
    (tmp_path / "bad").write_text('{"words": "x"}\n')
    with pytest.raises(BackupFailed, match="no erase list"):
        restore(tmp_path / "third", copy, erased=[tmp_path / "bad"])


def test_an_upload_that_nobody_finished_goes_with_its_session(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            customer, _, session = await world.pair()
            media = str(uuid.uuid4())
            await customer.ask(
                type="media_begin",
                id=media,
                session=session,
                bytes=len(PICTURE),
                mime="image/png",
                sha256="0" * 64,
                width=160,
                height=160,
            )
            await end(world, customer, session)
            world.clock.utc += 181 * DAY_MS
            assert await world.relay.retention.look() == 1
            await world.relay.pictures.erase()
            rows = await world.relay.store.read(
                lambda conn: conn.execute("SELECT count(*) FROM media").fetchone()[0]
            )
            assert rows == 0

    run(script)


def test_copies_from_before_an_upgrade_go_as_well(tmp_path: Path) -> None:
    async def script() -> None:
        async with world_in(tmp_path) as world:
            data = tmp_path / "relay"
            upgrade, older = data / "relay.db.before-2026-11-30", data / "relay.promise-1.db"
            for each in (upgrade, older):
                each.write_bytes(b"violetta")
            now = round(upgrade.stat().st_mtime * 1000)
            world.clock.utc = now + 6 * DAY_MS
            await world.relay.retention.look()
            assert upgrade.exists()
            world.clock.utc = now + 8 * DAY_MS
            await world.relay.retention.look()
            assert (upgrade.exists(), older.exists()) == (False, True)
            world.clock.utc = now + 181 * DAY_MS
            await world.relay.retention.look()
            assert not older.exists()

    run(script)


def test_a_report_holds_words_until_it_is_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "relay"
    sessions: list[str] = []

    async def script() -> None:
        async with world_in(tmp_path) as world:
            await world.shop("rin")
            customer = await with_account(world, "cai")
            await world.person("rin", Role.RESPONDER)
            for text in (FIRST, SECOND):
                session = await world.open("cai", "rin")
                sessions.append(session)
                await customer.attach(session)
                await said(customer, session, text)
                await end(world, customer, session)
            hold = ["--data", str(data), "hold-words", sessions[0], "--reason", "report 7"]
            assert await asyncio.to_thread(admin.main, hold) == 0
            gone = await customer.ask(type="delete_account", password="correct horse 7")
            assert gone["type"] == "done"
            await world.settle()

    run(script)
    assert found_in(tmp_path, FIRST) == ["relay.db"]
    assert found_in(tmp_path, SECOND) == []
    assert admin.main(["--data", str(data), "check"]) == 0
    assert admin.main(["--data", str(data), "release-words", sessions[0]]) == 0

    async def again() -> None:
        async with world_in(tmp_path) as world:
            await world.settle()

    run(again)
    assert found_in(tmp_path, FIRST) == []
    assert admin.main(["--data", str(data), "check"]) == 0
    assert sessions[0] in capsys.readouterr().out


def test_a_long_account_ends_in_pieces_and_goes_on_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "SESSIONS_AT_ONCE", 1)

    async def script() -> None:
        async with world_in(tmp_path) as world:
            await world.shop("rin")
            customer = await with_account(world, "cai")
            await world.person("rin", Role.RESPONDER)
            for text in (FIRST, SECOND, THIRD):
                session = await world.open("cai", "rin")
                await customer.attach(session)
                await edited(customer, session, await said(customer, session, text), f"{text}-2")
                await end(world, customer, session)
            store = world.relay.store
            # As if the relay had stopped right after the account's end.
            await store.write(lambda conn: erasure.delete_account_in(conn, "cai"))
            assert await store.read(erasure.half_gone_in) == ["cai"]
            assert await world.relay.retention.look() == 1
            assert await store.read(erasure.half_gone_in) == []

    run(script)
    for word in (FIRST, SECOND, THIRD):
        assert found_in(tmp_path, word) == []
    check_journals(tmp_path / "relay" / "relay.db", lambda _done, _of: None)


def test_the_end_of_an_account_looks_through_nobody_elses_rows(tmp_path: Path) -> None:
    schema.prepare(tmp_path / "relay.db")
    said: list[str] = []
    with contextlib.closing(schema.connect(tmp_path / "relay.db")) as conn:
        conn.execute(
            "INSERT INTO session (num, id, order_id, customer, customer_name, shop, shop_name,"
            " responder, responder_name, minutes, utc_offset_min, opened_utc_ms, run, base, state)"
            " VALUES (1, 's', 'o', 'cai', 'Cai', 'h', 'H', 'rin', 'Rin', 10, 0, 0, '', 0, 'closed')"
        )
        conn.execute("INSERT INTO seat VALUES ('cai', 1, 'customer', 'Cai', NULL, 0)")
        conn.set_trace_callback(said.append)
        erasure.delete_account_in(conn, "cai")
        assert erasure.erase_words_in(conn, "cai", 10) == 1
        erasure.forget_answers_in(conn, "cai", ["x"])
        erasure.forget_cards_in(conn)
        conn.set_trace_callback(None)
        for statement in said:
            plan = conn.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            assert not any(step[3].startswith("SCAN") for step in plan), (statement, plan)
