"""A visit to a log: its checkpoint, held against the one seen last and against a bundle's proof."""

from typing import Final

from msgspec import Struct

from miaohui.receiptlog.checkpoint import Checkpoint, read_checkpoint
from miaohui.receiptlog.faults import FaultKind, LogBroken, LogFault, LogUnreadable
from miaohui.receiptlog.merkle import consistency_path, leaf_hash, shows_consistency
from miaohui.receiptlog.note import MAX_NOTE_BYTES, VerifierKey
from miaohui.receiptlog.proof import MAX_PROOF_BYTES, InclusionProof, read_proof
from miaohui.receiptlog.signers import Signers, signers_of
from miaohui.receiptlog.tiles import MAX_TILE_BYTES, Tile, TiledTree
from miaohui.receiptlog.web import LogSource

CHECKPOINT: Final = "checkpoint"


class Parted(LogBroken):
    """The log's checkpoint does not follow from one that was seen: both together prove it."""

    def __init__(self, cause: LogFault, note: bytes, key: VerifierKey) -> None:
        super().__init__(cause.fault, cause.detail)
        self.note = note
        self.key = key


class Logged(Struct, frozen=True, kw_only=True):
    """A receipt's place in a log. `size` is that of the newest checkpoint it was held against."""

    origin: str
    index: int
    size: int
    note: bytes
    key: VerifierKey
    proof: bytes


def head_of(
    log: LogSource, key: VerifierKey | bytes | Signers
) -> tuple[bytes, VerifierKey, Checkpoint]:
    """The checkpoint served now. `key` may be the raw public key of a log whose name it tells, or
    one that came before or after the log's own in order."""
    note = _got(log, CHECKPOINT, MAX_NOTE_BYTES)
    if isinstance(key, VerifierKey):
        own = Signers(key.public, log=log).of(note, key.name)
    else:
        own = signers_of(key, log).of(note)
    return note, own, read_checkpoint(note, own)


def follows(log: LogSource, old: Checkpoint, new: Checkpoint) -> None:
    """Raises `LogBroken` unless the log of `old` is a beginning of that of `new`."""
    if old.size > new.size:
        raise LogBroken(FaultKind.SHRUNK, f"{old.size} → {new.size}")
    tree = TiledTree(new.size, lambda tile: _tile(log, tile))
    path = consistency_path(tree, old.size, new.size)
    if not shows_consistency(old.size, new.size, old.root, new.root, path):
        raise LogBroken(FaultKind.INCONSISTENT, f"{old.size} → {new.size}")


def prove(log: LogSource, leaf: bytes, key: bytes | Signers) -> tuple[InclusionProof, Checkpoint]:
    """The log's proof for a leaf, checked; raises `LogBroken` where it has no such leaf."""
    data = log.get(f"proof/{leaf_hash(leaf).hex()}", MAX_PROOF_BYTES)
    if data is None:
        raise LogBroken(FaultKind.NOT_LOGGED)
    proof = read_proof(data)
    return proof, proof.check(leaf, signers_of(key, log).of(proof.note))


def check_offline(leaf: bytes, key: bytes | Signers, data: bytes) -> Logged:
    """The proof that lies in a bundle, without the log."""
    proof = read_proof(data)
    own = signers_of(key).of(proof.note)
    found = proof.check(leaf, own)
    return Logged(
        origin=found.origin,
        index=proof.index,
        size=found.size,
        note=proof.note,
        key=own,
        proof=data,
    )


def check_online(
    log: LogSource,
    leaf: bytes,
    key: bytes | Signers,
    data: bytes | None,
    seen: Checkpoint | None,
) -> Logged:
    """A receipt's place in the log as it stands, and that the log has only grown.

    `data`: the proof in the bundle; `seen`: the last checkpoint, checked by the caller.
    """
    key = signers_of(key, log)
    if data is None:
        proof, told = prove(log, leaf, key)
    else:
        proof = read_proof(data)
        told = proof.check(leaf, key.of(proof.note))
    note, own, now = head_of(log, key)
    if now.origin != told.origin:
        raise LogBroken(FaultKind.ORIGIN, now.origin)
    _grown(log, note, own, now, told)
    if seen is not None:
        _grown(log, note, own, now, seen)
    return Logged(
        origin=now.origin,
        index=proof.index,
        size=now.size,
        note=note,
        key=own,
        proof=proof.text(),
    )


def _grown(
    log: LogSource, note: bytes, key: VerifierKey, now: Checkpoint, before: Checkpoint
) -> None:
    try:
        if now.origin != before.origin:
            raise LogBroken(FaultKind.ORIGIN, now.origin)
        follows(log, before, now)
    except LogBroken as error:
        raise Parted(error, note, key) from None


def _tile(log: LogSource, tile: Tile) -> bytes:
    return _got(log, tile.path(), MAX_TILE_BYTES)


def _got(log: LogSource, path: str, limit: int) -> bytes:
    data = log.get(path, limit)
    if data is None:
        raise LogUnreadable(FaultKind.UNREACHABLE, f"{path}: 404")
    return data
