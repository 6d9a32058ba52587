"""What a tester's accounts own, sealed: no password of theirs lies in clear in a run's folder.

The key lies in the system's keyring; where there is none, in a file of this person's own, apart from
the runs' folders, so that a folder that is copied or sent brings no key along.
"""

import os
import secrets as randomness
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from miaohui.client.store.secrets import SecretsLocked, find

__all__ = ["SealBroken", "opened", "sealed"]

ENTRY = "testers-key"
FILE = "testers.key"
_NONCE = 12


class SealBroken(OSError):
    """It was sealed with another key, or changed since."""


def sealed(data: bytes, name: str) -> bytes:
    """Only ``opened`` with the same name, on the same person's machine, gives it back. Blocks."""
    nonce, key = randomness.token_bytes(_NONCE), _ring_key(make=True) or _own_file()
    return nonce + AESGCM(key).encrypt(nonce, data, name.encode())


def opened(raw: bytes, name: str) -> bytes:
    """SealBroken where the seal does not hold. Blocks."""
    # The keyring may have been locked when it was sealed, or be so now.
    for key in (_ring_key(make=False), _own_file()):
        if key is not None:
            try:
                return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode())
            except (InvalidTag, ValueError):
                continue
    raise SealBroken(f"the key of {name} is not here: the keyring may be locked")


def _ring_key(*, make: bool) -> bytes | None:
    ring = find()
    if ring is None:
        return None
    try:
        kept = ring.get(ENTRY)
        if kept is None and make:
            kept = randomness.token_hex(32)
            ring.put(ENTRY, kept)
        return None if kept is None else bytes.fromhex(kept)
    except (SecretsLocked, ValueError):
        return None


def _own_file() -> bytes:
    import platformdirs

    path = Path(platformdirs.user_data_path("miaohui", appauthor=False)) / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = randomness.token_bytes(32)
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    return key
