"""What a receipt costs the log: leaf 100 against leaf 20,000, and the reads of its readers.

In one database in memory, so that the ratio says what the log's size does and not what a disk does;
each figure of an append is the median over a window of appends, each in a transaction of its own.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.receiptlog.leaf import Leaf, PersonTurns
from miaohui.receiptlog.merkle import leaf_hash
from miaohui.relay.storage.receipt_log import append_in, checkpoint_in, proof_in, size_in, sums_in
from miaohui.relay.storage.store import Store

LEAVES: Final = 20_000
WINDOW: Final = 200  # below a tile's 256: each holds at most one row of hashes that is filled
ROUNDS: Final = 50
ORIGIN: Final = "chat.example.com/log"
GOAL: Final = 1.5  # the later append against the early one


def _leaf(at: int) -> Leaf:
    return Leaf(
        leaf="miaohui/receipt/1",
        receipt=f"{at:064x}",
        shop=f"shop-{at % 50}",
        people=(PersonTurns(person=f"r{at % 200}", kept=9, breached=1),),
        kept=9,
        breached=1,
        asks=12,
        asks_kept=11,
        late_ms=1_500,
        paid_ms=600_000,
    )


def _append(conn: sqlite3.Connection, at: int) -> float:
    leaf = _leaf(at)
    begin = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    append_in(conn, f"s{at}", leaf)
    conn.execute("COMMIT")
    return time.perf_counter() - begin


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def run() -> tuple[float, list[tuple[str, str]]]:
    """The ratio that has a goal, and rows of name and value."""
    key = Ed25519PrivateKey.generate()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "relay.db"
        _make(file)
        on_disk = sqlite3.connect(file)
        conn = sqlite3.connect(":memory:", isolation_level=None)
        on_disk.backup(conn)
        on_disk.close()
    costs = [_append(conn, at) for at in range(LEAVES)]
    early = statistics.median(costs[100 : 100 + WINDOW])
    late = statistics.median(costs[-WINDOW:])
    own = leaf_hash(_leaf(LEAVES // 3).data())
    reads = {
        "checkpoint": _median(lambda: checkpoint_in(conn, ORIGIN, key)),
        "proof": _median(lambda: proof_in(conn, ORIGIN, key, own)),
        "all sums": _median(lambda: sums_in(conn, ORIGIN, key.public_key().public_bytes_raw())),
    }
    assert size_in(conn) == LEAVES
    conn.close()
    rows = [
        (f"log: append {LEAVES:,} against append 100", f"{late / early:.2f} x"),
        ("log: append 100", f"{early * 1e6:.0f} us"),
        (f"log: append {LEAVES:,}", f"{late * 1e6:.0f} us"),
        *((f"log: {name} of {LEAVES:,}", f"{took * 1e3:.2f} ms") for name, took in reads.items()),
    ]
    return late / early, rows


def _make(file: Path) -> None:
    """A relay's database with nothing in it."""

    async def job() -> None:
        await Store(file).close()

    asyncio.run(job())


def main() -> int:
    ratio, rows = run()
    for name, value in rows:
        print(f"{name:<40} {value}")
    return 1 if ratio > GOAL else 0


if __name__ == "__main__":
    raise SystemExit(main())
