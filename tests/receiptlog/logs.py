"""Logs in memory: leaves, the files that a log of them serves, and a log that lies."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.receiptlog.checkpoint import Checkpoint, sign_checkpoint
from miaohui.receiptlog.leaf import Leaf, PersonTurns
from miaohui.receiptlog.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    inclusion_path,
    leaf_hash,
    node_hash,
)
from miaohui.receiptlog.note import VerifierKey
from miaohui.receiptlog.proof import InclusionProof
from miaohui.receiptlog.sums import LogSums, Sums
from miaohui.receiptlog.tiles import (
    TILE_WIDTH,
    Tile,
    TiledTree,
    bundles,
    hashes_at,
    pack_entries,
    tile_of,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = "chat.example.com/log"
VERIFIER = VerifierKey(ORIGIN, PUBLIC)


def plain_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(plain_root(hashes[:k]), plain_root(hashes[k:]))


def plain_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(hashes) <= 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if index < k:
        return [*plain_path(index, hashes[:k]), plain_root(hashes[k:])]
    return [*plain_path(index - k, hashes[k:]), plain_root(hashes[:k])]


def plain_subproof(old: int, hashes: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old == len(hashes):
        return [] if whole else [plain_root(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if old <= k:
        return [*plain_subproof(old, hashes[:k], whole=whole), plain_root(hashes[k:])]
    return [*plain_subproof(old - k, hashes[k:], whole=False), plain_root(hashes[:k])]


def tile_bytes(hashes: Sequence[bytes], tile: Tile) -> bytes:
    """A tile by its definition: 256 tree hashes over 256 ** level leaves each."""
    assert tile.level is not None
    span = TILE_WIDTH**tile.level
    starts = (each * span for each in range(tile.first, tile.first + tile.width))
    return b"".join(plain_root(hashes[start : start + span]) for start in starts)


def tree_of(hashes: Sequence[bytes]) -> TiledTree:
    return TiledTree(len(hashes), lambda tile: tile_bytes(hashes, tile))


def leaf(
    number: int, *, shop: str = "wan", people: Iterable[str] = ("yun",), kept: int = 3
) -> Leaf:
    names = sorted(people)
    return Leaf(
        leaf="miaohui/receipt/1",
        receipt=hashlib.sha256(b"%d" % number).hexdigest(),
        shop=shop,
        people=tuple(PersonTurns(person=name, kept=kept, breached=1) for name in names),
        kept=kept * len(names),
        breached=len(names),
        asks=9,
        asks_kept=7,
        late_ms=1_500,
        paid_ms=600_000,
    )


LEAVES = [
    leaf(1),
    leaf(2, kept=5),
    leaf(3, shop="solo", people=("robin",)),
    leaf(4, people=("bai", "yun")),
    leaf(5, people=("bai",)),
]


def note_of(leaves: Sequence[bytes], key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> bytes:
    root = plain_root([leaf_hash(each) for each in leaves])
    return sign_checkpoint(Checkpoint(origin, len(leaves), root), key).encode()


def files_of(
    leaves: Sequence[Leaf | bytes], key: Ed25519PrivateKey = KEY, origin: str = ORIGIN
) -> dict[str, bytes]:
    """Everything that a log of these leaves serves; sums are those of its real leaves."""
    entries = [each.data() if isinstance(each, Leaf) else each for each in leaves]
    hashes = [leaf_hash(each) for each in entries]
    tally = LogSums()
    for each in leaves:
        if isinstance(each, Leaf):
            tally.add(each)
    vkey = VerifierKey(origin, key.public_key().public_bytes_raw()).line()
    files = {
        "checkpoint": note_of(entries, key, origin),
        "sums.json": Sums(
            origin=origin,
            vkey=vkey,
            size=len(entries),
            shops=tally.shops,
            people=tally.people,
        ).data(),
    }
    for tile in bundles(len(entries)):
        own = entries[tile.first : tile.first + tile.width]
        files[tile.path()] = pack_entries(own)
    level = 0
    while hashes_at(level, len(entries)):
        for at in range(-(-hashes_at(level, len(entries)) // TILE_WIDTH)):
            tile = tile_of(level, at, len(entries))
            files[tile.path()] = tile_bytes(hashes, tile)
            assert len(files[tile.path()]) == tile.width * HASH_BYTES
        level += 1
    for index, own in enumerate(hashes):
        files[f"proof/{own.hex()}"] = proof_of(entries, index, key, origin).text()
    return files


def proof_of(
    entries: Sequence[bytes],
    index: int,
    key: Ed25519PrivateKey = KEY,
    origin: str = ORIGIN,
) -> InclusionProof:
    hashes = [leaf_hash(each) for each in entries]
    path = inclusion_path(tree_of(hashes), index, len(hashes))
    return InclusionProof(index, tuple(path), note_of(entries, key, origin))


class FileLog:
    """A log whose files lie in a dict, so that any of them can be another."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def get(self, path: str, limit: int) -> bytes | None:
        data = self.files.get(path)
        assert data is None or len(data) <= limit
        return data
