"""The relay's signing key: Ed25519, in a file that only its owner reads."""

import hashlib
import os
from dataclasses import dataclass, field
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

KEY_FILE: Final = "relay.key"  # in the relay's folder


class KeyFault(Exception):
    """A key file that cannot be used; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class RelayKey:
    """The key, its public half in hex and its name: the first 16 hex digits of its SHA-256."""

    private: Ed25519PrivateKey = field(repr=False)
    public_hex: str
    key_id: str


def _whole(private: Ed25519PrivateKey) -> RelayKey:
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return RelayKey(private, public.hex(), hashlib.sha256(public).hexdigest()[:16])


def load_key(path: Path) -> RelayKey:
    """The key in ``path``; a new one where there is no file."""
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        return _whole(private)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFault(f"{path} can be read by others; make it 0600")
    try:
        loaded = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise KeyFault(f"{path} holds no key that this relay can read") from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyFault(f"{path} holds no Ed25519 key")
    return _whole(loaded)
