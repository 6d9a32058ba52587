"""Full text over messages: Chinese character by character, other words by their beginnings."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from miaohui.client.port import Hit
from miaohui.client.store import bulk

if TYPE_CHECKING:
    from sqlite3 import Connection

# Han (with its extensions), kana, hangul: scripts without blanks, or read by the syllable.
_ALONE = re.compile(
    r"[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U000323af]"
)
_WORD = re.compile(r"\w+")
HITS = 200


def spaced(text: str) -> str:
    """``早 up 安`` for ``早up安``: what the index is given."""
    return _ALONE.sub(lambda found: f" {found[0]} ", text)


def phrase(text: str) -> str:
    """The query for what a person typed; empty where it holds no letter. A last word that is
    not Chinese matches as a beginning."""
    words = _WORD.findall(spaced(text))
    if not words:
        return ""
    return '"' + " ".join(words) + '"' + ("" if _ALONE.fullmatch(words[-1]) else "*")


def remember(
    conn: "Connection", scope: int, session: str, key: str, utc_ms: int, text: str
) -> None:
    """Indexes a message's text, in place of what was indexed for it before."""
    forget(conn, scope, session, key)
    if not text:
        return
    done = conn.execute(
        "INSERT INTO said(scope, session, key, utc_ms, text) VALUES(?,?,?,?,?)",
        (scope, session, key, utc_ms, text),
    )
    conn.execute("INSERT INTO words(rowid, text) VALUES(?,?)", (done.lastrowid, spaced(text)))


def remember_all(
    conn: "Connection", scope: int, session: str, said: Sequence[tuple[str, int, str]]
) -> None:
    """As ``remember`` for many: (key, utc_ms, text), of which a later one replaces an earlier."""
    latest = {key: (utc_ms, text) for key, utc_ms, text in said}
    for some in bulk.pieces(tuple(latest)):
        marks = ",".join("?" * len(some))
        for (key,) in conn.execute(
            f"SELECT key FROM said WHERE scope=? AND session=? AND key IN ({marks})",
            (scope, session, *some),
        ).fetchall():
            forget(conn, scope, session, key)
    first = conn.execute("SELECT coalesce(max(said), 0) + 1 FROM said").fetchone()[0]
    told = [(key, utc_ms, text) for key, (utc_ms, text) in latest.items() if text]
    rows = [(n, scope, session, *each) for n, each in enumerate(told, first)]
    bulk.put(conn, "INSERT INTO said(said, scope, session, key, utc_ms, text)", rows)
    words = [(n, spaced(text)) for n, (_, _, text) in enumerate(told, first)]
    bulk.put(conn, "INSERT INTO words(rowid, text)", words)


def forget(conn: "Connection", scope: int, session: str, key: str) -> None:
    row = conn.execute(
        "SELECT said FROM said WHERE scope=? AND session=? AND key=?", (scope, session, key)
    ).fetchone()
    if row is not None:
        conn.execute("DELETE FROM words WHERE rowid=?", row)
        conn.execute("DELETE FROM said WHERE said=?", row)


def find(
    conn: "Connection", scope: int, text: str, session: str | None = None
) -> list[tuple[str, str, int, str]]:
    """(session, key, utc_ms, text), newest first."""
    text = text.strip()
    if not text:
        return []
    asked = phrase(text)
    where = "" if session is None else " AND said.session = ?"
    more: tuple[object, ...] = () if session is None else (session,)
    if asked:
        query = (
            "SELECT said.session, said.key, said.utc_ms, said.text FROM words"
            " JOIN said ON said.said = words.rowid WHERE words MATCH ? AND said.scope = ?"
        )
        given: tuple[object, ...] = (asked, scope, *more)
    else:
        # Signs and emoji are no words to the index; they are looked for as they are.
        query = (
            "SELECT said.session, said.key, said.utc_ms, said.text FROM said"
            " WHERE instr(said.text, ?) > 0 AND said.scope = ?"
        )
        given = (text, scope, *more)
    rows = conn.execute(f"{query}{where} ORDER BY said.utc_ms DESC LIMIT {HITS}", given)
    return list(rows.fetchall())


def hits(rows: list[tuple[str, str, int, str]], peers: dict[str, str]) -> list[Hit]:
    """``peers``: session → the other side's name."""
    return [
        Hit(session=session, key=key, peer_name=peers.get(session, ""), text=text, utc_ms=utc_ms)
        for session, key, utc_ms, text in rows
    ]
