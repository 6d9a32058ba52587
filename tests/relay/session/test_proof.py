"""A copy is put in place only where every journal is what was written."""

import asyncio
import json
import sqlite3
from pathlib import Path

import msgspec
import pytest
from tests.relay.conftest import SALT, world_in
from tests.relay.session.test_timers import begin

from miaohui.promise.heads import Restored
from miaohui.relay.host import admin, backup
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.keys import KEY_FILE, load_key


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A backup of a relay with one closed session and one open one, each with a recalled message
    and one that was edited."""

    async def script() -> None:
        async with world_in(tmp_path) as world:
            for text in ("第一场", "第二场"):
                customer, responder, session = await begin(world)
                await customer.send(session, text)
                await responder.send(session, "在", seen_seq=3)
                told = [await customer.send(session, words) for words in ("收回", "改前")]
                taken = await customer.ask(type="recall", session=session, seq=told[0]["seq"])
                body = {"salt": SALT, "text": "改后"}
                edited = await customer.ask(
                    type="edit", session=session, seq=told[1]["seq"], body=body
                )
                assert "failed" not in (taken["type"], edited["type"])
                if text == "第一场":
                    await customer.ask(type="end", session=session, now=True)
                    await customer.entry(session, "closed")

    asyncio.run(script())
    out = tmp_path / "copy.db"
    assert backup.main(["--data", str(tmp_path / "relay"), "--out", str(out)]) == 0
    return out


def changed(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as conn:
        assert conn.execute(sql).rowcount == 1
    conn.close()


def test_a_sound_copy_is_restored_and_checked(copy: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    heard: list[tuple[int, int]] = []
    backup.restore(there, copy, lambda done, of: heard.append((done, of)), new_key=True)
    assert heard == [(1, 2), (2, 2)]
    assert admin.main(["--data", str(there), "check"]) == 0


def test_another_key_than_the_copys_is_refused_unless_it_is_asked_for(
    copy: Path, tmp_path: Path
) -> None:
    there, another, own = tmp_path / "there", tmp_path / "another.key", tmp_path / "relay"
    load_key(another)
    with pytest.raises(backup.BackupFailed, match="signed by"):
        backup.restore(there, copy, key=another)
    with pytest.raises(backup.BackupFailed, match="--key FILE"):
        backup.restore(there, copy)
    assert not database(there).exists()
    backup.restore(there, copy, key=own / KEY_FILE)
    assert (there / KEY_FILE).read_bytes() == (own / KEY_FILE).read_bytes()
    backup.restore(tmp_path / "third", copy, key=another, new_key=True)


def test_no_session_of_a_copy_goes_on(copy: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    backup.restore(there / "relay", copy, new_key=True)

    async def script() -> None:
        async with world_in(there) as world:
            customer = await world.person("cai")
            sessions = (await customer.ask(type="list_sessions"))["sessions"]
            assert [each["state"] for each in sessions] == ["closed", "closed"]
            page = await customer.attach(sessions[0]["session"])
            *_, fault, notice, closed, receipt = [each["item"] for each in page["items"]]
            assert (fault["entry"]["kind"], closed["entry"]["reason"]) == ("fault", "relay")
            told = msgspec.convert(notice["notice"], Restored)
            assert told.signed_by(bytes.fromhex(world.relay.key.public_hex))
            assert told.head == fault["entry"]["prev"]
            assert told.seq == fault["entry"]["seq"] - 1
            assert receipt["type"] == "receipt_item"
            assert await world.relay.store.read(
                lambda conn: conn.execute("SELECT count(*) FROM restored").fetchone()
            ) == (0,)

    asyncio.run(script())


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "UPDATE feed SET line = replace(line, '\"t\":', '\"t\":1') WHERE session=1 AND seq=3",
            "session ",
        ),
        ("DELETE FROM feed WHERE session=1 AND seq=3", "position "),
        ("UPDATE feed SET line = 'no journal' WHERE session=2 AND seq=2", "cannot be read"),
        (
            "UPDATE feed SET body = replace(body, '第一场', '别的') WHERE body LIKE '%第一场%'",
            "not those",
        ),
        ("UPDATE feed SET body = NULL WHERE body LIKE '%第二场%'", "are missing"),
        ("DELETE FROM feed WHERE session=1 AND line LIKE '%receipt_item%'", "receipt is missing"),
        (
            "UPDATE feed SET line = json_set(line, '$.receipt.signature', '00')"
            " WHERE session=1 AND line LIKE '%receipt_item%'",
            "receipt",
        ),
        (
            "UPDATE feed SET line = json_set(line, '$.receipt.seq', 99)"
            " WHERE session=1 AND line LIKE '%receipt_item%'",
            "another journal",
        ),
        (
            "UPDATE feed SET line = json_set(line, '$.receipt.signature', printf('%0128d', 0))"
            " WHERE session=1 AND line LIKE '%receipt_item%'",
            "signature",
        ),
        (
            "UPDATE feed SET line = replace(line, '改后', '别的')"
            " WHERE session=1 AND line LIKE '%改后%'",
            "not those",
        ),
        (
            "UPDATE feed SET line = json_set(line, '$.seq', 99)"
            " WHERE session=1 AND line LIKE '%edited_item%'",
            "are missing",
        ),
        (
            "UPDATE feed SET line = json_set(line, '$.body.text', '')"
            " WHERE session=1 AND line LIKE '%edited_item%'",
            "are missing",
        ),
    ],
)
def test_a_copy_that_was_changed_is_refused_with_the_session(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], sql: str, words: str
) -> None:
    changed(copy, sql)
    there = tmp_path / "there"
    assert backup.main_restore(["--data", str(there), "--from", str(copy), "--new-key"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not database(there).exists()


def test_check_names_the_session_of_a_changed_journal(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "relay"
    changed(database(data), "DELETE FROM feed WHERE session=2 AND seq=2")
    assert admin.main(["--data", str(data), "check"]) == 1
    (wrong,) = json.loads(capsys.readouterr().out)["wrong"]
    assert wrong.startswith("session ")
