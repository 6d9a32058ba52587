"""Signed heads: the relay's word that a session's journal stood so, under its Ed25519 key.

Signed are the RFC 8785 bytes of {session, rule, seq, t, head, key_id}: `head` is the hash of entry
`seq`, `t` that entry's t. The head of `closed` is the receipt. Two heads, or one and a journal, of
one session and key that do not lie on one chain prove a fork.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Meta, Struct

from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.knownkeys import key_id_of
from miaohui.promise.strictjson import canonical
from miaohui.wire.journal import (
    RULE,
    Digest,
    Entry,
    Fault,
    KeyId,
    Moment,
    Name,
    Opened,
    Seq,
    Utc,
    entry_hash,
)

KEY_BYTES: Final = 32
_KEY_FILE: Final = "the key file holds no Ed25519 public key (PEM, hex or raw)"
Signature: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{128}\Z")]


class _Signed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    session: Name
    rule: Literal["promise/2"]
    seq: Seq
    head: Digest
    key_id: KeyId
    signature: Signature

    def signed_bytes(self) -> bytes:
        """The canonical form of what was signed."""
        fields = msgspec.to_builtins(self)
        for name in ("signature", "relay_key"):
            fields.pop(name, None)
        return canonical(fields)

    def signed_by(self, relay_key: bytes) -> bool:
        """Whether this key made the signature, and `key_id` is its own."""
        if key_id_of(relay_key) != self.key_id:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(relay_key)
            key.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_dict(self) -> dict[str, str | int]:
        """The object that goes over the wire and into a bundle."""
        fields: dict[str, str | int] = msgspec.to_builtins(self)
        return fields


class Head(_Signed, frozen=True, kw_only=True):
    """A signed statement: entry `seq` of this session, at `t`, has the hash `head`."""

    t: Moment


class Receipt(Head, frozen=True, kw_only=True):
    """The head of a closed session, with the raw public key (hex) that `key_id` is made from.

    The key lies beside what was signed: the `key_id` in it binds them.
    """

    relay_key: Digest

    @property
    def statement(self) -> Head:
        """The signed head without the key."""
        return Head(
            session=self.session,
            rule=self.rule,
            seq=self.seq,
            t=self.t,
            head=self.head,
            key_id=self.key_id,
            signature=self.signature,
        )

    def holds(self) -> bool:
        """Whether the key that the receipt names made its signature, and bears its `key_id`."""
        return self.signed_by(bytes.fromhex(self.relay_key))


class Restored(_Signed, frozen=True, kw_only=True):
    """A relay's signed notice that it goes on from a copy, in which this session ends with `seq`: a
    fork behind that is a restore."""

    restored_utc: Utc

    def explains(self, fork: "Fork") -> bool:
        """Whether a fork lies behind what the copy knew."""
        return fork.entry > self.seq


class Fork(Struct, frozen=True, kw_only=True):
    """Two statements under one key that do not lie on one chain, and the entry where it shows."""

    entry: int
    reason: str


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The raw public half of the relay's key."""
    return key.public_key().public_bytes_raw()


def _signature(key: Ed25519PrivateKey, unsigned: _Signed) -> str:
    return key.sign(unsigned.signed_bytes()).hex()


def sign_head(key: Ed25519PrivateKey, *, session: str, seq: int, t: int, head: str) -> Head:
    """The relay's word about entry `seq`."""
    unsigned = Head(
        session=session,
        rule=RULE,
        seq=seq,
        t=t,
        head=head,
        key_id=key_id_of(public_bytes(key)),
        signature="",
    )
    return msgspec.structs.replace(unsigned, signature=_signature(key, unsigned))


def sign(key: Ed25519PrivateKey, *, session: str, seq: int, t: int, head: str) -> Receipt:
    """The receipt for a closed session whose last entry is `seq`."""
    return receipt_of(sign_head(key, session=session, seq=seq, t=t, head=head), public_bytes(key))


def sign_restored(
    key: Ed25519PrivateKey, *, session: str, seq: int, head: str, restored_utc: str
) -> Restored:
    """The notice for one session of the copy, whose last entry there is `seq`."""
    unsigned = Restored(
        session=session,
        rule=RULE,
        seq=seq,
        head=head,
        key_id=key_id_of(public_bytes(key)),
        signature="",
        restored_utc=restored_utc,
    )
    return msgspec.structs.replace(unsigned, signature=_signature(key, unsigned))


def receipt_of(head: Head, relay_key: bytes) -> Receipt:
    """A signed head with the key beside it."""
    return Receipt(
        session=head.session,
        rule=head.rule,
        seq=head.seq,
        t=head.t,
        head=head.head,
        key_id=head.key_id,
        signature=head.signature,
        relay_key=relay_key.hex(),
    )


