"""The tiles of c2sp.org/tlog-tiles: 256 hashes of one level, and bundles of 256 entries.

Level 0 holds the leaves' hashes; a hash of level n + 1 is that of a full tile of level n. What lies
between is hashed anew by whoever reads.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from miaohui.receiptlog.faults import FaultKind, LogUnreadable
from miaohui.receiptlog.merkle import HASH_BYTES, node_hash

TILE_BITS: Final = 8
TILE_WIDTH: Final = 1 << TILE_BITS
MAX_LEAF_BYTES: Final = 65_535
MAX_TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
MAX_BUNDLE_BYTES: Final = TILE_WIDTH * (2 + MAX_LEAF_BYTES)
MAX_LEVEL: Final = 63
ENTRIES: Final = "entries"
# An index of at most 18 digits, which is more leaves than anybody will count.
_PATH: Final = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?|entries)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class Tile(Struct, frozen=True):
    """A tile's place. `level` None: the bundle of the entries themselves; `width`: how many of its
    256 it holds."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def first(self) -> int:
        """The place, in its level, of its first hash."""
        return self.index * TILE_WIDTH

    def path(self) -> str:
        """Where it lies below the log's address."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        place = "/".join([*(f"x{each}" for each in parts[:-1]), parts[-1]])
        level = ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{place}{partial}"


def tile_at(path: str) -> Tile | None:
    """The tile that a path names, in its one spelling; None where it names none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = None if found["level"] == ENTRIES else int(found["level"])
    index = int(found["index"].replace("/", "").replace("x", ""))
    width = TILE_WIDTH if found["width"] is None else int(found["width"])
    tile = Tile(level, index, width)
    if level is not None and level > MAX_LEVEL:
        return None
    return tile if tile.path() == path else None


def hashes_at(level: int | None, size: int) -> int:
    """How many hashes (or entries) a level has in a tree of this size."""
    return size >> (TILE_BITS * (level or 0))


def tile_of(level: int | None, index: int, size: int) -> Tile:
    """The tile as it stands in a tree of this size."""
    width = min(TILE_WIDTH, hashes_at(level, size) - index * TILE_WIDTH)
    if width < 1:
        raise ValueError(f"a tree of {size} has no tile {index} at level {level}")
    return Tile(level, index, width)


def bundles(size: int) -> Iterator[Tile]:
    """The entry bundles of a tree of this size."""
    return (tile_of(None, at, size) for at in range(-(-size // TILE_WIDTH)))


class TiledTree:
    """A tree read by its tiles; each is asked for once. `read` gets a tile and returns its bytes."""

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def full(self, height: int, index: int) -> bytes:
        level, inner = divmod(height, TILE_BITS)
        first = index << inner
        hashes = self._tile(level, first >> TILE_BITS)
        at = first & (TILE_WIDTH - 1)
        row = [hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES] for n in range(at, at + (1 << inner))]
        while len(row) > 1:
            row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
        return row[0]

    def _tile(self, level: int, index: int) -> bytes:
        known = self._tiles.get((level, index))
        if known is not None:
            return known
        tile = tile_of(level, index, self.size)
        data = self._read(tile)
        if len(data) != tile.width * HASH_BYTES:
            raise LogUnreadable(FaultKind.TILE, tile.path())
        self._tiles[level, index] = data
        return data


def pack_entries(leaves: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def unpack_entries(data: bytes, tile: Tile) -> list[bytes]:
    """The entries of a bundle, as many as its width says; raises `LogUnreadable`."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data) or len(found) == tile.width:
            raise LogUnreadable(FaultKind.TILE, tile.path())
        found.append(data[at + 2 : end])
        at = end
    if len(found) != tile.width:
        raise LogUnreadable(FaultKind.TILE, tile.path())
    return found
