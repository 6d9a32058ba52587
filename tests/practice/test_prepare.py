"""What a practice folder needs before it can be used, and how it is asked for."""

import stat
import sys
from datetime import date
from pathlib import Path

import pytest

from miaohui.practice import cli
from miaohui.practice.credentials import Credential, Credentials, CredentialsInvalid
from miaohui.practice.prepare import (
    PracticeFolder,
    Prepared,
    missing_days,
    read_prepared,
    set_aside,
)
from miaohui.runtime.lock import HeldElsewhere, Lock
from miaohui.wire.journal import RULE

TODAY = date(2026, 11, 22)


def test_the_first_start_writes_a_month_and_a_later_one_only_what_is_missing() -> None:
    assert len(missing_days(Prepared(), TODAY)) == 30
    assert missing_days(Prepared(until=date(2026, 11, 19)), TODAY) == [
        date(2026, 11, 20),
        date(2026, 11, 21),
    ]
    assert missing_days(Prepared(until=date(2026, 11, 21)), TODAY) == []
    assert len(missing_days(Prepared(until=date(2020, 1, 1)), TODAY)) == 30


def test_a_note_that_cannot_be_read_means_nothing_was_done(tmp_path: Path) -> None:
    place = PracticeFolder(tmp_path)
    assert read_prepared(place) == Prepared(rule=RULE)
    place.prepared.write_bytes(b"{broken")
    assert read_prepared(place) == Prepared(rule=RULE)


def test_a_practice_of_an_older_rule_is_set_aside_whole_and_under_its_name(tmp_path: Path) -> None:
    place = PracticeFolder(tmp_path)
    for _ in range(2):
        place.relay.mkdir()
        (place.relay / "relay.db").write_bytes(b"old")
        place.credentials.write_bytes(b"[1]")
        place.prepared.write_bytes(b'{"catalogue":"x","until":"2026-11-21"}')
        assert read_prepared(place).rule == "promise/1"
        folder = set_aside(place, read_prepared(place).rule)
        assert (folder / "relay" / "relay.db").read_bytes() == b"old"
        assert (folder / "credentials.json").read_bytes() == b"[1]"
        assert read_prepared(place) == Prepared(rule=RULE)
        assert not place.relay.exists()
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["set-aside-promise-1", "set-aside-promise-1-2"]


def test_credentials_come_back_and_newer_ones_win(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    kept = Credentials(path, [Credential("a", "a", "old"), Credential("b", "b", "secret")])
    kept.merge(Credentials(path, [Credential("a", "a", "new"), Credential("c", "c", "third")]))
    kept.save()
    again = Credentials.read(path)
    assert {each.responder: each.password for each in again.all} == {
        "a": "new",
        "b": "secret",
        "c": "third",
    }
    assert "secret" not in repr(again.all)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_broken_file_of_credentials_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_bytes(b"[]")
    with pytest.raises(CredentialsInvalid, match=r"credentials\.json cannot be used"):
        Credentials.read(path)


def test_a_folder_is_held_once(tmp_path: Path) -> None:
    one, other = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    one.take()
    with pytest.raises(HeldElsewhere):
        other.take()
    one.free()
    other.take()
    other.free()


def test_asked_wrongly_is_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.json"
    code = cli.main(["responders", "--url", "ws://127.0.0.1:1", "--credentials", str(absent)])
    assert code == 2
    said = capsys.readouterr().err
    assert said.startswith("miaohui practice: absent.json cannot be used")
    assert said.count("\n") == 1


def test_a_home_that_is_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    assert cli.main(["--home", str(home)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
