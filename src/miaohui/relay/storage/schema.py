"""The database's shape: dated SQL files, applied in order, each exactly once.

A new database appears whole or not at all; an old one is copied (``VACUUM INTO``) before it is
changed; one that a newer relay has changed is refused.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from miaohui.relay.storage.ownership import hand_over

__all__ = ["SchemaError", "connect", "prepare"]

log = logging.getLogger(__name__)
PROMISE_2 = "2026-11-30-1-promise-2.sql"
NOTE = "CREATE TABLE IF NOT EXISTS schema_file (name TEXT PRIMARY KEY) WITHOUT ROWID"


class SchemaError(Exception):
    """A database that this relay must not open; the text is one sentence."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, so that every BEGIN and COMMIT is ours; it is used by one
    thread at a time."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA secure_delete=ON")
    except BaseException:
        conn.close()
        raise
    return conn


def scripts() -> list[tuple[str, str]]:
    """The SQL files by name, oldest first."""
    folder = files("miaohui.relay.storage").joinpath("schema")
    found = [(each.name, each.read_text("utf-8")) for each in folder.iterdir()]
    return sorted((name, text) for name, text in found if name.endswith(".sql"))


def statements(text: str) -> Iterator[str]:
    """The statements of a script; triggers stay whole."""
    gathered = ""
    for line in text.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    if gathered.strip():
        yield gathered


def _applied(conn: sqlite3.Connection) -> set[str]:
    return {name for (name,) in conn.execute("SELECT name FROM schema_file")}


def _apply(conn: sqlite3.Connection, pending: list[tuple[str, str]]) -> None:
    conn.execute("BEGIN IMMEDIATE")
    try:
        for name, text in pending:
            for statement in statements(text):
                conn.execute(statement)
            conn.execute("INSERT INTO schema_file (name) VALUES (?)", (name,))
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def prepare(path: Path, known: list[tuple[str, str]] | None = None) -> None:
    """Makes the database at ``path``, or brings it up to date; SchemaError where it must not."""
    known = scripts() if known is None else known
    if not path.exists():
        _create(path, known)
        return
    try:
        conn = connect(path)
    except sqlite3.DatabaseError as error:
        raise SchemaError(f"{path} cannot be used: {error}") from error
    try:
        conn.execute(NOTE)
        applied = _applied(conn)
        foreign = sorted(applied - {name for name, _ in known})
        if foreign:
            raise SchemaError(f"{path} was changed by a newer relay ({foreign[-1]})")
        pending = [(name, text) for name, text in known if name not in applied]
        if not pending:
            return
        if applied:
            old = any(name == PROMISE_2 for name, _ in pending)
            copy = path.with_name(
                f"{path.stem}.promise-1{path.suffix}"
                if old
                else f"{path.name}.before-{pending[0][0].removesuffix('.sql')}"
            )
            copy.unlink(missing_ok=True)
            conn.execute("VACUUM INTO ?", (str(copy),))
            if old:
                log.warning(
                    "orders, sessions and figures of promise/1 were set aside in %s:"
                    " this relay measures by promise/2 and does not read them",
                    copy,
                )
        _apply(conn, pending)
    except sqlite3.DatabaseError as error:
        raise SchemaError(f"{path} cannot be used: {error}") from error
    finally:
        conn.close()


def _create(path: Path, known: list[tuple[str, str]]) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(handle)
    conn = connect(fresh)
    try:
        conn.execute(NOTE)
        _apply(conn, known)
    finally:
        conn.close()
    hand_over(fresh)
    os.replace(fresh, path)
