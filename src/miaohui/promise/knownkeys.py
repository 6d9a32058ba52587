"""A relay's key by its name, and the keys by which one relay is known; nothing here checks a signature."""

import hashlib
from collections.abc import Iterable

from msgspec import Struct


def key_id_of(relay_key: bytes) -> str:
    """`key_id`: the first 16 hex digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(relay_key).hexdigest()[:16]


class KnownKeys(Struct, frozen=True):
    """The keys by which one relay's word is known, raw: the newest first, then those before it."""

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, newest: str, former: Iterable[str] = ()) -> "KnownKeys":
        """Out of hex; "" is no key."""
        return cls(tuple(bytes.fromhex(key) for key in (newest, *former) if key))

    def __bool__(self) -> bool:
        return bool(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    def named(self, key_id: str) -> bytes | None:
        """The one of this id."""
        return next((key for key in self.keys if key_id_of(key) == key_id), None)
