"""Checkpoints (c2sp.org/tlog-checkpoint): a log's name, its size and its root, as a signed note."""

import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from miaohui.receiptlog.faults import FaultKind, LogBroken, LogUnreadable
from miaohui.receiptlog.merkle import HASH_BYTES
from miaohui.receiptlog.note import (
    VerifierKey,
    check_note,
    from_base64,
    is_key_name,
    read_note,
    sign_note,
    to_base64,
)

MAX_SIZE: Final = 2**63 - 1
MAX_ORIGIN: Final = 255
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Checkpoint(Struct, frozen=True):
    """The log `origin` has `size` leaves, and this is their root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed: three lines, and no extension of ours."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def is_origin(origin: str) -> bool:
    """Whether every reader of the field takes it: like a URL without scheme, at most 255 bytes."""
    return (
        is_key_name(origin)
        and origin.isascii()
        and origin.isprintable()
        and len(origin) <= MAX_ORIGIN
    )


def number(text: str) -> int | None:
    """A size or index as the field writes it: ASCII digits, no leading zero."""
    if _NUMBER.fullmatch(text) is None or int(text) > MAX_SIZE:
        return None
    return int(text)


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a note; the key bears the log's own name."""
    if not is_origin(checkpoint.origin):
        raise ValueError("this origin would not be read everywhere")
    return sign_note(checkpoint.text(), checkpoint.origin, key)


def unchecked(data: bytes) -> Checkpoint:
    """What a note says, whoever signed it; raises `LogUnreadable`."""
    lines = read_note(data).text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise LogUnreadable(FaultKind.CHECKPOINT)
    size, root = number(lines[1]), from_base64(lines[2])
    if size is None or root is None or len(root) != HASH_BYTES:
        raise LogUnreadable(FaultKind.CHECKPOINT)
    return Checkpoint(lines[0], size, root)


def read_checkpoint(data: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint that the log's key has signed; raises `LogUnreadable`, or `LogBroken` where
    it is signed by somebody else or speaks of another log."""
    found = unchecked(data)
    if found.origin != key.name:
        raise LogBroken(FaultKind.ORIGIN, found.origin)
    check_note(read_note(data), key)
    return found
