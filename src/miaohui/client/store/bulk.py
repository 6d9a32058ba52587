"""Many rows as few statements: a thread with the loop beside it loses its turn at each one.

SQLite runs a statement without Python's lock. Row by row, a page of history would have to win that
lock hundreds of times from a loop that is busy.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sqlite3 import Connection

T = TypeVar("T")
SIZES = (128, 16, 4, 1)  # few, so that each statement stays prepared


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in stretches of those sizes."""
    at = 0
    for size in SIZES:
        while len(values) - at >= size:
            yield values[at : at + size]
            at += size


def put(conn: "Connection", into: str, rows: Sequence[Sequence[Any]]) -> None:
    """``into``: the statement up to VALUES; all rows are equally wide."""
    if not rows:
        return
    marks = "(" + ",".join("?" * len(rows[0])) + ")"
    for some in pieces(rows):
        values = ",".join([marks] * len(some))
        conn.execute(f"{into} VALUES {values}", [value for row in some for value in row])
