"""Where the history's key is kept, and what is done when it is not there any more.

A small side file beside the database names the holder of the key (never the key), so that a
keyring that changed is seen and said: history never starts empty without a word.
"""

import hashlib
import os
import secrets as randomness
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Literal

import msgspec

from miaohui.client.store.secrets import KeyringState, Secrets, SecretsLocked, find

KEY_ENTRY = "history-key"
PASSPHRASE_CHARS = 8


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The side file: who keeps the key, and the salt where a passphrase does. ``profile``: this
    folder's id in the keyring; ``check``: the mark of the key that opened the history last."""

    kept_by: Literal["keyring", "passphrase"]
    backend: str = ""
    salt: str = ""
    profile: str = ""
    check: str = ""


class HistoryFile(Enum):
    """What is known of the database before it is opened."""

    UNKNOWN = "unknown"  # a first start, or a key that never opened it
    THERE = "there"
    EMPTY = "empty"  # it was opened once, and nothing is in it
    MISSING = "missing"  # it was opened once, and is gone


@dataclass(frozen=True, slots=True)
class VaultOpening:
    """What the vault found: ``key`` only where the state is working or passphrase."""

    state: KeyringState
    key: bytes | None = None
    secrets: Secrets | None = None


class VaultError(Exception):
    """The side file cannot be read; the history is set aside, not overwritten."""


def _fresh_profile() -> str:
    return randomness.token_hex(8)


def key_of(passphrase: str, salt: bytes) -> bytes:
    """32 bytes by argon2id; slow on purpose."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=3, memory_cost=65_536, parallelism=2, hash_len=32,
        type=Type.ID,
    )  # fmt: skip


def mark_of(key: bytes) -> str:
    """By which a key is known again; nothing of it can be told from that."""
    return hashlib.blake2b(key, person=b"history-key", digest_size=8).hexdigest()


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
        profile = (holder.profile if holder is not None else "") or _fresh_profile()
        mine = replace(found, profile=profile)
        try:
            kept = mine.get(KEY_ENTRY) or self._taken_over(holder, found, mine)
            if kept is None:
                if holder is not None and self.database.exists():
                    return VaultOpening(KeyringState.CHANGED, secrets=mine)
                return self._begin(mine)
        except SecretsLocked:
            return VaultOpening(KeyringState.LOCKED, secrets=mine)
        try:
            key = bytes.fromhex(kept)
        except ValueError:
            return VaultOpening(KeyringState.CHANGED, secrets=mine)
        if holder is None or (holder.backend, holder.profile) != (found.name, profile):
            check = "" if holder is None else holder.check
            self._write(Holder(kept_by="keyring", backend=found.name, profile=profile, check=check))
        return VaultOpening(KeyringState.WORKING, key, mine)

    def _taken_over(self, holder: Holder | None, found: Secrets, mine: Secrets) -> str | None:
        """The key of before entries carried an id, now under this folder's. The old entry stays:
        another folder may live by it."""
        if (holder is not None and holder.profile) or not self.database.exists():
            return None
        kept = found.get(KEY_ENTRY)
        if kept is not None:
            mine.put(KEY_ENTRY, kept)
        return kept

    def _begin(self, mine: Secrets) -> VaultOpening:
        self.set_aside()
        key = randomness.token_bytes(32)
        mine.put(KEY_ENTRY, key.hex())
        self._write(Holder(kept_by="keyring", backend=mine.name, profile=mine.profile))
        return VaultOpening(KeyringState.WORKING, key, mine)

    def history(self, key: bytes) -> HistoryFile:
        """What is known of the database, with this key."""
        try:
            holder = self.holder()
        except VaultError:
            return HistoryFile.UNKNOWN
        if holder is None or holder.check != mark_of(key):
            return HistoryFile.UNKNOWN
        if not self.database.exists():
            return HistoryFile.MISSING
        return HistoryFile.THERE if self.database.stat().st_size else HistoryFile.EMPTY

    def opened(self, key: bytes) -> None:
        """The key opened the history: from now on, a file that it does not open is damaged."""
        holder = self.holder()
        if holder is not None and holder.check != mark_of(key):
            self._write(msgspec.structs.replace(holder, check=mark_of(key)))

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
        # An id of its own: what opens the history that is set aside is not written over.
        mine = replace(found, profile=_fresh_profile())
        try:
            return self._begin(mine)
        except SecretsLocked:
            return VaultOpening(KeyringState.LOCKED, secrets=mine)

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
        """History, the ones set aside, side file and key of this folder."""
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
