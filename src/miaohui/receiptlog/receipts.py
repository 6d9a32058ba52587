"""A bundle's receipt looked up in a log, and the last checkpoint seen kept up to date."""

from pathlib import Path

from miaohui.promise.bundle import read_bundle
from miaohui.promise.reader import read_journal
from miaohui.receiptlog.checkpoint import Checkpoint
from miaohui.receiptlog.leaf import leaf_of_journal
from miaohui.receiptlog.note import VerifierKey
from miaohui.receiptlog.seen import SeenCheckpoint, keep_fork, write_seen
from miaohui.receiptlog.signers import Signers
from miaohui.receiptlog.visit import Logged, Parted, check_offline, check_online
from miaohui.receiptlog.web import LogSource


def leaf_data(bundle: bytes) -> tuple[bytes, bytes]:
    """The leaf that a bundle makes, and the raw key that signed its receipt; raises as
    `read_bundle` and `read_journal` do."""
    read = read_bundle(bundle)
    leaf = leaf_of_journal(read_journal(read.journal), read.receipt)
    return leaf.data(), bytes.fromhex(read.receipt.relay_key)


def signers_in(bundle: bytes, log: LogSource | None = None) -> Signers:
    """The key that signed a bundle's receipt with those that followed, as bundle and log tell."""
    read = read_bundle(bundle)
    return Signers(bytes.fromhex(read.receipt.relay_key), read.steps, log)


def check_bundle(
    bundle: bytes, log: LogSource | None, seen: SeenCheckpoint | None, file: Path | None
) -> Logged | None:
    """Where a sound bundle's receipt stands in the log; None where there is neither a proof in it
    nor a log to ask.

    `file`: where the last checkpoint is kept. Raises `LogFault`; a checkpoint that contradicts the
    one seen is kept beside it.
    """
    data = read_bundle(bundle).log_proof
    if log is None and data is None:
        return None
    (leaf, _), key = leaf_data(bundle), signers_in(bundle, log)
    if log is None:
        return None if data is None else check_offline(leaf, key, data)
    before: Checkpoint | None = None
    if seen is not None:
        before = checked(seen, key)
    try:
        found = check_online(log, leaf, key, data, before)
    except Parted as error:
        if file is not None:
            keep_fork(file, error.note, error.key)
        raise
    if file is not None:
        write_seen(file, found.note, found.key)
    return found


def checked(
    seen: SeenCheckpoint, key: VerifierKey | Signers, log: LogSource | None = None
) -> Checkpoint:
    """The checkpoint seen last, once its signature holds under this key, or one before it."""
    if isinstance(key, VerifierKey):
        return seen.checkpoint(Signers(key.public, log=log).of(seen.note, key.name))
    return seen.checkpoint(key.of(seen.note))
