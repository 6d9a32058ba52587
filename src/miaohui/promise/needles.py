"""Needles: words of which a text must hold one for a pattern to match it; looking for them is cheap.

They are read off the pattern's own syntax tree, so they cannot drift from it. Where that tree tells
nothing for certain there are no needles, and the pattern itself is asked.
"""

import importlib
import re
import warnings
from collections.abc import Iterable
from typing import Any, Final

# The parser of `re` is the one thing here that Python does not promise to keep.
_parser: Final[Any] = importlib.import_module("re._parser")
_SETS_AT_MOST: Final = 64


def needles_of(pattern: str) -> frozenset[str] | None:
    """The words; None where the pattern could match without any that are known."""
    try:
        with warnings.catch_warnings():
            # What `re` warns of is where `regex` reads a pattern otherwise.
            warnings.simplefilter("error")
            tree = _parser.parse(pattern)
            if tree.state.flags & (re.IGNORECASE | re.LOCALE) or "{" in _letters(tree):
                return None
            return _of_sequence(tree)
    except (re.error, Warning, AttributeError, TypeError, ValueError, RecursionError):
        return None


def finder(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Finds a needle of any of the patterns; None where one of them has none."""
    words: set[str] = set()
    for pattern in patterns:
        found = needles_of(pattern)
        if found is None:
            return None
        words |= found
    return re.compile("|".join(re.escape(word) for word in sorted(words))) if words else None


def _letters(tree: Any) -> str:
    """The literal characters on the pattern's top level and below."""
    return "".join(chr(value) for name, value in _walk(tree) if name == "LITERAL")


def _walk(node: Any) -> Iterable[tuple[str, Any]]:
    for name, value in node:
        yield str(name), value
        for part in _parts(value):
            yield from _walk(part)


def _parts(value: Any) -> Iterable[Any]:
    """The sequences inside an operator's arguments."""
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _parts(each)


def _of_sequence(sequence: Any) -> frozenset[str] | None:
    """The best needles among those of the parts that stand one after the other."""
    found: list[frozenset[str]] = []
    run = ""
    for name, value in sequence:
        if str(name) == "LITERAL":
            run += chr(value)
            continue
        if run:
            found.append(frozenset({run}))
            run = ""
        inner = _of_part(str(name), value)
        if inner:
            found.append(inner)
    if run:
        found.append(frozenset({run}))
    return max(found, key=_worth, default=None)


def _worth(words: frozenset[str]) -> tuple[int, float]:
    """Long words are rare."""
    return min(map(len, words)), sum(map(len, words)) / len(words)


def _of_part(name: str, value: Any) -> frozenset[str] | None:
    if name == "IN":
        single = [chr(each) for kind, each in value if str(kind) == "LITERAL"]
        return frozenset(single) if len(single) == len(value) <= _SETS_AT_MOST else None
    if name == "BRANCH":
        words: set[str] = set()
        for each in value[1]:
            inner = _of_sequence(each)
            if not inner:
                return None
            words |= inner
        return frozenset(words)
    if name == "SUBPATTERN":
        _, add_flags, del_flags, inside = value
        return None if add_flags or del_flags else _of_sequence(inside)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, _, inside = value
        return _of_sequence(inside) if least else None
    return None
