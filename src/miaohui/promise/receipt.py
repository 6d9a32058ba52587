"""The receipt: the relay's Ed25519 signature over a closed session's head.

Signed are the canonical bytes (RFC 8785) of the receipt without its `signature`. Keys, hashes and
the signature are lower-case hex; `length` is the number of entries, so that a truncated journal is
told from a rewritten one.
"""

import hashlib
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Meta, Struct

from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.strictjson import canonical
from miaohui.wire.journal import RULE, Digest, Name, Seq

KEY_BYTES: Final = 32
_Signature: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{128}\Z")]


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A signed statement that this session ended with this head."""

    session: Name
    rule: Literal["promise/1"]
    head: Digest
    length: Seq
    key_id: Name
    relay_key: Digest
    signature: _Signature

    def signed_bytes(self) -> bytes:
        fields = msgspec.to_builtins(self)
        del fields["signature"]
        return canonical(fields)

    def holds(self) -> bool:
        """Whether the key that the receipt names made its signature."""
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.relay_key))
        try:
            key.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except InvalidSignature:
            return False
        return True

    def as_dict(self) -> dict[str, str | int]:
        """The object that goes over the wire and into `receipt.json`."""
        fields: dict[str, str | int] = msgspec.to_builtins(self)
        return fields


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The raw public half of the relay's key."""
    return key.public_key().public_bytes_raw()


def key_id_of(relay_key: bytes) -> str:
    """A short name for a key, made from the key itself."""
    return hashlib.sha256(relay_key).hexdigest()[:16]


def sign(
    key: Ed25519PrivateKey, *, session: str, head: str, length: int, key_id: str | None = None
) -> Receipt:
    """The receipt for a closed session."""
    relay_key = public_bytes(key)
    unsigned = Receipt(
        session=session,
        rule=RULE,
        head=head,
        length=length,
        key_id=key_id or key_id_of(relay_key),
        relay_key=relay_key.hex(),
        signature="",
    )
    signature = key.sign(unsigned.signed_bytes())
    return msgspec.structs.replace(unsigned, signature=signature.hex())


def receipt_from(raw: object) -> Receipt:
    """The receipt in a parsed object; raises `JournalUnreadable`."""
    try:
        return msgspec.convert(raw, Receipt)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnreadable(f"the receipt is not one ({str(error)[:200]})") from None


def relay_key_from(data: bytes) -> bytes:
    """The 32 bytes of a public key out of a key file: PEM, hex, or the raw bytes themselves."""
    if len(data) == KEY_BYTES:
        return data
    try:
        if b"-----BEGIN" in data[:200]:
            key = load_pem_public_key(data)
            if isinstance(key, Ed25519PublicKey):
                return key.public_bytes_raw()
        else:
            raw = bytes.fromhex(data.decode("ascii").strip())
            if len(raw) == KEY_BYTES:
                return raw
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise JournalUnreadable("the key file holds no Ed25519 public key (PEM, hex or raw)")
