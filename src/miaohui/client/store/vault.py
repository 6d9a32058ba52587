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


class PassphraseShort(Exception):
    """Fewer characters than a new passphrase may have."""


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
        self._wanted = folder / "vault.bring-back"

    def holder(self) -> Holder | None:
        if not self._side.exists():
            return None
        holder = _told(self._side)
        if holder is None:
            raise VaultError(str(self._side))
        return holder

    @property
    def may_prompt(self) -> bool:
        """A keyring has the key, which may ask a person for its own password first."""
        return not self.by_passphrase and find() is not None

    def open(self) -> VaultOpening:
        """Looks for the key; a keyring that is locked asks for its password meanwhile."""
        if self.back_wanted:
            self._bring_back()
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
        except SecretsLocked as locked:
            return VaultOpening(locked.state, secrets=mine)
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
        if mine.get(KEY_ENTRY) is not None:
            # Perhaps the key of what is set aside: it is needed when that comes back.
            mine = replace(mine, profile=_fresh_profile())
        key = randomness.token_bytes(32)
        mine.put(KEY_ENTRY, key.hex())
        self.set_aside()
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

    @property
    def by_passphrase(self) -> bool:
        """The history that is here opens with a passphrase."""
        try:
            holder = self.holder()
        except VaultError:
            return False
        return holder is not None and holder.kept_by == "passphrase"

    def with_passphrase(self, passphrase: str, *, anew: bool = False) -> VaultOpening:
        """The key that the passphrase makes: whether it fits only the database can tell. Where
        nothing was kept yet it is a new one; a history of another holder's is in the way, and
        nothing opens unless it shall begin ``anew``: then that is set aside. PassphraseShort."""
        if not self.by_passphrase or anew:
            if self.database.exists() and not anew:
                return VaultOpening(KeyringState.LOCKED)
            if len(passphrase) < PASSPHRASE_CHARS:
                raise PassphraseShort
            self.set_aside()
            self._write(Holder(kept_by="passphrase", salt=randomness.token_hex(16)))
        holder = self.holder()
        assert holder is not None
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
        except SecretsLocked as locked:
            return VaultOpening(locked.state, secrets=mine)

    def set_aside(self) -> Path | None:
        """Moves a history that can't be opened out of the way, with the word on who keeps its
        key; it is never deleted here."""
        if not self.database.exists():
            return None
        number = 1
        while (aside := self._aside(number)).exists():
            number += 1
        self._move(self.database, aside)
        if self._side.exists():
            os.replace(self._side, self._side_of(number))
        return aside

    # --- the way back --------------------------------------------------------------------------
    @property
    def has_aside(self) -> bool:
        """An earlier history lies beside this one."""
        return self._newest_aside() > 0

    @property
    def back_wanted(self) -> bool:
        """The newest history that was set aside comes back at the next start, in place of this."""
        return self._wanted.exists()

    def want_back(self, *, wanted: bool) -> None:
        if wanted and self.has_aside:
            self._wanted.touch()
        else:
            self._wanted.unlink(missing_ok=True)

    def _bring_back(self) -> None:
        number = self._newest_aside()
        if number:
            self.set_aside()
            self._side.unlink(missing_ok=True)
            self._move(self._aside(number), self.database)
            if self._side_of(number).exists():
                os.replace(self._side_of(number), self._side)
        self._wanted.unlink(missing_ok=True)

    def _newest_aside(self) -> int:
        names = (
            each.stem.removeprefix("history.aside-")
            for each in self._folder.glob("history.aside-*.db")
        )
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def _aside(self, number: int) -> Path:
        return self._folder / f"history.aside-{number}.db"

    def _side_of(self, number: int) -> Path:
        return self._folder / f"vault.aside-{number}.json"

    @staticmethod
    def _move(database: Path, to: Path) -> None:
        os.replace(database, to)
        for suffix in ("-wal", "-shm"):
            tail = database.with_name(database.name + suffix)
            if tail.exists():
                os.replace(tail, to.with_name(to.name + suffix))

    def destroy(self, found: Secrets | None) -> None:
        """History, the ones set aside, side files and keys of this folder."""
        sides = [self._side, *self._folder.glob("vault.aside-*.json")]
        told = [each for each in map(_told, sides) if each is not None]
        profiles = {each.profile for each in told if each.profile}
        for file in (*self._folder.glob("history*.db*"), *sides, self._wanted):
            file.unlink(missing_ok=True)
        if found is not None:
            for profile in profiles | ({found.profile} if found.profile else set()):
                replace(found, profile=profile).drop(KEY_ENTRY)

    def _write(self, holder: Holder) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._side.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(msgspec.json.encode(holder))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._side)


def _told(side: Path) -> Holder | None:
    """The word of a side file; None where it can't be read."""
    try:
        return msgspec.json.decode(side.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
