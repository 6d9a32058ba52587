"""Where the key is kept: every state, and that no history starts empty without a word."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.client.keys import Box, Stray

from miaohui.client.store import secrets
from miaohui.client.store.secrets import KeyringState, SecretsLocked
from miaohui.client.store.vault import Vault


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
