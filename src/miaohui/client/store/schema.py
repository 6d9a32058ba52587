"""The tables of the local store and the steps from one version to the next.

``scope`` is one account at one relay: histories of different people never mix.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

STEPS = (
    """
    CREATE TABLE scope(
        scope INTEGER PRIMARY KEY, relay TEXT NOT NULL, account TEXT NOT NULL, used INTEGER NOT NULL,
        UNIQUE(relay, account));
    CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE cache(
        scope INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY(scope, name)) WITHOUT ROWID;
    CREATE TABLE item(
        scope INTEGER NOT NULL, session TEXT NOT NULL, pos INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(scope, session, pos)) WITHOUT ROWID;
    CREATE TABLE head(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY(scope, session)) WITHOUT ROWID;
    CREATE TABLE talk(
        scope INTEGER NOT NULL, session TEXT NOT NULL, draft TEXT NOT NULL DEFAULT '',
        seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(scope, session)) WITHOUT ROWID;
    CREATE TABLE outbox(
        n INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, id TEXT NOT NULL,
        lane TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '',
        utc_ms INTEGER NOT NULL, UNIQUE(scope, id));
    CREATE TABLE observed(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL,
        felt_ms INTEGER NOT NULL, wait_ms INTEGER NOT NULL, network_ms INTEGER NOT NULL,
        PRIMARY KEY(scope, session, seq)) WITHOUT ROWID;
    CREATE TABLE media(
        media TEXT PRIMARY KEY, mime TEXT NOT NULL, bytes BLOB NOT NULL);
    CREATE TABLE said(
        said INTEGER PRIMARY KEY, scope INTEGER NOT NULL, session TEXT NOT NULL, key TEXT NOT NULL,
        utc_ms INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE(scope, session, key));
    CREATE VIRTUAL TABLE words USING fts5(
        text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2");
    """,
    # What promise/1 left is kept under its name and read by nobody.
    """
    INSERT OR REPLACE INTO fact
        SELECT 'set_aside', CAST('promise/1' AS BLOB) FROM item LIMIT 1;
    ALTER TABLE item RENAME TO promise1_item;
    ALTER TABLE head RENAME TO promise1_head;
    ALTER TABLE talk RENAME TO promise1_talk;
    ALTER TABLE outbox RENAME TO promise1_outbox;
    ALTER TABLE observed RENAME TO promise1_observed;
    ALTER TABLE said RENAME TO promise1_said;
    ALTER TABLE words RENAME TO promise1_words;
    ALTER TABLE cache RENAME TO promise1_cache;
    CREATE TABLE cache(
        scope INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY(scope, name)) WITHOUT ROWID;
    CREATE TABLE item(
        scope INTEGER NOT NULL, session TEXT NOT NULL, pos INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(scope, session, pos)) WITHOUT ROWID;
    CREATE TABLE head(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY(scope, session)) WITHOUT ROWID;
    CREATE TABLE talk(
        scope INTEGER NOT NULL, session TEXT NOT NULL, draft TEXT NOT NULL DEFAULT '',
        seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(scope, session)) WITHOUT ROWID;
    CREATE TABLE outbox(
        n INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, id TEXT NOT NULL,
        lane TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '',
        utc_ms INTEGER NOT NULL, UNIQUE(scope, id));
    CREATE TABLE observed(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL,
        felt_ms INTEGER NOT NULL, wait_ms INTEGER NOT NULL, network_ms INTEGER NOT NULL,
        rtt_ms INTEGER, PRIMARY KEY(scope, session, seq)) WITHOUT ROWID;
    CREATE TABLE said(
        said INTEGER PRIMARY KEY, scope INTEGER NOT NULL, session TEXT NOT NULL, key TEXT NOT NULL,
        utc_ms INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE(scope, session, key));
    CREATE VIRTUAL TABLE words USING fts5(
        text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2");
    CREATE TABLE doubt(
        n INTEGER PRIMARY KEY, scope INTEGER NOT NULL, session TEXT NOT NULL, kind TEXT NOT NULL,
        seq INTEGER NOT NULL, field TEXT NOT NULL, body BLOB NOT NULL,
        UNIQUE(scope, session, kind, seq, field));
    CREATE TABLE signed(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, head TEXT NOT NULL,
        signature TEXT NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(scope, session, seq, head, signature)) WITHOUT ROWID;
    CREATE TABLE deed(
        scope INTEGER NOT NULL, session TEXT NOT NULL, deed TEXT NOT NULL,
        PRIMARY KEY(scope, session, deed)) WITHOUT ROWID;
    """,
    """
    CREATE TABLE part(
        scope INTEGER NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(scope, session, seq)) WITHOUT ROWID;
    """,
    # A draft is more than words: what it answers, what it corrects, pictures that wait.
    """
    CREATE TABLE draft(
        scope INTEGER NOT NULL, session TEXT NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(scope, session)) WITHOUT ROWID;
    INSERT INTO draft SELECT scope, session, CAST(json_object('text', draft) AS BLOB)
        FROM talk WHERE draft <> '';
    ALTER TABLE talk DROP COLUMN draft;
    """,
)


class SchemaNewer(Exception):
    """The store was written by a newer version of this program; it is left alone."""


def migrate(conn: "Connection") -> None:
    """Every missing step, each whole or not at all."""
    at = int(conn.execute("PRAGMA user_version").fetchone()[0])
    if at > len(STEPS):
        raise SchemaNewer(f"store version {at}, known {len(STEPS)}")
    for number, step in enumerate(STEPS[at:], at + 1):
        conn.execute("BEGIN IMMEDIATE")
        try:
            for statement in step.split(";\n"):
                if statement.strip():
                    conn.execute(statement)
            conn.execute(f"PRAGMA user_version = {number}")
            conn.execute("COMMIT")
        except BaseException:
            conn.execute("ROLLBACK")
            raise
