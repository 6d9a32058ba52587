"""Where the key is kept: every state, and that no history starts empty without a word."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.client.keys import Box, Prompting, Stray

from miaohui.client.store import secrets
from miaohui.client.store.secrets import KeyringState, SecretsLocked
from miaohui.client.store.vault import PassphraseShort, Vault


@pytest.fixture
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_a_first_start_makes_a_key_and_the_next_finds_it(box: Box, tmp_path: Path) -> None:
    first = Vault(tmp_path).open()
    assert first.state is KeyringState.WORKING
    assert first.key is not None
    assert len(first.key) == 32
    assert Vault(tmp_path).open().key == first.key
    assert first.key.hex() not in (tmp_path / "vault.json").read_text()


def test_a_stray_keyring_is_none(box: Box, tmp_path: Path) -> None:
    stray = Stray()
    keyring.set_keyring(stray)
    assert secrets.find() is None
    assert Vault(tmp_path).open().state is KeyringState.NONE
    assert stray.kept == {}
    assert not (tmp_path / "vault.json").exists()


def test_a_keyring_of_a_tests_own_is_found_by_no_other() -> None:
    assert Box().priority > 0
    assert secrets.find() is None


def test_a_prompt_that_was_put_away_is_told_from_a_keyring_that_does_not_open(
    tmp_path: Path,
) -> None:
    before, asking = keyring.get_keyring(), Prompting()
    keyring.set_keyring(asking)
    try:
        asking.answer()
        assert Vault(tmp_path).open().state is KeyringState.WORKING
        asking.answer(cancelled=True)
        assert Vault(tmp_path).open().state is KeyringState.CANCELLED
        asking.answer()
        asking.locked = True
        assert Vault(tmp_path).open().state is KeyringState.LOCKED
    finally:
        keyring.set_keyring(before)


def test_a_locked_keyring_is_said(box: Box, tmp_path: Path) -> None:
    Vault(tmp_path).open()
    box.locked = True
    assert Vault(tmp_path).open().state is KeyringState.LOCKED
    box.locked = False
    assert Vault(tmp_path).open().state is KeyringState.WORKING


def test_a_key_that_is_gone_is_changed_and_history_is_set_aside(box: Box, tmp_path: Path) -> None:
    Vault(tmp_path).open()
    (tmp_path / "history.db").write_bytes(b"old history")
    box.kept.clear()
    assert Vault(tmp_path).open().state is KeyringState.CHANGED
    keyring.set_keyring(Stray())
    assert Vault(tmp_path).open().state is KeyringState.CHANGED
    keyring.set_keyring(box)
    assert Vault(tmp_path).anew().state is KeyringState.WORKING
    assert (tmp_path / "history.aside-1.db").read_bytes() == b"old history"


def test_an_unreadable_side_file_is_changed(box: Box, tmp_path: Path) -> None:
    (tmp_path / "vault.json").write_bytes(b"{")
    assert Vault(tmp_path).open().state is KeyringState.CHANGED


def test_a_passphrase_makes_the_same_key_again(box: Box, tmp_path: Path) -> None:
    keyring.set_keyring(Stray())
    first = Vault(tmp_path).with_passphrase("correct horse")
    assert first.state is KeyringState.PASSPHRASE
    assert Vault(tmp_path).open().state is KeyringState.LOCKED
    assert Vault(tmp_path).with_passphrase("correct horse").key == first.key
    assert Vault(tmp_path).with_passphrase("wrong").key != first.key


def test_secrets_are_read_back_and_dropped(box: Box) -> None:
    found = secrets.find()
    assert found is not None
    found.put("token:x", "t")
    assert found.get("token:x") == "t"
    found.drop("token:x")
    found.drop("token:x")
    assert found.get("token:x") is None
    box.locked = True
    with pytest.raises(SecretsLocked):
        found.get("token:x")


def test_everything_can_be_destroyed(box: Box, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    opening = vault.open()
    (tmp_path / "history.db").write_bytes(b"x")
    vault.set_aside()
    vault.destroy(opening.secrets)
    assert list(tmp_path.iterdir()) == []
    assert box.kept == {}


def test_a_locked_keyring_is_no_reason_to_begin_anew(box: Box, tmp_path: Path) -> None:
    """Somebody types the keyring's own password: nothing opens, and nothing is moved."""
    vault = Vault(tmp_path)
    vault.open()
    vault.database.write_bytes(b"history")
    box.locked = True
    assert vault.with_passphrase("the keyring's password").key is None
    assert vault.database.read_bytes() == b"history"
    assert not vault.has_aside


def test_a_new_passphrase_has_eight_characters(box: Box, tmp_path: Path) -> None:
    keyring.set_keyring(Stray())
    with pytest.raises(PassphraseShort):
        Vault(tmp_path).with_passphrase("1234567")
    assert list(tmp_path.iterdir()) == []
    first = Vault(tmp_path).with_passphrase("12345678")
    Vault(tmp_path).database.write_bytes(b"history")
    with pytest.raises(PassphraseShort):
        Vault(tmp_path).with_passphrase("short", anew=True)
    assert Vault(tmp_path).with_passphrase("12345678").key == first.key


def test_what_was_set_aside_comes_back_with_its_key(box: Box, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    first = vault.open()
    vault.database.write_bytes(b"first")
    box.locked = True
    second = vault.with_passphrase("a new one, meant", anew=True)
    vault.database.write_bytes(b"second")
    assert (vault.by_passphrase, vault.has_aside) == (True, True)

    box.locked = False
    vault.want_back(wanted=True)
    assert Vault(tmp_path).open().key == first.key
    assert vault.database.read_bytes() == b"first"
    assert not vault.back_wanted

    # And there again.
    vault.want_back(wanted=True)
    assert Vault(tmp_path).open().state is KeyringState.LOCKED
    assert vault.with_passphrase("a new one, meant").key == second.key
    assert vault.database.read_bytes() == b"second"


def test_beginning_anew_in_a_keyring_keeps_the_old_key_there(box: Box, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    first = vault.open()
    vault.database.write_bytes(b"first")
    assert vault.anew().key != first.key
    vault.database.write_bytes(b"second")
    vault.want_back(wanted=True)
    assert Vault(tmp_path).open().key == first.key
    vault.destroy(secrets.find())
    assert box.kept == {}
    assert list(tmp_path.iterdir()) == []
