"""The relay's signing key: Ed25519, in a file that only its owner reads; and how it is changed.

A change is three files, each whole or not there: the next key, the statements with the new one, the
next key in the place of the old. Where it broke off behind the second, the next start finishes it.
The private half of the key before stays as long as a session is open that began under it.
"""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.knownkeys import key_id_of
from miaohui.promise.succession import predecessors, sign_step, step_line, steps_from
from miaohui.relay.storage.ownership import hand_over
from miaohui.wire.link import KeyStep

KEY_FILE: Final = "relay.key"  # in the relay's folder
STEPS_FILE: Final = "relay.key.steps"  # the changes so far, a JSON object a line
_SALT_FILE: Final = "labels.salt"
_NEXT: Final = ".next"


class KeyFault(Exception):
    """A key file that cannot be used; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class RelayKey:
    """The key, its public half in hex and its name: the first 16 hex digits of its SHA-256.

    ``steps``: how it followed from the keys before it, oldest first. ``former``: those of them that
    still have a session to sign.
    """

    private: Ed25519PrivateKey = field(repr=False)
    public_hex: str
    key_id: str
    steps: tuple[KeyStep, ...] = ()
    former: tuple["RelayKey", ...] = ()

    def of_session(self, key_id: str) -> "RelayKey":
        """The key under which a session began: it signs to the end what it began."""
        return next((key for key in self.former if key.key_id == key_id), self)

    def secret(self, purpose: bytes) -> bytes:
        return hashlib.blake2b(
            purpose, key=self.private.private_bytes_raw(), digest_size=32
        ).digest()


class HeldKey:
    """The relay's key as it stands, for all who sign by it. ``now`` is read once for each word that
    is signed: it may change between two looks."""

    __slots__ = ("now",)

    def __init__(self, key: RelayKey) -> None:
        self.now = key


def _whole(private: Ed25519PrivateKey) -> RelayKey:
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return RelayKey(private, public.hex(), key_id_of(public))


def _write(path: Path, data: bytes) -> None:
    """Its owner's alone from the first byte on, and there whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    hand_over(fresh)
    os.replace(fresh, path)


def _write_key(path: Path, private: Ed25519PrivateKey) -> None:
    _write(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _read_key(path: Path) -> RelayKey:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFault(f"{path} can be read by others; make it 0600")
    try:
        loaded = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise KeyFault(f"{path} holds no key that this relay can read") from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyFault(f"{path} holds no Ed25519 key")
    return _whole(loaded)


def _read_steps(path: Path) -> tuple[KeyStep, ...]:
    steps = path.with_name(STEPS_FILE)
    try:
        return steps_from(steps.read_bytes()) if steps.exists() else ()
    except JournalUnreadable as error:
        raise KeyFault(f"{steps} cannot be read: {error.reason}") from error


def load_key(path: Path) -> RelayKey:
    """The key in ``path`` with what led to it; a new one where there is no file. A change that broke
    off is finished."""
    if not path.exists():
        _write_key(path, Ed25519PrivateKey.generate())
    return _led(path, finish=True)


def next_key(path: Path, held: RelayKey) -> RelayKey | None:
    """The key in ``path`` where it follows in order from the one that is held; None while that one
    lies there. KeyFault for a key that does not follow."""
    if not path.exists():
        raise KeyFault(f"{path} is gone; the relay goes on with the key that it holds")
    # A change under way is somebody else's to finish: the key is put in place last.
    found = _led(path, finish=False)
    if found.public_hex == held.public_hex:
        return None
    if held.public_hex not in predecessors(found.steps, found.public_hex):
        raise KeyFault(
            f"{path} holds a key that does not follow from {held.key_id}; it is not taken up"
        )
    return found


def _led(path: Path, *, finish: bool) -> RelayKey:
    own, steps = _read_key(path), _read_steps(path)
    waiting = path.with_name(path.name + _NEXT)
    if finish and steps and waiting.exists() and steps[-1].key == own.public_hex:
        following = _read_key(waiting)
        if following.public_hex == steps[-1].next:
            _take_over(path, own)
            own = following
    # Another key may have been put there by hand: what does not lead to it is another key's past.
    before = predecessors(steps, own.public_hex)
    led = tuple(each for each in steps if each.key in before)
    names = [path.with_name(f"{path.name}.{key_id_of(bytes.fromhex(key))}") for key in before]
    former = tuple(_read_key(name) for name in names if name.exists())
    return replace(own, steps=led, former=former)


def _take_over(path: Path, old: RelayKey) -> None:
    _write_key(path.with_name(f"{path.name}.{old.key_id}"), old.private)
    os.replace(path.with_name(path.name + _NEXT), path)


def rotate_key(path: Path, utc: str) -> RelayKey:
    """Makes a new key that follows the one in ``path``, and returns it."""
    old = load_key(path)
    keep_secret(path.parent, old)
    following = Ed25519PrivateKey.generate()
    _write_key(path.with_name(path.name + _NEXT), following)
    steps = (*old.steps, sign_step(old.private, following, utc))
    _write(path.with_name(STEPS_FILE), b"".join(map(step_line, steps)))
    _take_over(path, old)
    return load_key(path)


def forget_former(path: Path, key: RelayKey, needed: Collection[str]) -> RelayKey:
    """Erases former keys' private halves but those (by id) that a session still needs."""
    for each in key.former:
        if each.key_id not in needed:
            path.with_name(f"{path.name}.{each.key_id}").unlink(missing_ok=True)
    return replace(key, former=tuple(each for each in key.former if each.key_id in needed))


def keep_secret(folder: Path, key: RelayKey) -> bytes:
    """The secret of this relay's that label fingerprints are made with: of its first key, and kept
    in a file of its own before that key goes."""
    file = folder / _SALT_FILE
    if not file.exists():
        _write(file, key.secret(b"label fingerprints"))
    return file.read_bytes()


def kept_secret(folder: Path, key: RelayKey) -> bytes:
    """The same, without writing it where it was never needed."""
    file = folder / _SALT_FILE
    return file.read_bytes() if file.exists() else key.secret(b"label fingerprints")
