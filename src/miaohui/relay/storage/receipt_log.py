"""The log of receipts in the relay's database: leaves go in with the settlement, and never change.

Its size is the number of leaves; every tile of every size up to it can be read at any time, since
tiles are rows of hashes. A checkpoint speaks of committed rows alone.
"""

import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.receiptlog.checkpoint import Checkpoint, sign_checkpoint
from miaohui.receiptlog.leaf import Leaf
from miaohui.receiptlog.merkle import inclusion_path, leaf_hash, node_hash, root
from miaohui.receiptlog.note import VerifierKey
from miaohui.receiptlog.proof import InclusionProof
from miaohui.receiptlog.sums import Sum, Sums, person_parts, shop_part
from miaohui.receiptlog.tiles import (
    TILE_WIDTH,
    Tile,
    TiledTree,
    hashes_at,
    pack_entries,
)

__all__ = [
    "NameTaken",
    "append_in",
    "begin_anew_in",
    "checkpoint_in",
    "name_in",
    "origin_in",
    "proof_in",
    "proof_of_session_in",
    "size_in",
    "sum_of",
    "sums_in",
    "tile_in",
]


class NameTaken(Exception):
    """A name that this log cannot have; the text is one sentence."""


_SUMS = Sum.__struct_fields__
_ADD = (
    f"INSERT INTO receipt_sum (subject, person, {', '.join(_SUMS)})"
    f" VALUES (?, ?, {', '.join('?' * len(_SUMS))}) ON CONFLICT (subject, person) DO UPDATE SET "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
)


def append_in(conn: sqlite3.Connection, session: str, leaf: Leaf) -> int:
    """Makes a closed session's leaf the log's next one and returns its index; a session that has
    its leaf already keeps it."""
    known = conn.execute("SELECT n FROM receipt_leaf WHERE session = ?", (session,)).fetchone()
    if known is not None:
        return int(known[0])
    at, data = size_in(conn), leaf.data()
    own = leaf_hash(data)
    conn.execute(
        "INSERT INTO receipt_leaf (n, session, hash, data) VALUES (?, ?, ?, ?)",
        (at, session, own, data),
    )
    _hash_in(conn, at, own)
    for subject, person, part in (
        (leaf.shop, False, shop_part(leaf)),
        *((name, True, part) for name, part in person_parts(leaf)),
    ):
        conn.execute(_ADD, (subject, person, *(getattr(part, name) for name in _SUMS)))
    return at


def _hash_in(conn: sqlite3.Connection, n: int, own: bytes) -> None:
    """The leaf's hash, and those of the tiles that it fills."""
    level = 0
    while True:
        conn.execute("INSERT INTO receipt_hash (level, n, hash) VALUES (?, ?, ?)", (level, n, own))
        if (n + 1) % TILE_WIDTH:
            return
        n //= TILE_WIDTH
        row = _hashes(conn, Tile(level, n))
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        own, level = row[0], level + 1


def _hashes(conn: sqlite3.Connection, tile: Tile) -> list[bytes]:
    rows = conn.execute(
        "SELECT hash FROM receipt_hash WHERE level = ? AND n >= ? AND n < ? ORDER BY n",
        (tile.level, tile.first, tile.first + tile.width),
    )
    return [own for (own,) in rows]


def name_in(conn: sqlite3.Connection, asked: str | None, fallback: str) -> str:
    """The log's name, given once: as `asked`, else `fallback`. NameTaken where it has another
    already, or had that one before it went on from a copy."""
    origin, former = conn.execute("SELECT origin, former FROM receipt_log").fetchone()
    if origin is not None:
        if asked not in (None, origin):
            raise NameTaken(f"the log of this folder is called {origin}: a log keeps its name")
        return str(origin)
    name = fallback if asked is None else asked
    if name == former:
        raise NameTaken(
            f"{name} is the log that this folder's copy was taken of: give another name"
        )
    conn.execute("UPDATE receipt_log SET origin = ?", (name,))
    return name


