"""The host's commands, a catalogue and a history from files, bans, backups."""

import asyncio
import json
import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest
from tests.relay.house import CATALOGUE, EVENING, HandClock, House, fresh, open_house

from miaohui.practice import catalogue as practice_catalogue
from miaohui.practice import history as practice_history
from miaohui.practice.topics import read as read_topics
from miaohui.promise.heads import relay_key_from
from miaohui.relay.host import admin, backup
from miaohui.relay.ports import Refused
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.keys import KEY_FILE, load_key
from miaohui.runtime.clock import rfc3339
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.journal import encode_line
from miaohui.wire.orders import OrderState


def run(data: Path, *words: str) -> int:
    return admin.main(["--data", str(data), *words])


def prepared(data: Path) -> Path:
    file = data / "catalogue.json"
    file.write_text(json.dumps(CATALOGUE), encoding="utf-8")
    assert run(data, "load-catalogue", str(file), "--credentials-out", str(data / "c.json")) == 0
    return data


def test_a_shop_is_made_and_its_people_invited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "create-shop", "night", "夜航船", "--tag", "深夜") == 0
    assert run(tmp_path, "put-offer", "night", "30", "5000") == 0
    capsys.readouterr()
    assert run(tmp_path, "invite-owner", "night") == 0
    invite = capsys.readouterr().out.strip()
    assert len(invite) >= 43
    assert invite.encode() not in database(tmp_path).read_bytes()
    assert run(tmp_path, "list", "shops") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "夜航船"
    assert run(tmp_path, "list", "audit") == 0
    actions = [json.loads(line)["action"] for line in capsys.readouterr().out.splitlines()]
    assert actions == ["create-shop", "put-offer", "invite-owner"]
    assert run(tmp_path, "check") == 0


def test_the_key_is_printed_as_verify_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "key") == 2
    assert "no relay's key" in capsys.readouterr().err
    key = load_key(tmp_path / KEY_FILE)
    assert run(tmp_path, "key") == 0
    printed = capsys.readouterr().out
    assert printed == f"{key.public_hex} {key.key_id}\n"
    assert relay_key_from(printed.encode()).hex() == key.public_hex


