"""The ledger: integer fen, one row a movement, from one book to another.

Books: ``customer:ID`` (practice money only), ``order:ID`` (paid and not yet earned or given back),
``shop:ID``, ``mint`` (where practice money comes from), ``outside:PROVIDER`` (real money that this
relay never holds). All books together are zero at every commit.
"""

import sqlite3

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

MINT = "mint"
OUTSIDE = "outside:"
GRANT_FEN = 100_000


class LedgerBroken(Exception):
    """The books do not add up: nothing of the transaction is kept."""


def customer_book(account: str) -> str:
    return f"customer:{account}"


def order_book(order: str) -> str:
    return f"order:{order}"


def shop_book(shop: str) -> str:
    return f"shop:{shop}"


def balance_in(conn: sqlite3.Connection, book: str) -> int:
    row = conn.execute("SELECT fen FROM books WHERE book = ?", (book,)).fetchone()
    return int(row[0]) if row else 0


def move_in(
    conn: sqlite3.Connection,
    what: str,
    *,
    from_book: str,
    to_book: str,
    fen: int,
    now_ms: int,
    order: str | None = None,
    customer: str | None = None,
) -> None:
    """One movement; nothing for 0 fen. Refused(BALANCE_LOW) where the book holds too little."""
    if fen < 0:
        raise LedgerBroken("a movement of less than nothing")
    if fen == 0:
        return
    if not from_book.startswith((MINT, OUTSIDE)) and balance_in(conn, from_book) < fen:
        raise Refused(Code.BALANCE_LOW)
    conn.execute(
        "INSERT INTO movements (utc_ms, what, order_id, customer, from_book, to_book, fen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now_ms, what, order, customer, from_book, to_book, fen),
    )
    conn.executemany(
        "INSERT OR IGNORE INTO books (book, fen) VALUES (?, 0)", ((from_book,), (to_book,))
    )
    conn.execute("UPDATE books SET fen = fen - ? WHERE book = ?", (fen, from_book))
    conn.execute("UPDATE books SET fen = fen + ? WHERE book = ?", (fen, to_book))
    total = conn.execute("SELECT fen FROM books_total").fetchone()[0]
    if total != 0:
        raise LedgerBroken(f"the books are {total} fen off")


def grant_in(conn: sqlite3.Connection, account: str, now_ms: int) -> None:
    """The practice money that a new customer starts with."""
    move_in(
        conn,
        "grant",
        from_book=MINT,
        to_book=customer_book(account),
        fen=GRANT_FEN,
        now_ms=now_ms,
        customer=account,
    )


def spent_since_in(
    conn: sqlite3.Connection, customer: str, since_ms: int, until_ms: int = 2**62
) -> int:
    """The customer's payments since then, less what came back since then; not below zero."""
    row = conn.execute(
        "SELECT ifnull(sum(CASE what WHEN 'refund' THEN -fen ELSE fen END), 0) FROM movements"
        " WHERE customer = ? AND utc_ms >= ? AND utc_ms < ?"
        " AND what IN ('payment', 'extension', 'refund')",
        (customer, since_ms, until_ms),
    ).fetchone()
    return max(0, int(row[0]))


def audit_in(conn: sqlite3.Connection) -> list[str]:
    """Every way in which the books disagree with the movements; empty where all is well."""
    wrong = []
    rows = conn.execute(
        "SELECT book, sum(fen) FROM (SELECT to_book AS book, fen FROM movements UNION ALL"
        " SELECT from_book, -fen FROM movements) GROUP BY book"
    ).fetchall()
    books = dict(conn.execute("SELECT book, fen FROM books").fetchall())
    moved = dict(rows)
    for book in sorted(books.keys() | moved.keys()):
        if books.get(book, 0) != moved.get(book, 0):
            wrong.append(f"{book}: {books.get(book, 0)} in the book, {moved.get(book, 0)} moved")
    if sum(books.values()) != 0:
        wrong.append(f"all books together: {sum(books.values())}")
    return wrong
