"""Where the history's key is kept, and what is done when it is not there any more.

A small side file beside the database names the holder of the key (never the key), so that a
keyring that changed is seen and said: history never starts empty without a word.
"""

import os
import secrets as randomness
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from miaohui.client.store.secrets import KeyringState, Secrets, SecretsLocked, find

KEY_ENTRY = "history-key"
PASSPHRASE_CHARS = 8


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The side file: who keeps the key, and the salt where a passphrase does."""

    kept_by: Literal["keyring", "passphrase"]
    backend: str = ""
    salt: str = ""


@dataclass(frozen=True, slots=True)
class VaultOpening:
    """What the vault found: ``key`` only where the state is working or passphrase."""

    state: KeyringState
    key: bytes | None = None
    secrets: Secrets | None = None


class VaultError(Exception):
    """The side file cannot be read; the history is set aside, not overwritten."""


def key_of(passphrase: str, salt: bytes) -> bytes:
    """32 bytes by argon2id; slow on purpose."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=3, memory_cost=65_536, parallelism=2, hash_len=32,
        type=Type.ID,
    )  # fmt: skip


class Vault:
    """The key to one folder's history. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._side = folder / "vault.json"
        self.database = folder / "history.db"

    def holder(self) -> Holder | None:
        try:
            return msgspec.json.decode(self._side.read_bytes(), type=Holder)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise VaultError(type(error).__name__) from None

    def open(self) -> VaultOpening:
        """Looks for the key without asking anybody."""
        try:
            holder = self.holder()
        except VaultError:
            return VaultOpening(KeyringState.CHANGED)
        if holder is not None and holder.kept_by == "passphrase":
            return VaultOpening(KeyringState.LOCKED)
        found = find()
        if found is None:
            known = holder is not None and self.database.exists()
            return VaultOpening(KeyringState.CHANGED if known else KeyringState.NONE)
        try:
            kept = found.get(KEY_ENTRY)
            if kept is None:
                if holder is not None and self.database.exists():
                    return VaultOpening(KeyringState.CHANGED, secrets=found)
                return self._begin(found)
        except SecretsLocked:
            return VaultOpening(KeyringState.LOCKED, secrets=found)
        try:
            key = bytes.fromhex(kept)
        except ValueError:
            return VaultOpening(KeyringState.CHANGED, secrets=found)
        if holder is None or holder.backend != found.name:
            self._write(Holder(kept_by="keyring", backend=found.name))
        return VaultOpening(KeyringState.WORKING, key, found)

    def _begin(self, found: Secrets) -> VaultOpening:
        self.set_aside()
        key = randomness.token_bytes(32)
        found.put(KEY_ENTRY, key.hex())
        self._write(Holder(kept_by="keyring", backend=found.name))
        return VaultOpening(KeyringState.WORKING, key, found)

    def with_passphrase(self, passphrase: str) -> VaultOpening:
        """The key that the passphrase makes: whether it fits only the database can tell. Where
        another holder's history is in the way, it is set aside first."""
        try:
            holder = self.holder()
        except VaultError:
            holder = None
        if holder is None or holder.kept_by != "passphrase":
            self.set_aside()
            holder = Holder(kept_by="passphrase", salt=randomness.token_hex(16))
            self._write(holder)
        key = key_of(passphrase, bytes.fromhex(holder.salt))
        return VaultOpening(KeyringState.PASSPHRASE, key)

    def anew(self) -> VaultOpening:
        """A fresh key in the keyring that is there now; what it can't open is set aside."""
        found = find()
        if found is None:
            return VaultOpening(KeyringState.NONE)
        try:
            return self._begin(found)
        except SecretsLocked:
            return VaultOpening(KeyringState.LOCKED, secrets=found)

    def set_aside(self) -> Path | None:
        """Moves a history that can't be opened out of the way; it is never deleted here."""
        if not self.database.exists():
            return None
        number = 1
        while (aside := self._folder / f"history.aside-{number}.db").exists():
            number += 1
        os.replace(self.database, aside)
        for suffix in ("-wal", "-shm"):
            tail = self.database.with_name(self.database.name + suffix)
            if tail.exists():
                os.replace(tail, aside.with_name(aside.name + suffix))
        return aside

    def destroy(self, found: Secrets | None) -> None:
        """History, the ones set aside, side file and key of this machine."""
        for file in (*self._folder.glob("history*.db*"), self._side):
            file.unlink(missing_ok=True)
        if found is not None:
            found.drop(KEY_ENTRY)

    def _write(self, holder: Holder) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._side.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(msgspec.json.encode(holder))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._side)
