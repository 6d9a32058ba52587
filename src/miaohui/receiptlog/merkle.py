"""The Merkle tree of RFC 6962: hashes, inclusion and consistency proofs, and their checks.

A leaf's hash is SHA-256 of 0x00 and its bytes, a node's that of 0x01 and its two children. Proofs
are made from the hashes of full subtrees (`Subtrees`); the checks know nothing but the proof.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class Subtrees(Protocol):
    """The hashes of a tree's full subtrees."""

    def full(self, height: int, index: int) -> bytes:
        """The hash over the leaves from `index` * 2 ** `height`, 2 ** `height` of them."""
        ...


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`, which is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)


def range_root(trees: Subtrees, start: int, end: int) -> bytes:
    """The tree hash over the leaves `start` to `end`, where RFC 6962 cuts there."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        return trees.full(size.bit_length() - 1, start // size)
    middle = start + _split(size)
    return node_hash(range_root(trees, start, middle), range_root(trees, middle, end))


def root(trees: Subtrees, size: int) -> bytes:
    return range_root(trees, 0, size)


def inclusion_path(trees: Subtrees, index: int, size: int) -> list[bytes]:
    """The siblings of a leaf's way up, the lowest first (section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(trees, middle, end))
            end = middle
        else:
            path.append(range_root(trees, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(trees: Subtrees, old: int, new: int) -> list[bytes]:
    """What shows that the tree of `old` leaves is a beginning of that of `new` (section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} is no beginning of one of {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end = 0, new
    whole = True  # the old tree's last subtree is the old tree itself: its root is known
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(trees, middle, end))
            end = middle
        else:
            path.append(range_root(trees, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(trees, start, end))
    path.reverse()
    return path


def shows_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes
) -> bool:
    """Whether the path leads from the leaf with this hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    own, last = index, size - 1
    found = leaf
    for sibling in path:
        if last == 0:
            return False
        if own & 1 or own == last:
            found = node_hash(sibling, found)
            while not own & 1 and own:
                own, last = own >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        own, last = own >> 1, last >> 1
    return last == 0 and found == tree_root


def shows_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the path shows the old tree as a beginning of the new one (RFC 9162, 2.1.4.2).

    An empty tree is a beginning of any, and a tree of itself, each with an empty path.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    own, last = old - 1, new - 1
    while own & 1:
        own, last = own >> 1, last >> 1
    found_old = found_new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if own & 1 or own == last:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
            while not own & 1 and own:
                own, last = own >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        own, last = own >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


class Frontier:
    """A tree's right edge: it grows leaf by leaf and always knows its root.

    It keeps the hashes of the full subtrees that its size is the sum of, so a million leaves take
    twenty hashes.
    """

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Takes the hash of the next leaf."""
        found, carry = leaf, self.size
        while carry & 1:
            found = node_hash(self._edge.pop(), found)
            carry >>= 1
        self._edge.append(found)
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found
