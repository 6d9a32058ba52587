"""Text search from a single Chinese character on: each such character is a token of its own.

SQLite's trigram tokenizer finds nothing under three characters, so names are stored with a space
around every CJK character, and a run of them is asked for as a phrase. Other words match by their
beginning. All words of a query must be found; each lies within one name or tag.
"""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable

# A token of the private-use area, which `unicode61` takes for a letter: no phrase crosses it.
_FENCE = " \ue000 "
MOST_WORDS = 8
MOST_CHARS = 64
_CJK = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3100, 0x312F),
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)


def is_cjk(char: str) -> bool:
    """Whether a character is written without spaces around its words."""
    code = ord(char)
    return any(first <= code <= last for first, last in _CJK)


def _words(text: str) -> list[str]:
    """Runs of CJK characters, and runs of other letters and digits."""
    words: list[str] = []
    kind = 0
    for char in unicodedata.normalize("NFKC", text).casefold():
        now = 1 if is_cjk(char) else 2 if unicodedata.category(char)[0] in "LNM" else 0
        if now and now == kind:
            words[-1] += char
        elif now:
            words.append(char)
        kind = now
    return words


def indexed(texts: Iterable[str]) -> str:
    """What is stored for a column."""
    return _FENCE.join(
        " ".join(" ".join(word) if is_cjk(word[0]) else word for word in _words(text))
        for text in texts
    )


def match(text: str) -> str | None:
    """The FTS5 expression for what somebody typed; None where there is nothing to look for."""
    words = _words(text[:MOST_CHARS])[:MOST_WORDS]
    if not words:
        return None
    return " AND ".join(
        f'"{" ".join(word)}"' if is_cjk(word[0]) else f'"{word}"*' for word in words
    )


def index_in(conn: sqlite3.Connection, shop: str) -> None:
    """Writes a shop's words anew."""
    row = conn.execute("SELECT n, name, tags FROM shops WHERE shop = ?", (shop,)).fetchone()
    if row is None:
        return
    n, name, tags = row
    names = [each[0] for each in conn.execute("SELECT name FROM people WHERE shop = ?", (shop,))]
    conn.execute("DELETE FROM shop_words WHERE rowid = ?", (n,))
    conn.execute(
        "INSERT INTO shop_words (rowid, name, people, tags) VALUES (?, ?, ?, ?)",
        (n, indexed([name]), indexed(names), indexed(json.loads(tags))),
    )
