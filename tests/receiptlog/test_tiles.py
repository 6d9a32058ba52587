"""Tiles: the spelling of their places, and the bundles of their entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.receiptlog.logs import tile_bytes

from miaohui.receiptlog.faults import LogUnreadable
from miaohui.receiptlog.merkle import leaf_hash
from miaohui.receiptlog.tiles import (
    MAX_LEAF_BYTES,
    Tile,
    TiledTree,
    bundles,
    hashes_at,
    pack_entries,
    tile_at,
    tile_of,
    unpack_entries,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(None, 1_234_067, 8), "tile/entries/x001/x234/067.p/8"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert tile_at(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000/",
        "tile/0/001/000",
        "tile/0/x000/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/",
        "tile/0/x001/x234/x067",
        "tile/entries/../../relay.key",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/0/x001/x001/x001/x001/x001/x001/001",
    ],
)
def test_what_names_no_tile(path: str) -> None:
    assert tile_at(path) is None


@given(
    st.one_of(st.none(), st.integers(0, 63)),
    st.integers(0, 10**18 - 1),
    st.integers(1, 256),
)
def test_every_place_has_one_spelling(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tile_at(tile.path()) == tile


def test_the_tiles_of_a_tree_of_70_000() -> None:
    # The example of the specification.
    assert [hashes_at(level, 70_000) for level in range(4)] == [70_000, 273, 1, 0]
    assert tile_of(0, 273, 70_000).width == 112
    assert tile_of(1, 0, 70_000).width == 256
    assert tile_of(1, 1, 70_000).width == 17
    assert tile_of(2, 0, 70_000).width == 1
    assert sum(each.width for each in bundles(70_000)) == 70_000
    assert (tile_of(0, 0, 256).width, tile_of(1, 0, 256).width) == (256, 1)
    with pytest.raises(ValueError, match="no tile"):
        tile_of(0, 1, 256)


def test_a_tile_is_asked_for_once_and_must_be_whole() -> None:
    hashes = [leaf_hash(b"%d" % each) for each in range(300)]
    asked: list[Tile] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        return tile_bytes(hashes, tile)

    tree = TiledTree(300, read)
    assert tree.full(0, 299) == hashes[299]
    tree.full(1, 140)
    tree.full(8, 0)
    assert asked == [Tile(0, 1, 44), Tile(1, 0, 1)]
    short = TiledTree(300, lambda tile: b"x" * 31)
    with pytest.raises(LogUnreadable):
        short.full(0, 0)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_entries(leaves: list[bytes]) -> None:
    tile = Tile(None, 0, len(leaves))
    data = pack_entries(leaves)
    assert unpack_entries(data, tile) == leaves
    for wrong in (data[:-1], data + b"\x00", data + b"\x00\x00", data + b"\x00\x05abc"):
        with pytest.raises(LogUnreadable):
            unpack_entries(wrong, tile)


def test_the_longest_entry() -> None:
    leaf = bytes(MAX_LEAF_BYTES)
    assert unpack_entries(pack_entries([leaf]), Tile(None, 0, 1)) == [leaf]
    with pytest.raises(OverflowError):
        pack_entries([bytes(MAX_LEAF_BYTES + 1)])
