"""A relay's data dir: one folder, one database in it."""

import sqlite3
from pathlib import Path

from miaohui.relay.storage.schema import SchemaError, connect, prepare

DATABASE_NAME = "relay.db"


class NoData(Exception):
    """A folder that holds no relay; the text is one sentence."""


def database(data: Path) -> Path:
    return data / DATABASE_NAME


def open_beside(data: Path, *, make: bool = False) -> sqlite3.Connection:
    """A connection for the host's commands, also while the relay runs; NoData where there is
    nothing to open. ``make``: a folder that is empty yet becomes a relay's."""
    path = database(data)
    if not path.exists() and not make:
        raise NoData(f"{data} holds no relay: start it there once, or check the path")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        prepare(path)
        conn = connect(path)
        conn.execute("PRAGMA journal_mode=WAL")
    except (SchemaError, sqlite3.Error, OSError) as error:
        raise NoData(f"{path} cannot be opened: {error}") from None
    return conn
