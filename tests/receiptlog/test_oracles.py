"""Our checkpoints, tiles and proofs in the field's own readers: whatever we write, each of them reads.

Where they differ among themselves (extension lines, blanks and pluses in an origin, long names,
repeated signatures) ours has none of it.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.receiptlog.logs import (
    ORIGIN,
    VERIFIER,
    files_of,
    leaf,
    note_of,
    plain_root,
    proof_of,
    tree_of,
)

from miaohui.receiptlog.merkle import consistency_path, inclusion_path, leaf_hash
from miaohui.receiptlog.note import VerifierKey, to_base64
from miaohui.receiptlog.proof import read_proof
from miaohui.receiptlog.tiles import Tile, pack_entries

DATA = [leaf(number).data() for number in range(600)]
HASHES = [leaf_hash(each) for each in DATA]
sizes = st.one_of(st.sampled_from((1, 2, 255, 256, 257, 512, 600)), st.integers(1, 600))
WITNESS = "— wit.example " + to_base64(b"abcd" + bytes(72)) + "\n"
ORIGINS = (ORIGIN, "miaohui.invalid/0123456789abcdef/0a1b2c3d", "x", "e" * 255)


def notes() -> list[tuple[bytes, str]]:
    """Checkpoints as we write them, also with what witnesses add, and the key's line."""
    found = []
    for origin in ORIGINS:
        line = VerifierKey(origin, VERIFIER.public).line()
        for size in (0, 1, 5, 300):
            note = note_of(DATA[:size], origin=origin)
            found += [(note, line), (note + WITNESS.encode() * 15, line)]
    return found


class _Scales:
    """tlog-scales."""

    def __init__(self) -> None:
        pytest.importorskip("tlog_scales.tlog")

    def checkpoint(self, note: bytes, vkey: str) -> tuple[str, int, bytes]:
        from tlog_scales import signing, tlog

        found = tlog.Checkpoint.from_text(note.decode())
        found.verify(signing.Vkey.from_string(vkey))
        return found.origin, found.size, found.root_hash

    def inclusion(
        self, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
    ) -> None:
        from tlog_scales import tlog

        tlog.InclusionProof(index, size, list(path)).check(leaf, root)

    def consistency(
        self, sizes: tuple[int, int], roots: tuple[bytes, bytes], path: Sequence[bytes]
    ) -> None:
        from tlog_scales import tlog

        tlog.ConsistencyProof(*sizes, list(path)).check(*roots)


class _Metamorphic:
    """metamorphic-log, a Rust library."""

    def __init__(self) -> None:
        self._ml: Any = pytest.importorskip("metamorphic_log")

    def checkpoint(self, note: bytes, vkey: str) -> tuple[str, int, bytes]:
        found = self._ml.checkpoint_verify(note.decode(), [vkey])
        return found.origin, found.size, found.root

    def inclusion(
        self, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
    ) -> None:
        self._ml.verify_inclusion(index, size, leaf, list(path), root)

    def consistency(
        self, sizes: tuple[int, int], roots: tuple[bytes, bytes], path: Sequence[bytes]
    ) -> None:
        self._ml.verify_consistency(*sizes, list(path), *roots)


class _Aics:
    """aics-tlog, which wants Python 3.12."""

    def __init__(self) -> None:
        pytest.importorskip("aics_tlog")

    def checkpoint(self, note: bytes, vkey: str) -> tuple[str, int, bytes]:
        from aics_tlog import checkpoint
        from aics_tlog import note as notes

        found = checkpoint.verify_checkpoint(notes.parse_note(note), notes.parse_vkey(vkey))
        assert found.ok, found.error
        return found.origin, found.size, found.root

    def inclusion(
        self, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
    ) -> None:
        from aics_tlog import tree

        assert tree.verify_inclusion(leaf, index, size, list(path), root)

    def consistency(
        self, sizes: tuple[int, int], roots: tuple[bytes, bytes], path: Sequence[bytes]
    ) -> None:
        from aics_tlog import tree

        assert tree.verify_consistency(*sizes, *roots, list(path))


Oracle = _Scales | _Metamorphic | _Aics


@pytest.fixture(
    scope="module", params=[_Scales, _Metamorphic, _Aics], ids=lambda kind: kind.__doc__
)
def oracle(request: pytest.FixtureRequest) -> Oracle:
    found: Oracle = request.param()
    return found


def test_every_checkpoint_is_read(oracle: Oracle) -> None:
    for note, vkey in notes():
        lines = note.decode().split("\n")
        origin, size, root = oracle.checkpoint(note, vkey)
        assert (origin, str(size), to_base64(root)) == tuple(lines[:3])


def test_a_changed_checkpoint_is_not(oracle: Oracle) -> None:
    note = note_of(DATA[:5]).replace(b"\n5\n", b"\n6\n")
    with pytest.raises(Exception):  # noqa: B017, PT011  # each has its own
        oracle.checkpoint(note, VERIFIER.line())


@given(sizes, st.data())
def test_inclusion_proofs(oracle: Oracle, size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(tree_of(HASHES[:size]), index, size)
    oracle.inclusion(HASHES[index], index, size, path, plain_root(HASHES[:size]))
    proof = read_proof(proof_of(DATA[:size], index).text())
    assert proof.path == tuple(path)
    assert oracle.checkpoint(proof.note, VERIFIER.line())[1] == size


@given(sizes, st.data())
def test_consistency_proofs(oracle: Oracle, new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    path = consistency_path(tree_of(HASHES[:new]), old, new)
    roots = plain_root(HASHES[:old]), plain_root(HASHES[:new])
    oracle.consistency((old, new), roots, path)


@pytest.mark.parametrize("size", [1, 5, 255, 256, 257, 600])
def test_scales_reads_our_files(size: int) -> None:
    reading = pytest.importorskip("tlog_scales.reader")
    files = files_of([leaf(number) for number in range(size)])

    class Files:
        def get(self, *path: str) -> bytes | None:
            return files.get("/".join(path))

    reader = reading.TilesReader(Files())
    found = reader.get_checkpoint()
    assert reader.calculate_root_hash() == found.root_hash
    for index in {0, size // 2, size - 1}:
        assert reader.get_entry(index) == DATA[index]
        proof = proof_of(DATA[:size], index)
        assert tuple(reader.get_inclusion_proof(index, size).node_hashes) == proof.path


@pytest.mark.parametrize("size", [1, 5, 255, 256, 257, 600])
def test_aics_audits_our_files(size: int) -> None:
    tiles = pytest.importorskip("aics_tlog.tiles")
    from aics_tlog import verified

    entries = DATA[:size]
    files = files_of([leaf(number) for number in range(size)])

    class Files:
        def read_tile(self, level: int, index: int, width: int | None) -> bytes | None:
            return files.get(tiles.tile_path(level, index, width))

        def read_entry_bundle(self, index: int, width: int | None) -> bytes | None:
            return files.get(tiles.entry_bundle_path(index, width))

    report = verified.audit_tiles(Files(), size, plain_root([leaf_hash(each) for each in entries]))
    assert report.size == size
    own = Tile(None, 0, min(size, 256))
    assert files[own.path()] == pack_entries(entries[:256])
