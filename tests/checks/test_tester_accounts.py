"""A tester's accounts: names that no list gives away, and secrets that no folder does."""

from pathlib import Path

import msgspec
import pytest

from miaohui.checks.run import names, seal
from miaohui.checks.run.account import CLEAR, SEALED, Owned, read_owned
from miaohui.relay.directory import names as rules

OWNED = Owned(name="taozi", password="violetta-password", display="桃子", passphrase="violetta-key")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(seal, "find", lambda: None)
    return tmp_path / "home"


def test_names_hardly_ever_come_twice_and_any_relay_takes_them() -> None:
    shown = [names.shown() for _ in range(2000)]
    logins = [names.login() for _ in range(2000)]
    assert len(set(shown)) > 1800
    assert len(set(logins)) > 1990
    for each in shown:
        assert rules.nobodys(rules.display_name(each)) == each
    for each in logins:
        assert rules.nobodys(rules.sign_in_name(each)) == each


def test_what_was_left_in_clear_is_sealed(tmp_path: Path) -> None:
    folder = tmp_path / "03"
    folder.mkdir()
    assert read_owned(folder) is None
    (folder / CLEAR).write_bytes(msgspec.json.encode(OWNED))
    assert read_owned(folder) == OWNED
    assert [each.name for each in folder.iterdir()] == [SEALED]
    raw = (folder / SEALED).read_bytes()
    assert b"violetta" not in raw
    assert read_owned(folder) == OWNED


def test_a_folder_that_is_carried_away_says_nothing(tmp_path: Path, home: Path) -> None:
    raw = seal.sealed(b"violetta", "03")
    assert (home / "miaohui" / seal.FILE).stat().st_mode & 0o077 == 0
    assert seal.opened(raw, "03") == b"violetta"
    with pytest.raises(seal.SealBroken):
        seal.opened(raw, "04")
    (home / "miaohui" / seal.FILE).unlink()
    with pytest.raises(seal.SealBroken):
        seal.opened(raw, "03")
