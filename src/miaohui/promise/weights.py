"""A linear model over the words of a text: for each label a sum of whole numbers against a limit.

A feature is one to three tokens in a row, or one to three symbols (classes of words) in a row, of a
text as the label rules read it; "^" stands before the first and "$" after the last. A rule that
holds adds its own weight. Weights are data, learned from lines of a corpus; they say of a text the
same on every machine, and the pieces that weigh most are told.
"""

import re
from collections.abc import Iterator
from itertools import repeat
from operator import add
from typing import Final

from msgspec import Struct

from miaohui.promise.wording import Reading, Words

# Three labels' weights side by side in one number, so that one sum adds all of them.
_LANE: Final = 24
_HALF: Final = 1 << (_LANE - 1)
_MASK: Final = (1 << _LANE) - 1
# A longer text is weighed sentence by sentence.
_WHOLE_TOKENS: Final = 64
_TOLD_PIECES: Final = 3
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


class Weighed(Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of a rule file. `labels` names the columns; `bias`, `rule` and `limit` have one
    number for each, the latter apart for texts without a Han character; `alphabet` is the classes
    of each symbol, in the order that `symbols` counts them from U+E000."""

    revision: int
    labels: tuple[str, ...]
    bias: tuple[int, ...]
    rule: tuple[int, ...]
    limit: tuple[int, ...]
    limit_without_han: tuple[int, ...]
    alphabet: tuple[str, ...]
    tokens: dict[str, tuple[int, ...]]
    symbols: dict[str, tuple[int, ...]]


def alphabet_of(words: Words) -> tuple[str, ...]:
    """The classes that each symbol stands for, joined by "+"."""
    of: dict[str, list[str]] = {}
    for name, chars in sorted(words.symbols.items()):
        for char in chars:
            of.setdefault(char, []).append(name)
    return tuple("+".join(of[char]) for char in sorted(of))


def segments(reading: Reading, stops: frozenset[str]) -> list[tuple[int, int]]:
    """Which symbols are weighed together: all, or of a longer text each sentence's."""
    count = len(reading.symbols)
    if len(reading.tokens) <= _WHOLE_TOKENS:
        return [(0, count)]
    found = []
    begin = 0
    for at, symbol in enumerate(reading.symbols):
        if symbol in stops:
            found.append((begin, at + 1))
            begin = at + 1
    found.append((begin, count))
    return [(start, end) for start, end in found if start < end]


Feature = str | tuple[str, ...]


def token_features(tokens: list[str]) -> Iterator[Feature]:
    """One to three tokens in a row, with the edges; one alone is no tuple."""
    edged = ["^", *tokens, "$"]
    second = edged[1:]
    yield from tokens
    yield from zip(edged, second, strict=False)
    yield from zip(edged, second, edged[2:], strict=False)


def symbol_features(symbols: str) -> Iterator[str]:
    """One to three symbols in a row, with the edges."""
    edged = f"^{symbols}$"
    pairs = list(map(add, edged, edged[1:]))
    yield from symbols
    yield from pairs
    yield from map(add, pairs, edged[2:])


class Weights:
    """The weights, ready to use."""

    __slots__ = (
        "_bias",
        "_limit",
        "_limit_without_han",
        "_stops",
        "_symbols",
        "_tokens",
        "labels",
        "rule",
    )

    def __init__(self, file: Weighed, words: Words) -> None:
        if file.alphabet != alphabet_of(words):
            raise ValueError("the weights were learned with other words")
        self.labels = file.labels
        self.rule = file.rule
        self._limit = file.limit
        self._limit_without_han = file.limit_without_han
        self._bias = _packed(file.bias)
        self._tokens: dict[Feature, int] = {
            tuple(each.split(" ")) if " " in each else each: _packed(w)
            for each, w in file.tokens.items()
        }
        self._symbols = {each: _packed(w) for each, w in file.symbols.items()}
        self._stops = frozenset(words.symbols["stop"] + words.symbols["ask"])

    def sums(self, reading: Reading) -> list[tuple[tuple[int, ...], int, int]]:
        """Of each part of a text that is weighed by itself: every label's sum, without its rule's
        weight, and from which to which symbol it reaches."""
        parts = segments(reading, self._stops)
        return [(self._sum(reading, start, end), start, end) for start, end in parts]

    def limit(self, plain: str) -> tuple[int, ...]:
        """From which sum on a folded text bears each label."""
        return self._limit_without_han if _HAN.search(plain) is None else self._limit

    def _sum(self, reading: Reading, start: int, end: int) -> tuple[int, ...]:
        first, last = reading.span(start, end)
        tokens, symbols = reading.tokens[first:last], reading.symbols[start:end]
        edged = ["^", *tokens, "$"]
        second = edged[1:]
        text = f"^{symbols}$"
        pairs = list(map(add, text, text[1:]))
        # As `token_features` and `symbol_features` have them, without a step of Python's for each;
        # what is said ten times over weighs no more than once.
        features: set[Feature] = {*tokens}
        features.update(zip(edged, second, strict=False))
        features.update(zip(edged, second, edged[2:], strict=False))
        classes = {*symbols, *pairs}
        classes.update(map(add, pairs, text[2:]))
        none = repeat(0)
        total = sum(map(self._tokens.get, features, none), self._bias)
        total += sum(map(self._symbols.get, classes, none))
        return _unpacked(total, len(self.labels))

    def piece(self, label: int, reading: Reading, start: int, end: int) -> str:
        """The words that weigh most for a label, in the order of the text."""
        first, last = reading.span(start, end)
        tokens = reading.tokens[first:last]
        symbols = reading.symbols[start:end]
        weighed: list[tuple[int, int, int]] = []
        for wide in (1, 2, 3):
            edge = int(wide > 1)
            edged = ["^", *tokens, "$"] if edge else tokens
            for i in range(len(edged) - wide + 1):
                packed = self._tokens.get(edged[i] if wide == 1 else tuple(edged[i : i + wide]), 0)
                weighed.append((_lane(packed, label), first + i - edge, first + i - edge + wide))
            text = f"^{symbols}$" if edge else symbols
            for i in range(len(text) - wide + 1):
                packed = self._symbols.get(text[i : i + wide], 0)
                low, high = max(0, i - edge), min(len(symbols), i - edge + wide)
                if low < high:
                    weighed.append((_lane(packed, label), *reading.span(start + low, start + high)))
        chosen: list[tuple[int, int]] = []
        for weight, low, high in sorted(weighed, key=lambda each: (-each[0], each[1], each[2])):
            low, high = max(low, first), min(high, last)
            if weight <= 0 or len(chosen) == _TOLD_PIECES:
                break
            if low < high and all(high <= a or b <= low for a, b in chosen):
                chosen.append((low, high))
        joined: list[tuple[int, int]] = []
        for low, high in sorted(chosen):
            if joined and joined[-1][1] == low:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        return "…".join(reading.words(low, high) for low, high in joined)


def _packed(weights: tuple[int, ...]) -> int:
    return sum(weight << (_LANE * i) for i, weight in enumerate(weights))


def _unpacked(total: int, count: int) -> tuple[int, ...]:
    found = []
    for _ in range(count):
        lane = ((total + _HALF) & _MASK) - _HALF
        found.append(lane)
        total = (total - lane) >> _LANE
    return tuple(found)


def _lane(packed: int, label: int) -> int:
    return _unpacked(packed, label + 1)[label]
