"""Full text over messages: Chinese and digits one by one, other words by their beginnings.

One function splits what is indexed and what is asked for. Nothing is left to the tokenizer of the
index but to part at blanks: its tables are of an old Unicode.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from miaohui import resources
from miaohui.client.port import Hit
from miaohui.client.store import bulk

if TYPE_CHECKING:
    from sqlite3 import Connection

# Han (with its extensions, those to come included), kana, hangul: scripts without blanks, or read
# by the syllable. And digits: a part of a telephone number is looked for, too.
_HAN = (
    r"\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003fffd"
)
_TOKEN = re.compile(rf"[{_HAN}]|\d|[^\W\d_]+")
_ALONE = re.compile(rf"[{_HAN}]|\d")
_ACCENTS = re.compile("[\u0300-\u036f]")
_BEYOND = re.compile(r"[^\u0000-\uffff]")
SPLIT = b"2"  # what the index was split by; another one is made anew
HITS = 200


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    lines = resources.path("search", "simplified.txt").read_text(encoding="utf-8").splitlines()
    pairs = (pair for line in lines if not line.startswith("#") for pair in line.split())
    return {ord(pair[0]): pair[1] for pair in pairs}


def tokens(text: str) -> list[str]:
    """``早 up 安 1 2`` for ``早Ｕp安12``: of one width, case and script."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", bare).translate(_simplified())
    # The index knows no letters of the newer planes: they go by their number.
    return [
        _BEYOND.sub(lambda found: f"x{ord(found[0]):x}", word) for word in _pieces(text.casefold())
    ]


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    for word in _TOKEN.findall(text):
        # A run of letters may hold Chinese at its end: it is written without blanks.
        found += word if _ALONE.fullmatch(word) else filter(None, re.split(rf"([{_HAN}])", word))
    return found


def spaced(text: str) -> str:
    """What the index is given."""
    return " ".join(tokens(text))


def phrase(text: str) -> str:
    """The query for what a person typed; empty where it holds no letter. A last word that is
    neither Chinese nor a digit matches as a beginning."""
    words = tokens(text)
    if not words:
        return ""
    last = words[-1]
    alone = _ALONE.fullmatch(last) or re.fullmatch(r"x[0-9a-f]{5}", last)
    return '"' + " ".join(words) + '"' + ("" if alone else "*")


def _renew(conn: "Connection") -> None:
    """Splits what an older version has indexed, once."""
    known = conn.execute("SELECT value FROM fact WHERE name='search_split'").fetchone()
    if known is not None and known[0] == SPLIT:
        return
    conn.execute("DELETE FROM words")
    said = conn.execute("SELECT said, text FROM said").fetchall()
    bulk.put(conn, "INSERT INTO words(rowid, text)", [(n, spaced(text)) for n, text in said])
    conn.execute("INSERT OR REPLACE INTO fact VALUES('search_split', ?)", (SPLIT,))


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
    _renew(conn)
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