def begin_anew_in(conn: sqlite3.Connection) -> None:
    """Takes the name away from a copy: the log that it was taken of may have grown since, and two
    logs of one name that part prove a fork."""
    conn.execute("UPDATE receipt_log SET former = origin, origin = NULL WHERE origin IS NOT NULL")


def size_in(conn: sqlite3.Connection) -> int:
    (size,) = conn.execute("SELECT ifnull(max(n) + 1, 0) FROM receipt_leaf").fetchone()
    return int(size)


def tile_in(conn: sqlite3.Connection, tile: Tile) -> bytes | None:
    """The bytes of a tile or of a bundle of entries; None where the log has not got so far."""
    if hashes_at(tile.level, size_in(conn)) < tile.first + tile.width:
        return None
    if tile.level is not None:
        return b"".join(_hashes(conn, tile))
    rows = conn.execute(
        "SELECT data FROM receipt_leaf WHERE n >= ? AND n < ? ORDER BY n",
        (tile.first, tile.first + tile.width),
    )
    return pack_entries(data for (data,) in rows)


def _tree(conn: sqlite3.Connection, size: int) -> TiledTree:
    return TiledTree(size, lambda tile: b"".join(_hashes(conn, tile)))


def checkpoint_in(conn: sqlite3.Connection, origin: str, key: Ed25519PrivateKey) -> bytes:
    """The signed checkpoint of the log as it is committed here."""
    size = size_in(conn)
    found = Checkpoint(origin, size, root(_tree(conn, size), size))
    return sign_checkpoint(found, key).encode()


def proof_in(
    conn: sqlite3.Connection, origin: str, key: Ed25519PrivateKey, own: bytes
) -> bytes | None:
    """The proof that the leaf with this hash is in the log as it stands; None where it is not."""
    row = conn.execute("SELECT n FROM receipt_leaf WHERE hash = ?", (own,)).fetchone()
    if row is None:
        return None
    size = size_in(conn)
    path = inclusion_path(_tree(conn, size), row[0], size)
    return InclusionProof(row[0], tuple(path), checkpoint_in(conn, origin, key)).text()


def origin_in(conn: sqlite3.Connection) -> str | None:
    """The log's name; None while it has none, so that nobody was shown it."""
    (origin,) = conn.execute("SELECT origin FROM receipt_log").fetchone()
    return None if origin is None else str(origin)


def proof_of_session_in(
    conn: sqlite3.Connection, key: Ed25519PrivateKey, session: str
) -> bytes | None:
    """The proof for a session's leaf; None where it has none, or the log no name."""
    origin = origin_in(conn)
    row = conn.execute("SELECT hash FROM receipt_leaf WHERE session = ?", (session,)).fetchone()
    return None if origin is None or row is None else proof_in(conn, origin, key, row[0])


def sum_of(conn: sqlite3.Connection, subject: str, *, person: bool) -> Sum:
    """The sums of one shop or person over the whole log."""
    row = conn.execute(
        f"SELECT {', '.join(_SUMS)} FROM receipt_sum WHERE subject = ? AND person = ?",
        (subject, person),
    ).fetchone()
    return Sum() if row is None else Sum(**dict(zip(_SUMS, row, strict=True)))


def sums_in(conn: sqlite3.Connection, origin: str, public: bytes) -> bytes:
    """Everybody's sums, as they are served."""
    rows = conn.execute(f"SELECT subject, person, {', '.join(_SUMS)} FROM receipt_sum")
    sides: tuple[dict[str, Sum], dict[str, Sum]] = ({}, {})
    for subject, person, *values in rows:
        sides[person][subject] = Sum(**dict(zip(_SUMS, values, strict=True)))
    return Sums(
        origin=origin,
        vkey=VerifierKey(origin, public).line(),
        size=size_in(conn),
        shops=sides[0],
        people=sides[1],
    ).data()
