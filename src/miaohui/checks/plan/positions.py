"""The line of each key of a TOML document: the positions that `tomllib` does not tell.

It reads only documents that `tomllib` has accepted, and so may trust their grammar: it finds keys,
tables and elements of arrays, and steps over everything else.
"""

import tomllib
from bisect import bisect_right
from typing import Final

__all__ = ["Path", "lines_of"]

Path = tuple[str | int, ...]

_BARE_END: Final = frozenset(",]}#\n\r")
_SPACE: Final = frozenset(" \t")
_BLANK: Final = frozenset(" \t\r\n")


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
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return self.found
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _line(self, at: int) -> int:
        return bisect_right(self.breaks, at - 1) + 1

    def _note(self, path: Path, at: int) -> None:
        """The first place counts; the tables on the way to it stand where they first came up."""
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], self._line(at))

    def _skip(self, blank: frozenset[str]) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char in blank:
                self.at += 1
            else:
                return

    def _header(self, brackets: int) -> Path:
        start = self.at
        self.at += brackets
        path: Path = ()
        names = self._keys()
        self.at += brackets
        for name in names[:-1]:
            path = self._within((*path, name))
        path = (*path, names[-1])
        if brackets == 2:
            index = self.counts.get(path, 0)
            self.counts[path] = index + 1
            self._note(path, start)
            path = (*path, index)
        self._note(path, start)
        return path

    def _within(self, path: Path) -> Path:
        """The path of a table; of an array of tables, its last element."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _keys(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at] in "\"'":
                start = self.at
                self._string()
                names.append(str(tomllib.loads(f"key = {self.text[start : self.at]}")["key"]))
            else:
                start = self.at
                while self.text[self.at].isalnum() or self.text[self.at] in "-_":
                    self.at += 1
                names.append(self.text[start : self.at])
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys())
        self._note(path, start)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        char = self.text[self.at]
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in _BARE_END:
                self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._note((*path, index), self.at)
            self._value((*path, index))
            index += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)

    def _string(self) -> None:
        quote = self.text[self.at]
        triple = quote * 3
        if not self.text.startswith(triple, self.at):
            self.at += 1
            while self.text[self.at] != quote:
                self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
            self.at += 1
            return
        self.at += 3
        while not self.text.startswith(triple, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += 3
        # Up to two quotes may stand right before the closing three.
        for _ in range(2):
            if self.text.startswith(quote, self.at):
                self.at += 1
