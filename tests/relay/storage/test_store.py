"""The store: group commit, savepoints, lineages; and its schema: order, backup, refusal."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from miaohui.relay.storage.schema import SchemaError, connect, prepare, scripts, statements
from miaohui.relay.storage.store import (
    AnswerRow,
    FeedRow,
    Lineage,
    LineageBroken,
    Store,
    StoreFault,
    Work,
)

ONE = ("2026-01-01-1-one.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n")
TWO = ("2026-01-02-1-two.sql", "ALTER TABLE a ADD COLUMN y;\n")


def tables(path: Path) -> set[str]:
    conn = connect(path)
    try:
        return {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
    finally:
        conn.close()


def test_a_new_database_has_every_script(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    prepare(path)
    assert {"session", "feed", "answer"} <= tables(path)
    prepare(path)
    assert [each.name for each in tmp_path.iterdir()] == ["r.db"]


def test_feeds_come_along_into_the_order_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    known = scripts()
    prepare(path, [each for each in known if each[0] < "2026-11-30-f-feed.sql"])
    rows = [(s, pos, None, 7 * pos, f'{{"n":{pos}}}', "b") for pos in (1, 2, 3) for s in (2, 1)]
    conn = connect(path)
    conn.executemany("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", rows)
    conn.close()
    prepare(path)
    conn = connect(path)
    try:
        found = conn.execute("SELECT * FROM feed ORDER BY session, pos").fetchall()
        assert found == sorted(rows)
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute("INSERT INTO feed VALUES (1, 3, NULL, 0, '', NULL)")
        plan = conn.execute(
            "EXPLAIN QUERY PLAN SELECT line FROM feed WHERE session = ? AND pos > ? ORDER BY pos",
            (1, 0),
        ).fetchall()
        assert [("USING INDEX" in each[3]) for each in plan] == [True]
    finally:
        conn.close()


def test_a_commit_of_many_sessions_writes_few_pages(tmp_path: Path) -> None:
    """Counted, not timed: pages of the log, for one row in each of a hundred sessions."""
    path = tmp_path / "r.db"

    async def run() -> list[int]:
        store = Store(path, wal_limit=1 << 30)
        sizes = []
        for pos in range(1, 21):
            told: list[BaseException | None] = []
            for session in range(100):
                row = (session, pos, pos, 0, "x" * 320, "y" * 120)
                store.put(Rows(told, [row], [], Lineage()))
            await store.write(lambda conn: None)
            assert told == [None] * 100
            sizes.append((tmp_path / "r.db-wal").stat().st_size)
        await store.close()
        return sizes

    sizes = asyncio.run(run())
    # 44 kB of rows are eleven full pages; the rest is the index.
    assert (sizes[-1] - sizes[0]) / 19 / 4_120 < 40


def test_a_script_that_fails_leaves_no_database(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    with pytest.raises(sqlite3.Error):
        prepare(path, [ONE, ("2026-01-03.sql", "CREATE TABLE b (x);\nNONSENSE;\n")])
    assert not path.exists()


def test_an_old_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    prepare(path, [ONE])
    prepare(path, [ONE, TWO])
    copy = tmp_path / "r.db.before-2026-01-02-1-two"
    conn = connect(copy)
    assert [name for _, name, *_ in conn.execute("PRAGMA table_info(a)")] == ["x"]
    conn.close()


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    prepare(path, [ONE])
    with pytest.raises(SchemaError):
        prepare(path, [ONE, ("2026-01-03.sql", "CREATE TABLE b (x);\nNONSENSE;\n")])
    assert "b" not in tables(path)


def test_a_newer_database_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    prepare(path, [ONE, TWO])
    with pytest.raises(SchemaError, match="newer"):
        prepare(path, [ONE])
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be read as one" * 9)
    with pytest.raises(SchemaError):
        prepare(tmp_path / "x.db", [ONE])


def test_answers_are_known_after_they_were_put_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    before = [each for each in scripts() if each[0] < "2026-11-22-6"]
    prepare(path, before)
    conn = connect(path)
    rows = [("a", "2", "d", "{}", None), ("a", "1", "e", "{}", 7), ("b", "1", "f", "{}", None)]
    conn.executemany("INSERT INTO answer VALUES (?, ?, ?, ?, ?)", rows)
    conn.close()
    prepare(path, [each for each in scripts() if each[0] < "2026-11-30"])
    conn = connect(path)
    columns = "account, id, digest, result, session"
    kept = conn.execute(f"SELECT {columns} FROM answer ORDER BY account, id DESC").fetchall()
    assert kept == rows
    with pytest.raises(sqlite3.IntegrityError):
        conn.execute("INSERT INTO answer VALUES ('1', 'a', 'other', '{}', NULL)")
    conn.close()


def test_what_promise_1_left_is_set_aside_and_held_money_goes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "relay.db"
    prepare(path, [each for each in scripts() if each[0] < "2026-11-30"])
    conn = connect(path)
    conn.execute("INSERT INTO books VALUES ('mint', -5000)")
    conn.execute("INSERT INTO books VALUES ('customer:cai', 2000)")
    for order, fen in (("o1", 2500), ("o2", 500)):
        conn.execute("INSERT INTO books VALUES (?, ?)", (f"order:{order}", fen))
        conn.execute(
            "INSERT INTO orders (order_id, version, state, customer, customer_name, shop, offer,"
            " minutes, mode, price_fen, terms, trial, created_ms)"
            " VALUES (?, 1, 'queued', 'cai', 'Cai', 's', 'f', 30, 'text', ?, '{}', 0, 7)",
            (order, fen),
        )
    conn.close()
    prepare(path)
    conn = connect(path)
    assert dict(conn.execute("SELECT book, fen FROM books WHERE fen <> 0").fetchall()) == {
        "mint": -5000,
        "customer:cai": 5000,
    }
    assert conn.execute("SELECT fen FROM books_total").fetchone() == (0,)
    assert conn.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    conn.close()
    aside = tmp_path / "relay.promise-1.db"
    conn = connect(aside)
    assert conn.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    conn.close()
    (said,) = caplog.messages
    assert str(aside) in said


def test_triggers_stay_whole() -> None:
    text = "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\nSELECT 3;\n"
    assert [each.count("SELECT") for each in statements(text)] == [2, 1]
    assert scripts() == sorted(scripts())


def test_a_job_that_fails_takes_nobody_along(tmp_path: Path) -> None:
    async def script() -> None:
        store = Store(tmp_path / "r.db")

        def good(number: int) -> Callable[[sqlite3.Connection], int]:
            def job(conn: sqlite3.Connection) -> int:
                conn.execute("INSERT INTO vouch VALUES (1, 'a', ?, 0)", (number,))
                return number

            return job

        def bad(conn: sqlite3.Connection) -> None:
            conn.execute("DELETE FROM vouch")
            raise ValueError("no")

        results = await asyncio.gather(
            store.write(good(7)), store.write(bad), store.write(good(8)), return_exceptions=True
        )
        assert results[0] == 7
        assert isinstance(results[1], ValueError)
        assert isinstance(results[2], sqlite3.IntegrityError)
        rows = await store.read(lambda conn: conn.execute("SELECT mono FROM vouch").fetchall())
        assert rows == [(7,)]
        await store.close()

    asyncio.run(script())


class Rows(Work):
    """Rows on their way, and how it went."""

    def __init__(
        self,
        told: list[BaseException | None],
        feed: Sequence[FeedRow],
        answers: Sequence[AnswerRow],
        lineage: Lineage,
    ) -> None:
        super().__init__(None, feed, answers, lineage)
        self.told = told

    def done(self) -> None:
        self.told.append(self.error)


def test_what_stands_on_a_failed_write_fails_too(tmp_path: Path) -> None:
    async def script() -> None:
        store = Store(tmp_path / "r.db")
        told: list[BaseException | None] = []
        lineage, other = Lineage(), Lineage()

        answer = ("a", "id", "digest", "{}")
        store.put(Rows(told, ((1, 1, 1, 0, "{}", None),), (answer,), lineage))
        store.put(Rows(told, ((1, 2, 2, 0, "{}", None),), (answer,), lineage))
        store.put(Rows(told, ((1, 3, 3, 0, "{}", None),), (), lineage))
        store.put(Rows(told, ((2, 1, 1, 0, "{}", None),), (), other))
        await store.write(lambda conn: None)
        assert told[0] is None
        assert isinstance(told[1], sqlite3.IntegrityError)
        assert isinstance(told[2], LineageBroken)
        assert told[3] is None
        rows = await store.read(
            lambda conn: conn.execute("SELECT session, pos FROM feed ORDER BY 1, 2").fetchall()
        )
        assert rows == [(1, 1), (2, 1)]
        await store.close()

    asyncio.run(script())


def test_any_number_of_rows_goes_in_whole_or_not_at_all(tmp_path: Path) -> None:
    async def script() -> None:
        store = Store(tmp_path / "r.db")
        told: list[BaseException | None] = []

        def feed(session: int, number: int) -> list[tuple[int, int, int, int, str, None]]:
            return [(session, pos, pos, 0, "{}", None) for pos in range(1, number + 1)]

        numbers = [*range(1, 30), 511, 512, 513, 1000, 1337]
        for session, number in enumerate(numbers):
            answers = [("a", f"{session}-{each}", "d", "{}") for each in range(number)]
            store.put(Rows(told, feed(session, number), answers, Lineage()))
        # One of many rows stands there already: none of the others may stay.
        twice = [("a", "new", "d", "{}"), *(("a", f"40-{each}", "d", "{}") for each in range(99))]
        store.put(Rows(told, feed(99, 700), [*twice, ("a", "0-0", "d", "{}")], Lineage()))
        store.put(Rows(told, [*feed(98, 600), (0, 1, 1, 0, "{}", None)], (), Lineage()))
        await store.write(lambda conn: None)
        assert told[:-2] == [None] * len(numbers)
        assert all(isinstance(error, sqlite3.IntegrityError) for error in told[-2:])
        rows = await store.read(
            lambda conn: conn.execute("SELECT session, count(*) FROM feed GROUP BY 1").fetchall()
        )
        assert rows == list(enumerate(numbers))
        found = await store.read(
            lambda conn: conn.execute("SELECT count(*) FROM answer").fetchone()
        )
        assert found == (sum(numbers),)
        await store.close()

    asyncio.run(script())


def test_a_closed_store_takes_nothing(tmp_path: Path) -> None:
    async def script() -> None:
        store = Store(tmp_path / "r.db")
        await store.close()
        with pytest.raises(StoreFault):
            await store.write(lambda conn: None)

    asyncio.run(script())


def test_a_log_that_never_comes_to_rest_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    log = tmp_path / "r.db-wal"

    async def main() -> None:
        store = Store(path, wal_limit=32)
        begun: set[bytes] = set()
        async with asyncio.timeout(30):
            at = 0
            while len(begun) < 4:
                at += 1
                await store.write(
                    lambda conn, at=at: conn.execute(  # type: ignore[misc]
                        "INSERT INTO feed VALUES (1, ?, ?, 0, ?, NULL)", (at, at, "x" * 3000)
                    )
                )
                # The header counts how often the log began anew.
                begun.add(log.read_bytes()[12:16])
        rows = await store.read(lambda conn: conn.execute("SELECT count(*) FROM feed").fetchone())
        assert rows == (at,)
        await store.close()

    asyncio.run(main())
