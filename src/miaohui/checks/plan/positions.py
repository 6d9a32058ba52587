"""The line of each key of a TOML document: the positions that `tomllib` does not tell.

It reads only documents that `tomllib` has accepted, and so may trust their grammar: it finds keys,
tables and elements of arrays, and steps over everything else.
"""

import re
import tomllib
from bisect import bisect_right
from typing import Final

__all__ = ["Path", "lines_of"]

Path = tuple[str | int, ...]

_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]*")
_BARE_VALUE: Final = re.compile(r"[^,\]}#\n\r]*")
# Up to two quotes may stand right before the closing three.
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:[^"\\]|\\.)*"|' r"'[^']*'", re.DOTALL
)


def lines_of(text: str) -> dict[Path, int]:
    """The line (from 1) of every key, table and array element, by its path in the parsed document.

    The document itself, the empty path, stands on line 1.
    """
    return _Scanner(text).document()


class _Scanner:
    """A walk over the text, once, from the left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {(): 1}
        self.breaks = [i for i, char in enumerate(text) if char == "\n"]
        self.counts: dict[Path, int] = {}  # elements so far of each array of tables

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self._next(_BLANK):
            if self.text[self.at] == "[":
                table = self._header(2 if self.text.startswith("[[", self.at) else 1)
            else:
                self._pair(table)
        return self.found

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found[0]

    def _next(self, blank: re.Pattern[str]) -> str:
        """The character after the blanks; empty at the end."""
        self._take(blank)
        return self.text[self.at : self.at + 1]

    def _note(self, path: Path, at: int) -> None:
        """The first place counts; the tables on the way to it stand where they first came up."""
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], bisect_right(self.breaks, at - 1) + 1)

    def _header(self, brackets: int) -> Path:
        start = self.at
        self.at += brackets
        path: Path = ()
        names = self._keys()
        self.at += brackets
        for name in names[:-1]:
            path = (*path, name)
            if path in self.counts:  # an array of tables: its last element
                path = (*path, self.counts[path] - 1)
        path = (*path, names[-1])
        if brackets == 2:
            index = self.counts.get(path, 0)
            self.counts[path] = index + 1
            path = (*path, index)
        self._note(path, start)
        return path

    def _keys(self) -> list[str]:
        names = []
        while True:
            if self._next(_SPACE) in "\"'":
                names.append(str(tomllib.loads(f"key = {self._take(_STRING)}")["key"]))
            else:
                names.append(self._take(_BARE_KEY))
            if self._next(_SPACE) != ".":
                return names
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys())
        self._note(path, start)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        match self._next(_SPACE):
            case '"' | "'":
                self._take(_STRING)
            case "[" | "{" as opening:
                self._members(path, inline=opening == "{")
            case _:
                self._take(_BARE_VALUE)

    def _members(self, path: Path, *, inline: bool) -> None:
        """The pairs of an inline table, or the elements of an array."""
        self.at += 1
        index = 0
        while (char := self._next(_BLANK)) not in "]}":
            if char == ",":
                self.at += 1
            elif inline:
                self._pair(path)
            else:
                self._note((*path, index), self.at)
                self._value((*path, index))
                index += 1
        self.at += 1
