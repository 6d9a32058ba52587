"""Signed notes (c2sp.org/signed-note) under one Ed25519 key.

A note is a text that ends in a newline, a blank line, and lines of an em dash, a key's name and the
base64 of four bytes of key id and the signature. The last blank line is what parts them.
"""

import base64
import binascii
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from miaohui.receiptlog.faults import FaultKind, LogBroken, LogUnreadable

MAX_NOTE_BYTES: Final = 1024 * 1024
MAX_SIGNATURES: Final = 100
ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_DASH: Final = "\u2014 "


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """The bytes of standard base64 in its one spelling; None where it is none."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if to_base64(data) == text else None


def is_key_name(name: str) -> bool:
    """Neither empty nor with blank, plus or control character."""
    return bool(name) and not any(char.isspace() or char == "+" or char < " " for char in name)


class VerifierKey(Struct, frozen=True):
    """The name of a log's key and its public half (raw, 32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        told = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(told).digest()[:4]

    def line(self) -> str:
        """The key as the field writes it: name+id+base64."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.public)}"

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def verifier_key(line: str) -> VerifierKey:
    """The key in its line; raises `LogUnreadable`."""
    parts = line.strip().split("+", 2)
    data = from_base64(parts[2]) if len(parts) == 3 else None
    if data is None or len(data) != 1 + _KEY_BYTES or data[:1] != ED25519:
        raise LogUnreadable(FaultKind.KEY)
    key = VerifierKey(parts[0], data[1:])
    if not is_key_name(key.name) or key.key_id.hex() != parts[1].lower():
        raise LogUnreadable(FaultKind.KEY)
    return key


class Signature(Struct, frozen=True):
    """A line below a note's text."""

    name: str
    key_id: bytes
    signature: bytes


class Note(Struct, frozen=True):
    """A text and the signatures below it; none of them has been checked."""

    text: str
    signatures: tuple[Signature, ...]


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note with our one signature."""
    own = VerifierKey(name, key.public_key().public_bytes_raw())
    if not is_key_name(name) or not text.endswith("\n"):
        raise ValueError("a note's text ends in a newline, and its key has a name without blanks")
    blob = to_base64(own.key_id + key.sign(text.encode()))
    return f"{text}\n{_DASH}{name} {blob}\n"


def read_note(data: bytes) -> Note:
    """The note in these bytes; raises `LogUnreadable`."""
    if len(data) > MAX_NOTE_BYTES:
        raise LogUnreadable(FaultKind.NOTE)
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise LogUnreadable(FaultKind.NOTE) from None
    if any(char < " " and char != "\n" for char in whole):
        raise LogUnreadable(FaultKind.NOTE)
    text, parted, below = whole.rpartition("\n\n")
    if not parted or not below.endswith("\n"):
        raise LogUnreadable(FaultKind.NOTE)
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise LogUnreadable(FaultKind.NOTE)
    return Note(f"{text}\n", tuple(map(_signature, lines)))


def _signature(line: str) -> Signature:
    name, parted, blob = line.removeprefix(_DASH).partition(" ")
    data = from_base64(blob)
    if not line.startswith(_DASH) or not parted or not is_key_name(name):
        raise LogUnreadable(FaultKind.NOTE)
    if data is None or len(data) < 4:
        raise LogUnreadable(FaultKind.NOTE)
    return Signature(name, data[:4], data[4:])


def check_note(note: Note, key: VerifierKey) -> None:
    """Raises `LogBroken` unless the key's own signatures hold, and there is one.

    Those of other keys are nobody's here: witnesses add theirs.
    """
    own = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]
    if not own or not all(key.signed(note.text, each.signature) for each in own):
        raise LogBroken(FaultKind.SIGNATURE, key.name)
