"""Text search from a single Chinese character on.

SQLite's trigram tokenizer finds nothing under three characters, so every CJK character is a token
and every pair of neighbours another; longer runs are looked up by their pairs and then compared.
Other words match by their beginning. All words of a query must be found, each within one name.
"""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from miaohui.wire.characters import category

_FENCE = "\n"
MOST_WORDS = 8
MOST_CHARS = 64
# Up to so many hits it is cheaper to begin with the word than with the order of the list.
FEW_HITS = 3000
_LAST = "\U0010ffff"
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
    (0x20000, 0x3FFFD),  # both planes of rare ones, of Unicodes to come as well
)


def is_cjk(char: str) -> bool:
    """True for a character that is written without spaces around its words."""
    code = ord(char)
    return any(first <= code <= last for first, last in _CJK)


def words(text: str) -> list[str]:
    """Runs of CJK characters, and runs of other letters and digits, in one spelling."""
    found: list[str] = []
    kind = 0
    for char in unicodedata.normalize("NFKC", text).casefold():
        now = 1 if is_cjk(char) else 2 if category(char)[0] in "LNM" else 0
        if now and now == kind:
            found[-1] += char
        elif now:
            found.append(char)
        kind = now
    return found


def tokens(texts: Iterable[str]) -> set[str]:
    """A shop's tokens, as they are stored."""
    found: set[str] = set()
    for word in (word for text in texts for word in words(text)):
        if is_cjk(word[0]):
            found.update(word)
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.add(word)
    return found


def spelled(texts: Iterable[str]) -> str:
    """The same texts as lines, for comparing longer runs."""
    return _FENCE.join(" ".join(words(text)) for text in texts)


@dataclass(frozen=True, slots=True)
class TokenLookup:
    """One word: a whole token, or the beginning of one (from ``values[0]`` to ``values[1]``)."""

    clause: str
    values: tuple[str, ...]

    @property
    def shops(self) -> str:
        """The numbers of the shops that have it, each once."""
        once = "" if len(self.values) == 1 else "DISTINCT "
        return f"SELECT {once}n FROM shop_tokens WHERE {self.clause}"

    @property
    def condition(self) -> str:
        """The SQL for a card's shop having it: looked up card by card for a token, but gathered first
        for a beginning, which may stand for many."""
        if len(self.values) == 1:
            return f"EXISTS (SELECT 1 FROM shop_tokens t WHERE {self.clause} AND t.n = c.n)"
        return f"c.n IN ({self.shops})"


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """A query, taken apart; ``runs`` are compared with the texts as well."""

    lookups: list[TokenLookup]
    runs: list[str]


def wanted(text: str) -> SearchTerms:
    """A typed text as lookups; none where there is nothing to look for."""
    lookups: list[TokenLookup] = []
    runs: list[str] = []
    for word in words(text[:MOST_CHARS])[:MOST_WORDS]:
        if not is_cjk(word[0]):
            lookups.append(TokenLookup("token >= ? AND token < ?", (word, word + _LAST)))
            continue
        parts = [word] if len(word) <= 2 else [word[i : i + 2] for i in range(len(word) - 1)]
        lookups += [TokenLookup("token = ?", (part,)) for part in parts]
        if len(word) > 2:
            runs.append(word)
    return SearchTerms(lookups, runs)


def rarest_first(
    conn: sqlite3.Connection, lookups: list[TokenLookup]
) -> list[tuple[int, TokenLookup]]:
    """With how many hits each has, counted no further than it matters."""
    counted = [
        (
            conn.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM shop_tokens WHERE {each.clause} LIMIT ?)",
                [*each.values, FEW_HITS],
            ).fetchone()[0],
            each,
        )
        for each in lookups
    ]
    return sorted(counted, key=lambda pair: pair[0])


def index_in(conn: sqlite3.Connection, shop: str) -> None:
    """Writes a shop's words anew."""
    row = conn.execute("SELECT n, name, tags FROM shops WHERE shop = ?", (shop,)).fetchone()
    if row is None:
        return
    n, name, tags = row
    people = [each[0] for each in conn.execute("SELECT name FROM people WHERE shop = ?", (shop,))]
    before = conn.execute("SELECT text FROM shop_text WHERE n = ?", (n,)).fetchone()
    if before is not None:
        conn.executemany(
            "DELETE FROM shop_tokens WHERE token = ? AND n = ?",
            [(token, n) for token in tokens(before[0].split(_FENCE))],
        )
    write_in(conn, n, [name, *people, *json.loads(tags)])


def write_in(conn: sqlite3.Connection, n: int, texts: list[str]) -> None:
    conn.executemany(
        "INSERT OR IGNORE INTO shop_tokens (token, n) VALUES (?, ?)",
        [(token, n) for token in sorted(tokens(texts))],
    )
    conn.execute("INSERT OR REPLACE INTO shop_text (n, text) VALUES (?, ?)", (n, spelled(texts)))
