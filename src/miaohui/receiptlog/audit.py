"""The audit of a log: every leaf read, its root and everybody's sums worked out anew."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from miaohui.receiptlog.checkpoint import Checkpoint
from miaohui.receiptlog.faults import FaultKind, LogBroken, LogUnreadable
from miaohui.receiptlog.leaf import Leaf, read_leaf
from miaohui.receiptlog.merkle import Frontier, leaf_hash
from miaohui.receiptlog.note import VerifierKey, verifier_key
from miaohui.receiptlog.sums import LogSums, Sum, read_sums
from miaohui.receiptlog.tiles import MAX_BUNDLE_BYTES, bundles, unpack_entries
from miaohui.receiptlog.visit import Parted, head_of
from miaohui.receiptlog.web import LogSource

SUMS: Final = "sums.json"
MAX_SUMS_BYTES: Final = 64 * 1024 * 1024


class AuditDifference(Struct, frozen=True, kw_only=True):
    """A sum that is shown and does not follow from the leaves."""

    side: str  # shop or person
    subject: str
    field: str
    shown: int
    counted: int


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit found."""

    origin: str
    vkey: str
    size: int
    shops: int
    people: int
    differences: tuple[AuditDifference, ...]
    key_known: bool
    shop: Sum | None = None  # of the one asked about, counted from the leaves


def audit(
    log: LogSource,
    known: VerifierKey | bytes | None,
    seen_under: Callable[[VerifierKey], Checkpoint | None],
    shop: str | None = None,
) -> tuple[Audit, bytes, VerifierKey]:
    """Reads the whole log; returns what was found, the checkpoint's note and its key.

    `known`: the key that the log must be signed by; None: any, the one that the log names.
    `seen_under`: the checkpoint seen last, once it is checked with the log's key. Raises
    `LogBroken` where the log does not hold in itself, `LogUnreadable` where it could not be read.
    """
    # The sums first: the log may grow meanwhile, and must then be longer than they are.
    served = log.get(SUMS, MAX_SUMS_BYTES)
    if served is None:
        raise LogUnreadable(FaultKind.UNREACHABLE, f"{SUMS}: 404")
    sums = read_sums(served)
    note, key, now = head_of(log, verifier_key(sums.vkey) if known is None else known)
    seen = seen_under(key)
    if sums.size > now.size:
        raise LogBroken(FaultKind.SHRUNK, f"{sums.size} → {now.size}")
    if seen is not None and seen.size > now.size:
        raise Parted(LogBroken(FaultKind.SHRUNK, f"{seen.size} → {now.size}"), note, key)
    if seen is not None and seen.origin != now.origin:
        raise Parted(LogBroken(FaultKind.ORIGIN, now.origin), note, key)
    tally, kept = _counted(log, now, seen, sums.size)
    if seen is not None and not kept:
        raise Parted(LogBroken(FaultKind.INCONSISTENT, f"{seen.size} → {now.size}"), note, key)
    found = Audit(
        origin=now.origin,
        vkey=key.line(),
        size=now.size,
        shops=len(tally.shops),
        people=len(tally.people),
        differences=(
            *_differences("shop", sums.shops, tally.shops),
            *_differences("person", sums.people, tally.people),
        ),
        key_known=known is not None,
        shop=None if shop is None else tally.shops.get(shop, Sum()),
    )
    return found, note, key


def _counted(
    log: LogSource, now: Checkpoint, seen: Checkpoint | None, until: int
) -> tuple[LogSums, bool]:
    """The sums of the first `until` leaves, and whether the checkpoint seen last is a beginning;
    `LogBroken` unless the whole log has the root that it was signed with."""
    tree, tally = Frontier(), LogSums()
    receipts: set[bytes] = set()
    unread: int | None = None
    twice: int | None = None
    kept = seen is None or (seen.size == 0 and seen.root == tree.root())
    for tile in bundles(now.size):
        data = log.get(tile.path(), MAX_BUNDLE_BYTES)
        if data is None:
            raise LogUnreadable(FaultKind.UNREACHABLE, f"{tile.path()}: 404")
        for at, entry in enumerate(unpack_entries(data, tile), tile.first):
            tree.append(leaf_hash(entry))
            if seen is not None and tree.size == seen.size:
                kept = tree.root() == seen.root
            leaf = _leaf(entry)
            if leaf is None:
                unread = at if unread is None else unread
                continue
            own = bytes.fromhex(leaf.receipt)
            if own in receipts:
                twice = at if twice is None else twice
            receipts.add(own)
            if at < until:
                tally.add(leaf)
    # What the leaves say counts only once they are those that were signed.
    if tree.root() != now.root:
        raise LogBroken(FaultKind.ROOT, str(now.size))
    if unread is not None:
        raise LogBroken(FaultKind.LEAF, str(unread))
    if twice is not None:
        raise LogBroken(FaultKind.TWICE, str(twice))
    return tally, kept


def _leaf(entry: bytes) -> Leaf | None:
    try:
        return read_leaf(entry)
    except LogUnreadable:
        return None


def _differences(
    side: str, shown: dict[str, Sum], counted: dict[str, Sum]
) -> list[AuditDifference]:
    found = []
    for subject in sorted({*shown, *counted}):
        one, other = shown.get(subject, Sum()), counted.get(subject, Sum())
        for field in Sum.__struct_fields__:
            values = getattr(one, field), getattr(other, field)
            if values[0] != values[1]:
                found.append(
                    AuditDifference(
                        side=side,
                        subject=subject,
                        field=field,
                        shown=values[0],
                        counted=values[1],
                    )
                )
    return found