def head_from(raw: object) -> Head:
    """The signed head in a parsed object; raises `JournalUnreadable`."""
    try:
        return msgspec.convert(raw, Head)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnreadable(f"it is no signed head ({str(error)[:200]})") from None


def restored_from(raw: object) -> Restored:
    """The notice of a restore in a parsed object; raises `JournalUnreadable`."""
    try:
        return msgspec.convert(raw, Restored)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnreadable(f"it is no notice of a restore ({str(error)[:200]})") from None


def receipt_from(raw: object) -> Receipt:
    """The receipt in a parsed object; raises `JournalUnreadable`."""
    try:
        return msgspec.convert(raw, Receipt)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnreadable(f"the receipt is not one ({str(error)[:200]})") from None


def fork_of_heads(one: Head, other: Head) -> Fork | None:
    """Whether two heads of one session and key contradict each other; both are taken to hold."""
    if (one.session, one.key_id) != (other.session, other.key_id):
        return None
    early, late = sorted((one, other), key=lambda each: each.seq)
    if early.seq == late.seq:
        if (early.head, early.t) != (late.head, late.t):
            return Fork(entry=early.seq, reason="two different entries were signed")
    elif early.t > late.t:
        return Fork(entry=late.seq, reason="it was signed with an earlier time than one before it")
    return None


def fork_of_head(entries: Sequence[Entry], head: Head) -> Fork | None:
    """Whether a head contradicts a journal of the same session; None where it lies beyond its end."""
    if head.seq > len(entries):
        return None
    entry = entries[head.seq - 1]
    if entry_hash(entry) != head.head:
        return Fork(entry=head.seq, reason="another entry was signed than the one that stands here")
    if entry.t != head.t:
        return Fork(entry=head.seq, reason="it was signed with another time than its own")
    return None


def fork_of_journals(one: Sequence[Entry], other: Sequence[Entry]) -> Fork | None:
    """The first entry at which two journals differ; one may be a beginning of the other."""
    for mine, theirs in zip(one, other, strict=False):
        if entry_hash(mine) != entry_hash(theirs):
            return Fork(entry=mine.seq, reason="the two journals part here")
    return None


def restored_away(
    entries: Sequence[Entry], heads: Iterable[Head], notices: Iterable[Restored]
) -> tuple[Head, ...]:
    """Heads that do not lie on the chain because the relay went on from a copy, as it says."""
    told = [each.seq for each in notices]
    if not told:
        return ()
    return tuple(
        head
        for head in heads
        if head.seq > min(told)
        and (head.seq > len(entries) or fork_of_head(entries, head) is not None)
    )


def check_heads(entries: Sequence[Entry], heads: Iterable[Head], relay_key: bytes) -> None:
    """Hold signed heads against the journal that they were seen beside; raises `JournalBroken`."""
    opened = entries[0]
    assert isinstance(opened, Opened)
    faults = [e for e in entries if isinstance(e, Fault) and e.reason != "overload"]
    seen = sorted(heads, key=lambda each: each.seq)
    for head in seen:
        if head.session != opened.session:
            raise JournalBroken("a signed head is of another session", entry=1)
        if not head.signed_by(relay_key):
            raise JournalBroken("its signed head is not by the receipt's key", entry=head.seq)
        if head.seq > len(entries):
            raise JournalBroken("a signed head lies beyond the journal", entry=len(entries))
        fork = fork_of_head(entries, head)
        if fork is not None:
            raise JournalBroken(fork.reason, entry=fork.entry)
        for fault in faults:
            if fault.from_t < head.t < fault.to_t:
                raise JournalBroken("a head was signed inside this stretch", entry=fault.seq)
    for one, other in pairwise(seen):
        fork = fork_of_heads(one, other)
        if fork is not None:
            raise JournalBroken(fork.reason, entry=fork.entry)


def relay_key_from(data: bytes) -> bytes:
    """The 32 bytes of a public key out of a key file: PEM, the raw bytes themselves, or text in which
    one word is the key in hex (as `relay admin key` prints it beside its id)."""
    if len(data) == KEY_BYTES:
        return data
    try:
        if b"-----BEGIN" in data[:200]:
            key = load_pem_public_key(data)
            if isinstance(key, Ed25519PublicKey):
                return key.public_bytes_raw()
        else:
            words = data.decode("ascii").split()
            keys = {bytes.fromhex(word) for word in words if len(word) == 2 * KEY_BYTES}
            if len(keys) == 1:
                return keys.pop()
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise JournalUnreadable(_KEY_FILE)
