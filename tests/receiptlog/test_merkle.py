"""The tree: RFC 6962's own vectors, and every proof against the RFC's definitions."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.receiptlog.logs import plain_path, plain_root, plain_subproof, tree_of

from miaohui.receiptlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    shows_consistency,
    shows_inclusion,
)

# The test tree of the certificate-transparency project: eight leaves and the root of each size.
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(each) for each in LEAVES]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
# Sizes around full tiles and tiles of tiles.
SIZES = (1, 2, 3, 7, 8, 9, 255, 256, 257, 511, 512, 513, 700)
sizes = st.one_of(st.sampled_from(SIZES), st.integers(1, 700))
MANY = [leaf_hash(b"%d" % each) for each in range(700)]


def test_the_known_tree() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, known in enumerate(ROOTS, 1):
        frontier.append(HASHES[size - 1])
        assert frontier.root().hex() == known
        assert root(tree_of(HASHES[:size]), size).hex() == known


@pytest.mark.parametrize("place", INCLUSION)
def test_the_known_paths(place: tuple[int, int]) -> None:
    index, size = place
    path = inclusion_path(tree_of(HASHES[:size]), index, size)
    assert [each.hex() for each in path] == INCLUSION[place]


@pytest.mark.parametrize("step", CONSISTENCY)
def test_the_known_consistency_proofs(step: tuple[int, int]) -> None:
    old, new = step
    path = consistency_path(tree_of(HASHES[:new]), old, new)
    assert [each.hex() for each in path] == CONSISTENCY[step]


@given(sizes, st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    hashes = MANY[:size]
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(hashes)
    path = inclusion_path(tree, index, size)
    assert path == plain_path(index, hashes)
    found = root(tree, size)
    assert found == plain_root(hashes)
    assert shows_inclusion(hashes[index], index, size, path, found)
    # Anything else about it does not show it.
    other = data.draw(st.integers(0, size).filter(lambda each: each != index))
    assert not shows_inclusion(hashes[index], other, size, path, found)
    assert not shows_inclusion(leaf_hash(b"x"), index, size, path, found)
    assert not shows_inclusion(hashes[index], index, size, [*path, found], found)
    assert not shows_inclusion(hashes[index], index, size, path, EMPTY_ROOT)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not shows_inclusion(hashes[index], index, size, [*path[:at], *path[at + 1 :]], found)
        changed = [*path[:at], EMPTY_ROOT, *path[at + 1 :]]
        assert not shows_inclusion(hashes[index], index, size, changed, found)


@given(sizes, st.data())
def test_consistency(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    tree = tree_of(MANY[:new])
    path = consistency_path(tree, old, new)
    assert path == plain_subproof(old, MANY[:new])
    roots = plain_root(MANY[:old]), plain_root(MANY[:new])
    assert shows_consistency(old, new, *roots, path)
    assert not shows_consistency(old, new, roots[0], EMPTY_ROOT, path)
    assert not shows_consistency(old, new, EMPTY_ROOT, roots[1], path)
    assert not shows_consistency(old, new, *roots, [*path, EMPTY_ROOT])
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not shows_consistency(old, new, *roots, [*path[:at], *path[at + 1 :]])
        assert not shows_consistency(old, new, *roots, [*path[:at], EMPTY_ROOT, *path[at + 1 :]])


@given(sizes)
def test_an_empty_tree_is_a_beginning_of_any(new: int) -> None:
    tree = tree_of(MANY[:new])
    found = root(tree, new)
    assert consistency_path(tree, 0, new) == []
    assert shows_consistency(0, new, EMPTY_ROOT, found, [])
    assert not shows_consistency(0, new, found, found, [])
    assert not shows_consistency(0, new, EMPTY_ROOT, found, [found])


def test_what_is_no_beginning() -> None:
    tree = tree_of(HASHES)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_path(tree, 9, 8)
    assert not shows_consistency(9, 8, HASHES[0], HASHES[0], [])
    assert not shows_consistency(-1, 8, HASHES[0], HASHES[0], [])
    for index in (-1, 8):
        with pytest.raises(ValueError, match="not in a tree"):
            inclusion_path(tree, index, 8)


@given(st.integers(0, 700))
def test_the_frontier_has_the_trees_root(size: int) -> None:
    frontier = Frontier()
    for each in MANY[:size]:
        frontier.append(each)
    assert (frontier.size, frontier.root()) == (size, plain_root(MANY[:size]))
