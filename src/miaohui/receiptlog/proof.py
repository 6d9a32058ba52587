"""The proof that lies in a bundle (c2sp.org/tlog-proof@v1): a leaf's index, its path, a checkpoint."""

from typing import Final

from msgspec import Struct

from miaohui.receiptlog.checkpoint import Checkpoint, number, read_checkpoint
from miaohui.receiptlog.faults import FaultKind, LogBroken, LogUnreadable
from miaohui.receiptlog.merkle import HASH_BYTES, leaf_hash, shows_inclusion
from miaohui.receiptlog.note import VerifierKey, from_base64, to_base64

MAX_PROOF_BYTES: Final = 64 * 1024
MAX_PATH: Final = 63
_FIRST: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "


class InclusionProof(Struct, frozen=True):
    """Leaf `index` is in the tree of `note`, whose bytes are a signed checkpoint. `extra` is
    nobody's word: it is under no signature."""

    index: int
    path: tuple[bytes, ...]
    note: bytes
    extra: bytes = b""

    def text(self) -> bytes:
        """The proof as it is written down."""
        lines = [_FIRST]
        if self.extra:
            lines.append(_EXTRA + to_base64(self.extra))
        lines += [f"{_INDEX}{self.index}", *map(to_base64, self.path), "", ""]
        return "\n".join(lines).encode("ascii") + self.note

    def check(self, leaf: bytes, key: VerifierKey) -> Checkpoint:
        """The checkpoint, once it is the key's and the leaf is in its tree; raises `LogBroken`."""
        found = read_checkpoint(self.note, key)
        if not shows_inclusion(leaf_hash(leaf), self.index, found.size, self.path, found.root):
            raise LogBroken(FaultKind.NOT_INCLUDED, found.origin)
        return found


def read_proof(data: bytes) -> InclusionProof:
    """The proof in these bytes; raises `LogUnreadable`."""
    head, parted, note = data.partition(b"\n\n")
    if len(data) > MAX_PROOF_BYTES or not parted or not head.isascii():
        raise LogUnreadable(FaultKind.PROOF)
    lines = head.decode("ascii").split("\n")
    if lines.pop(0) != _FIRST or not lines:
        raise LogUnreadable(FaultKind.PROOF)
    extra: bytes | None = b""
    if lines[0].startswith(_EXTRA):
        extra = from_base64(lines.pop(0).removeprefix(_EXTRA))
    if extra is None or not lines or not lines[0].startswith(_INDEX):
        raise LogUnreadable(FaultKind.PROOF)
    index = number(lines.pop(0).removeprefix(_INDEX))
    path = [from_base64(line) for line in lines]
    if index is None or len(path) > MAX_PATH:
        raise LogUnreadable(FaultKind.PROOF)
    hashes = tuple(each for each in path if each is not None and len(each) == HASH_BYTES)
    if len(hashes) != len(path):
        raise LogUnreadable(FaultKind.PROOF)
    return InclusionProof(index, hashes, note, extra)
