"""The publisher's tools: a key for notices of new versions, and a notice signed by it.

`python -m installers new-key FILE` makes one (its public half goes into resources/updates/keys.txt);
`python -m installers sign NOTICE KEY... latest.json` signs by each key and reads it back.
"""

import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from miaohui.client.use.updates import DOMAIN, SignedNotice, UpdateNotice, opened

__all__ = ["new_key", "sign"]


def new_key(file: Path) -> str:
    """Writes a private key that only its owner can read; answers with the public half, in hex."""
    key = Ed25519PrivateKey.generate()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as target:
        target.write(key.private_bytes_raw().hex() + "\n")
    return _public(key)


def sign(notice: bytes, keys: list[Path], utc_ms: int) -> bytes:
    """``notice``: JSON as `UpdateNotice` has it. The file as the app opens it; UpdateInvalid for a
    notice that no app would take, expired ones included."""
    text = msgspec.json.encode(msgspec.json.decode(notice, type=UpdateNotice)).decode()
    signatures = {}
    for file in keys:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text("ascii").strip()))
        signatures[_public(key)] = key.sign(DOMAIN + text.encode()).hex()
    data = msgspec.json.encode(SignedNotice(text, signatures))
    opened(data, list(signatures), utc_ms)
    return data


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
