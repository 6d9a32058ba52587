"""Where keys stand: every key of a parsed document has its line, however it is written."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miaohui.checks.plan.positions import Path, lines_of

ODD = '''# a comment with "quotes" and [brackets]
title = "x" # another
"quoted key" = 1
'single' = 2
a.b . "c d" = 3

[table]
key = """
not = "a key"
[neither]
"""
literal = \'\'\'
also = not
it's\'\'\'
ends = """with quotes"" """
five = """two before the end"""""
array = [ # comment ]
  1, "]",
  [2, 3], # nested
  {x = 1, y = {z = "}"}},
]
when = 2026-01-01 10:00:00
escaped = "a \\" b = c"

  [table.sub]
  deep = true

[[things]]
one = 1
[[things]]
two = 2
[things.inner]
three = 3
[[things.list]]
four = 4
[[things.list]]
five = 5
'''


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


def test_every_path_of_an_odd_document_has_its_line() -> None:
    found = lines_of(ODD)
    assert set(paths(tomllib.loads(ODD))) == set(found)
    lines = ODD.splitlines()
    for path, line in found.items():
        if path and isinstance(path[-1], str) and "." not in lines[line - 1]:
            assert path[-1] in lines[line - 1], path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a", "b", "c d"), 'a.b . "c d" = 3'),
        (("table", "array", 2, 1), "  [2, 3], # nested"),
        (("table", "array", 3, "y", "z"), '  {x = 1, y = {z = "}"}},'),
        (("table", "sub", "deep"), "  deep = true"),
        (("things", 1, "two"), "two = 2"),
        (("things", 1, "inner", "three"), "three = 3"),
        (("things", 1, "list", 1, "five"), "five = 5"),
    ],
)
def test_the_line_is_the_right_one(path: Path, text: str) -> None:
    assert ODD.splitlines()[lines_of(ODD)[path] - 1] == text


KEYS = st.text(st.sampled_from("ab-_ .\"'\\é钟#=[]"), min_size=1, max_size=5)
LEAVES = st.integers(0, 9) | st.booleans() | KEYS


def written(value: object) -> str:
    """As inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{quoted(k)} = {written(v)}" for k, v in value.items()) + "}"


def quoted(text: str) -> str:
    if "'" not in text and len(text) % 2:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3), max_leaves=8
)


@settings(max_examples=40, deadline=None)
@given(document=st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_document(document: dict[str, object]) -> None:
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in document.items())
    assert tomllib.loads(text) == document
    found = lines_of(text)
    assert set(found) == set(paths(document))
    for number, key in enumerate(document, 1):
        assert found[key,] == number


def test_an_empty_document() -> None:
    assert lines_of("") == {(): 1}
    assert lines_of("# nothing") == {(): 1}