@pytest.mark.parametrize(
    "words",
    [
        ("create-shop", "Bad Id", "name"),
        ("create-shop", "wan", "again"),
        ("create-shop", "far", "name", "--utc-offset-min", "9999"),
        ("create-shop", "far", "name", "--praise-permille", "2000"),
        ("create-shop", "far", "x" * 99),
        ("invite-owner", "nowhere"),
        ("put-offer", "wan", "0", "100"),
        ("ban", "nobody"),
        ("hold-words", "nothing"),
        ("release-words", "nothing"),
        ("load-catalogue", "missing.json"),
        ("load-history", "missing.jsonl"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    prepared(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, *words) == 2
    said = capsys.readouterr().err
    assert said.startswith("miaohui relay admin: ")
    assert said.count("\n") == 1


def test_an_empty_folder_holds_no_relay(tmp_path: Path) -> None:
    assert run(tmp_path, "list", "shops") == 2
    assert backup.main(["--data", str(tmp_path), "--out", str(tmp_path / "b")]) == 2


def test_a_catalogue_is_loaded_once_and_its_passwords_kept_close(tmp_path: Path) -> None:
    prepared(tmp_path)
    out = tmp_path / "c.json"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    first = out.read_text(encoding="utf-8")
    assert {each["responder"] for each in json.loads(first)["responders"]} == {
        "yun",
        "bai",
        "robin",
    }
    prepared(tmp_path)
    assert out.read_text(encoding="utf-8") == first


def test_the_audit_cannot_be_rewritten(tmp_path: Path) -> None:
    prepared(tmp_path)
    conn = sqlite3.connect(database(tmp_path))
    for sql in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM books"):
        if sql == "DELETE FROM books":
            conn.execute("INSERT INTO books VALUES ('shop:x', 0)")
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute(sql)
    conn.close()


def test_a_ban_beside_the_running_relay_cuts_and_closes(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna, yun = await house.customer("anna"), await house.responder("yun")
            order = await house.buy(anna)
            await house.offered("yun", order.order)
            await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
            code = await asyncio.to_thread(run, tmp_path, "ban", "YUN", "--reason", "rude")
            assert code == 0
            await house.screens.until(lambda: ("yun", Code.BANNED, None) in house.screens.cuts)
            settled = await house.screens.order(order.order, OrderState.SETTLED)
            assert settled.refund_fen == 5000
            assert house.services.on_duty.person("yun") is None
            await asyncio.to_thread(run, tmp_path, "unban", "yun")
            while house.services.on_duty.person("yun") is None:
                await house.services.control.look()

    asyncio.run(story())


def test_who_was_just_made_known_is_on_duty_at_once(tmp_path: Path) -> None:
    """The host's word is read within a second; who signs in sooner is not refused meanwhile."""
    more = {
        "shop": "new",
        "name": "新开的店",
        "offers": [{"offer": "new-30", "minutes": 30, "price_fen": 3000}],
        "people": [{"responder": f"new-{n}", "name": f"新人{n}"} for n in range(4)],
    }

    async def story() -> None:
        async with open_house(tmp_path) as house:
            file, out = tmp_path / "more.json", tmp_path / "c.json"
            file.write_text(json.dumps({"shops": [more]}), encoding="utf-8")
            words = ("load-catalogue", str(file), "--credentials-out", str(out))
            assert await asyncio.to_thread(run, tmp_path, *words) == 0
            made = json.loads(out.read_bytes())["responders"]
            house.passwords |= {each["responder"]: each["password"] for each in made}
            for each in made:
                await house.responder(each["responder"])
            await house.services.control.look()
            assert set(house.services.on_duty.on_duty("new")) == {
                each["responder"] for each in made
            }
            assert (await house.quote(await house.customer("anna"), "new-30")).price_fen == 3000

    asyncio.run(story())


def test_a_shop_is_closed_and_a_password_reset_beside_the_running_relay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        capsys.readouterr()
        assert run(tmp_path, *words) == 0
        return capsys.readouterr().out

    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna, yun = await house.customer("anna"), await house.responder("yun")
            order = await house.buy(anna)
            await house.offered("yun", order.order)
            await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
            [session] = said("list", "sessions", "--state", "open").splitlines()
            assert json.loads(session)["order_id"] == order.order
            assert said("list", "sessions", "--state", "closed") == ""
            assert json.loads(said("list", "orders"))["price_fen"] == 5000
            said("invite-responder", "wan")
            closed = json.loads(said("close-shop", "wan", "--reason", "moved"))
            assert closed["invites"] == 1
            assert closed["people"] >= 1
            while house.services.on_duty.presence("yun") != "off":
                await house.services.control.look()
            assert all(
                json.loads(row)["dropped"]
                for row in said("list", "offers").splitlines()
                if json.loads(row)["shop"] == "wan"
            )
            said("reset-password", "YUN")
            await house.services.control.look()
            assert ("yun", Code.TOKEN_REVOKED, None) in house.screens.cuts

    asyncio.run(story())


def test_an_invitation_and_an_offer_are_withdrawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(tmp_path)
    run(tmp_path, "invite-owner", "wan")
    capsys.readouterr()
    run(tmp_path, "list", "invites")
    named = json.loads(capsys.readouterr().out)["invite"]
    assert run(tmp_path, "drop-invite", named) == 0
    assert run(tmp_path, "drop-invite", named) == 2
    run(tmp_path, "list", "offers")
    offer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert run(tmp_path, "drop-offer", offer["shop"], offer["offer"]) == 0
    assert run(tmp_path, "drop-offer", offer["shop"], offer["offer"]) == 2


def test_a_past_is_taken_in_through_the_fold_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = practice_catalogue.read()
    today = date.fromisoformat(rfc3339(EVENING)[:10])
    days = practice_history.days_before(today, 3)
    past = list(practice_history.write_past(book, read_topics(), days, today))
    file = tmp_path / "past.jsonl"
    file.write_bytes(b"".join(encode_line(entry) for one in past for entry in one.entries))
    source = tmp_path / "book.json"
    source.write_bytes(practice_catalogue.resources.path("practice", "catalogue.json").read_bytes())
    assert run(tmp_path, "load-catalogue", str(source)) == 0
    assert run(tmp_path, "load-history", str(file)) == 0
    assert run(tmp_path, "load-history", str(file)) == 0
    counts = [json.loads(line).get("sessions") for line in capsys.readouterr().out.splitlines()]
    assert counts[1:] == [len(past), 0]
    conn = sqlite3.connect(database(tmp_path))
    kept, breached = conn.execute(
        "SELECT sum(state = 'kept'), sum(state = 'breached') FROM waits WHERE piece = 0"
    ).fetchone()
    conn.close()
    folds = [one.fold.figures(one.fold.last_t) for one in past]
    assert (kept, breached) == (
        sum(each.kept for each in folds),
        sum(each.breached for each in folds),
    )


def test_an_unclosed_or_broken_past_is_refused_whole(tmp_path: Path) -> None:
    prepared(tmp_path)
    file = tmp_path / "past.jsonl"
    file.write_text('{"kind":"opened"}\n', encoding="utf-8")
    assert run(tmp_path, "load-history", str(file)) == 2


def test_a_backup_is_written_over_an_older_one_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path)
    (data / "relay.key").write_text("a key")
    (data / "link").symlink_to(database(data))
    for taken in (database(data), data / "link", data / "relay.key", data):
        assert backup.main(["--data", str(data), "--out", str(taken)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert (data / "relay.key").read_text() == "a key"
    assert not list(data.parent.glob("*.part"))
    copy = data / "copy #1 100%.db"
    for _ in range(2):
        assert backup.main(["--data", str(data), "--out", str(copy)]) == 0
    assert run(data, "check") == 0


def test_a_backup_of_a_working_relay_restores_to_the_same_books(tmp_path: Path) -> None:
    here, there, copy = tmp_path / "here", tmp_path / "there", tmp_path / "copy.db"
    here.mkdir()

    async def story() -> str:
        async with open_house(here) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            await house.buy(anna)
            busy = [house.customer(f"busy{n}") for n in range(8)]
            saving = asyncio.to_thread(backup.main, ["--data", str(here), "--out", str(copy)])
            code, *_ = await asyncio.gather(saving, *busy)
            assert code == 0
            return anna.account

    account = asyncio.run(story())
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restore = ["--data", str(there), "--from", str(copy)]
    assert backup.main_restore(restore) == 2  # without the key
    assert not database(there).exists()
    restore += ["--key", str(here / KEY_FILE)]
    assert backup.main_restore(restore) == 0
    assert (there / KEY_FILE).read_bytes() == (here / KEY_FILE).read_bytes()
    assert backup.main_restore(restore) == 2  # never over a relay that is there
    assert admin.main(["--data", str(there), "check"]) == 0

    async def again() -> None:
        house = House(there, HandClock())
        await house.start()
        try:
            assert (
                await house.value("SELECT fen FROM books WHERE book = ?", f"customer:{account}")
                == 95_000
            )
            assert len(house.services.orders.dispatch.queue_of("wan")) == 1
        finally:
            await house.stop()

    asyncio.run(again())


def test_pictures_go_along_with_a_backup(tmp_path: Path) -> None:
    here, there, copy = tmp_path / "here", tmp_path / "there", tmp_path / "copy.db"
    here.mkdir()

    async def story() -> None:
        async with open_house(here):
            pass

    asyncio.run(story())
    media = here / "media"
    media.mkdir(exist_ok=True)
    for name in ("kept", "gone", "nobodys"):
        (media / name).write_bytes(name.encode())
    with sqlite3.connect(database(here)) as conn:
        for name in ("kept", "gone"):
            conn.execute(
                "INSERT INTO media (id, session, owner, bytes, mime, sha256, width, height, complete)"
                " VALUES (?, 1, 'a', 4, 'image/png', '', 1, 1, 1)",
                (name,),
            )
    conn.close()
    words = ["--data", str(here), "--out", str(copy)]
    assert backup.main(words) == 0
    assert names(tmp_path / "copy.db.media") == ["gone", "kept"]
    with sqlite3.connect(database(here)) as conn:
        conn.execute("DELETE FROM media WHERE id = 'gone'")
    conn.close()
    assert backup.main(words) == 0
    assert names(tmp_path / "copy.db.media") == ["kept"]
    given = ["--data", str(there), "--from", str(copy), "--key", str(here / KEY_FILE)]
    assert backup.main_restore(given) == 0
    assert (there / "media" / "kept").read_bytes() == b"kept"
    assert names(there / "media") == ["kept"]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_damaged_copy_is_refused_and_nothing_written(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    there = tmp_path / "there"
    assert backup.main_restore(["--data", str(there), "--from", str(copy)]) == 2
    assert not database(there).exists()


def test_a_minor_is_sold_nothing_and_given_everything_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna, yun = await house.customer("anna"), await house.responder("yun")
            order = await house.buy(anna)
            await house.offered("yun", order.order)
            opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
            assert opened.card.state == "open"
            live = await asyncio.to_thread(run, tmp_path, "refund", order.order, "--reason", "x")
            assert live == 2  # it is not settled yet
            words = ("minor", "anna", "--reason", "papers seen")
            assert await asyncio.to_thread(run, tmp_path, *words) == 0
            await house.screens.order(order.order, OrderState.SETTLED)
            words = ("refund", "anna", "--reason", "a minor")
            assert await asyncio.to_thread(run, tmp_path, *words) == 0
            await house.screens.until(lambda: house.screens.orders[order.order].refund_fen == 5000)
            told = house.screens.orders[order.order]
            assert [each.fen for each in told.movements if each.what == "refund"] == [5000]
            with pytest.raises(Refused) as caught:
                await house.quote(anna)
            assert caught.value.detail == "minor"

    asyncio.run(story())
    assert run(tmp_path, "check") == 0
