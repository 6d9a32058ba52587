"""The relay's signed word about a tester's plan: that it knew the hash, and what was bought under it.

Signed are the RFC 8785 bytes of the whole statement without ``signature``; its ``type`` in them keeps
the one from being taken for the other, or for the head of a session.
"""

from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from miaohui.promise.knownkeys import key_id_of
from miaohui.promise.strictjson import canonical
from miaohui.wire.plans import PlanOrders, PlanRegistered

Statement = PlanRegistered | PlanOrders
StatementT = TypeVar("StatementT", PlanRegistered, PlanOrders)


def signed_bytes(statement: Statement) -> bytes:
    """The canonical form of what is signed."""
    fields = msgspec.to_builtins(statement)
    del fields["signature"]
    return canonical(fields)


def signed(key: Ed25519PrivateKey, statement: StatementT) -> StatementT:
    """The statement with its signature; it names the key already."""
    return msgspec.structs.replace(statement, signature=key.sign(signed_bytes(statement)).hex())


def signed_by(relay_key: bytes, statement: Statement) -> bool:
    """Whether this key made the signature, and `key_id` is its own."""
    if key_id_of(relay_key) != statement.key_id:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(relay_key)
        key.verify(bytes.fromhex(statement.signature), signed_bytes(statement))
    except (InvalidSignature, ValueError):
        return False
    return True
