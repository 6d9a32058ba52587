"""The log in the relay's database: it grows with a transaction, and nothing in it changes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.receiptlog.logs import (
    KEY,
    LEAVES,
    ORIGIN,
    PUBLIC,
    VERIFIER,
    files_of,
    leaf,
    tile_bytes,
)

from miaohui.receiptlog.checkpoint import read_checkpoint
from miaohui.receiptlog.merkle import leaf_hash
from miaohui.receiptlog.sums import Sum, read_sums
from miaohui.receiptlog.tiles import Tile
from miaohui.relay.host.backup import back_up, restore
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.receipt_log import (
    NameTaken,
    append_in,
    begin_anew_in,
    checkpoint_in,
    name_in,
    proof_in,
    size_in,
    sum_of,
    sums_in,
    tile_in,
)
from miaohui.relay.storage.schema import connect, prepare


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = database(tmp_path)
    prepare(path)
    found = connect(path)
    yield found
    found.close()


def test_it_serves_what_a_log_serves(conn: sqlite3.Connection) -> None:
    for at, each in enumerate(LEAVES):
        assert append_in(conn, f"s{at}", each) == at
    files = files_of(LEAVES)
    assert checkpoint_in(conn, ORIGIN, KEY) == files["checkpoint"]
    assert read_sums(sums_in(conn, ORIGIN, PUBLIC)) == read_sums(files["sums.json"])
    assert tile_in(conn, Tile(None, 0, 5)) == files["tile/entries/000.p/5"]
    assert tile_in(conn, Tile(0, 0, 5)) == files["tile/0/000.p/5"]
    for each in LEAVES:
        own = leaf_hash(each.data())
        assert proof_in(conn, ORIGIN, KEY, own) == files[f"proof/{own.hex()}"]
    assert proof_in(conn, ORIGIN, KEY, bytes(32)) is None
    assert sum_of(conn, "bai", person=True).sessions == 2
    assert sum_of(conn, "bai", person=False) == Sum()


def test_an_empty_log(conn: sqlite3.Connection) -> None:
    assert checkpoint_in(conn, ORIGIN, KEY) == files_of([])["checkpoint"]
    assert tile_in(conn, Tile(0, 0, 1)) is None


def test_full_tiles_and_what_they_make(conn: sqlite3.Connection) -> None:
    """Past a tile of tiles: level 2 holds its first hash after 65,536 leaves."""
    size = 65_536 + 257
    leaves = [leaf(number) for number in range(size)]
    conn.execute("BEGIN")
    for at, each in enumerate(leaves):
        append_in(conn, f"s{at}", each)
    conn.execute("COMMIT")
    hashes = [leaf_hash(each.data()) for each in leaves]
    for tile in (
        Tile(0, 0),
        Tile(0, 257, 1),
        Tile(0, 3, 17),
        Tile(1, 0),
        Tile(1, 1, 1),
        Tile(2, 0, 1),
    ):
        assert tile_in(conn, tile) == tile_bytes(hashes, tile)
    for tile in (Tile(0, 257, 2), Tile(1, 1, 2), Tile(2, 0, 2), Tile(3, 0, 1), Tile(0, 258, 1)):
        assert tile_in(conn, tile) is None
    assert read_checkpoint(checkpoint_in(conn, ORIGIN, KEY), VERIFIER).size == size


def test_a_session_has_one_leaf(conn: sqlite3.Connection) -> None:
    assert [append_in(conn, "s", LEAVES[0]), append_in(conn, "s", LEAVES[0])] == [0, 0]
    assert size_in(conn) == 1
    assert sum_of(conn, "wan", person=False).sessions == 1
    with pytest.raises(sqlite3.IntegrityError):
        append_in(conn, "another", LEAVES[0])


def test_what_was_not_committed_was_never_there(conn: sqlite3.Connection) -> None:
    append_in(conn, "s0", LEAVES[0])
    before = checkpoint_in(conn, ORIGIN, KEY), sums_in(conn, ORIGIN, PUBLIC)
    conn.execute("BEGIN")
    append_in(conn, "s1", LEAVES[1])
    conn.execute("ROLLBACK")
    assert (checkpoint_in(conn, ORIGIN, KEY), sums_in(conn, ORIGIN, PUBLIC)) == before
    assert append_in(conn, "s2", LEAVES[2]) == 1


@pytest.mark.parametrize("table", ["receipt_leaf", "receipt_hash"])
@pytest.mark.parametrize("change", ["UPDATE {} SET n = 7", "DELETE FROM {}"])
def test_a_leaf_stays(conn: sqlite3.Connection, table: str, change: str) -> None:
    append_in(conn, "s", LEAVES[0])
    with pytest.raises(sqlite3.IntegrityError, match="stays"):
        conn.execute(change.format(table))


def test_a_log_keeps_its_name(conn: sqlite3.Connection) -> None:
    assert name_in(conn, None, "miaohui.invalid/k/1") == "miaohui.invalid/k/1"
    assert name_in(conn, None, "miaohui.invalid/k/2") == "miaohui.invalid/k/1"
    with pytest.raises(NameTaken, match="keeps its name"):
        name_in(conn, ORIGIN, "x")


def test_a_log_from_a_copy_is_another_log(tmp_path: Path, conn: sqlite3.Connection) -> None:
    name_in(conn, ORIGIN, "x")
    append_in(conn, "s", LEAVES[0])
    out, again = tmp_path / "copy", tmp_path / "again"
    back_up(tmp_path, out)
    restore(again, out, new_key=True)
    restored = connect(database(again))
    try:
        with pytest.raises(NameTaken, match="another name"):
            name_in(restored, ORIGIN, "x")
        begin_anew_in(restored)  # twice is once
        assert name_in(restored, "chat.example.com/log2", "x") == "chat.example.com/log2"
        assert size_in(restored) == 1
    finally:
        restored.close()
    assert name_in(conn, None, "x") == ORIGIN
