"""The tester's key: made with the run, kept in its folder, signs the evidence that is handed out."""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from miaohui.checks.record.folder import RunFolder, write_new

HEX: Final = 64


@dataclass(frozen=True, slots=True)
class TesterKey:
    """An Ed25519 key; ``public`` in hex stands in the run's first line."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        return self.private.public_key().public_bytes_raw().hex()

    def secret_for(self, plan_sha256: str) -> str:
        """The secret under which a plan's sessions are bought: the same in a resumed run, and known
        to nobody who has not the key."""
        mine = b"plan secret\n" + self.private.private_bytes_raw() + plan_sha256.encode()
        return hashlib.sha256(mine).hexdigest()

    def sign(self, data: bytes) -> str:
        return self.private.sign(data).hex()


def tester_key(folder: RunFolder) -> TesterKey:
    """The folder's key; made where there is none."""
    try:
        raw = bytes.fromhex(folder.key.read_text("ascii").strip())
        return TesterKey(Ed25519PrivateKey.from_private_bytes(raw))
    except (OSError, ValueError):
        key = Ed25519PrivateKey.generate()
        write_new(folder.key, key.private_bytes_raw().hex().encode(), 0o600)
        return TesterKey(key)


def holds(public: str, signature: str, data: bytes) -> bool:
    """True where the key of this name signed this."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
