"""The books: one movement, and every way in which they may disagree."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.relay.house import open_house

from miaohui.relay.money import ledger
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code


def on_books(data: Path, job: Callable[[sqlite3.Connection], None]) -> None:
    async def story() -> None:
        async with open_house(data) as house:
            await house.store.write(job)

    asyncio.run(story())


def plant(conn: sqlite3.Connection, from_book: str, to_book: str, fen: int) -> None:
    """A movement that no book hears of."""
    conn.execute(
        "INSERT INTO movements (utc_ms, what, from_book, to_book, fen) VALUES (0, 'grant', ?, ?, ?)",
        (from_book, to_book, fen),
    )


def test_a_movement_is_in_both_books_and_on_record(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        ledger.grant_in(conn, "anna", 7)
        book = ledger.customer_book("anna")
        ledger.move_in(
            conn,
            "payment",
            from_book=book,
            to_book=ledger.order_book("o"),
            fen=30,
            now_ms=8,
            order="o",
            customer="anna",
        )
        assert ledger.balance_in(conn, book) == ledger.GRANT_FEN - 30
        assert ledger.balance_in(conn, "order:o") == 30
        assert ledger.balance_in(conn, "order:none") == 0
        rows = conn.execute(
            "SELECT utc_ms, what, order_id, customer, from_book, to_book, fen FROM movements"
        ).fetchall()
        assert rows == [
            (7, "grant", None, "anna", "mint", "customer:anna", ledger.GRANT_FEN),
            (8, "payment", "o", "anna", "customer:anna", "order:o", 30),
        ]

    on_books(tmp_path, job)


def test_nothing_is_moved_for_nothing_and_nothing_less(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        def move(fen: int) -> None:
            ledger.move_in(conn, "payment", from_book="mint", to_book="shop:wan", fen=fen, now_ms=0)

        move(0)
        assert conn.execute("SELECT count(*) FROM movements").fetchone() == (0,)
        with pytest.raises(ledger.LedgerBroken, match=r"^a movement of less than nothing$"):
            move(-1)
        move(1)
        assert ledger.balance_in(conn, "shop:wan") == 1

    on_books(tmp_path, job)


def test_a_book_gives_all_it_has_and_no_fen_more(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        ledger.grant_in(conn, "anna", 0)

        def take(fen: int) -> None:
            ledger.move_in(
                conn, "payment", from_book="customer:anna", to_book="shop:wan", fen=fen, now_ms=0
            )

        with pytest.raises(Refused) as caught:
            take(ledger.GRANT_FEN + 1)
        assert caught.value.code is Code.BALANCE_LOW
        take(ledger.GRANT_FEN)
        with pytest.raises(Refused):
            take(1)
        # Real money comes from where this relay holds no book of.
        ledger.move_in(
            conn, "payment", from_book="outside:till", to_book="order:o", fen=5, now_ms=0
        )
        assert ledger.balance_in(conn, "outside:till") == -5
        assert ledger.audit_in(conn) == []

    on_books(tmp_path, job)


def test_what_was_spent_is_net_of_what_came_back_and_of_that_time_alone(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        ledger.grant_in(conn, "anna", 10)
        book = ledger.customer_book("anna")

        def move(what: str, fen: int, at: int, customer: str = "anna") -> None:
            there, back = (book, "order:o") if what != "refund" else ("order:o", book)
            ledger.move_in(
                conn, what, from_book=there, to_book=back, fen=fen, now_ms=at, customer=customer
            )

        move("payment", 100, 10)
        move("extension", 40, 20)
        move("refund", 30, 30)
        move("payment", 7, 30, customer="ben")

        def spent(since: int) -> int:
            return ledger.spent_since_in(conn, "anna", since)

        assert (spent(0), spent(10), spent(11), spent(20)) == (110, 110, 10, 10)
        # More came back since then than was paid; and nothing happened since then.
        assert (spent(21), spent(31)) == (0, 0)

    on_books(tmp_path, job)


def test_money_out_of_nowhere_is_seen_at_the_next_movement(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO books (book, fen) VALUES ('shop:wan', 3)")
        with pytest.raises(ledger.LedgerBroken, match=r"^the books are 3 fen off$"):
            ledger.grant_in(conn, "anna", 0)
        conn.execute("UPDATE books SET fen = 0 WHERE book = 'shop:wan'")

    on_books(tmp_path, job)


def test_an_audit_names_every_book_that_disagrees(tmp_path: Path) -> None:
    def job(conn: sqlite3.Connection) -> None:
        ledger.grant_in(conn, "anna", 0)
        assert ledger.audit_in(conn) == []
        # Neither an empty book nor one whose movements come to nothing is a fault.
        conn.execute("INSERT INTO books (book, fen) VALUES ('shop:new', 0)")
        plant(conn, "order:a", "order:b", 5)
        plant(conn, "order:b", "order:a", 5)
        assert ledger.audit_in(conn) == []
        plant(conn, "mint", "shop:moved", 4)
        conn.execute("INSERT INTO books (book, fen) VALUES ('shop:booked', 6)")
        assert ledger.audit_in(conn) == [
            f"mint: {-ledger.GRANT_FEN} in the book, {-ledger.GRANT_FEN - 4} moved",
            "shop:booked: 6 in the book, 0 moved",
            "shop:moved: 0 in the book, 4 moved",
            "all books together: 6",
        ]

    on_books(tmp_path, job)
