"""Needles: what they promise, and where there are none."""

import json
from pathlib import Path

import pytest
import regex  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from miaohui import resources
from miaohui.promise.needles import finder, needles_of

FILE = json.loads(Path(resources.path("label_rules", "labels-1.json")).read_bytes())
PATTERNS = [
    each
    for rule in ("begging", "off_platform", "closing_phrase")
    for each in FILE[rule]["patterns"]
]


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("时间(?:已经)?到", {"时间"}),
        ("(?:go )?home", {"home"}),
        ("[ab]x?", {"a", "b"}),
        ("(?:five|5) stars?", {" star"}),
        ("(?:great|good)+ (?:review|rating)", {"eview", "ating"}),
        ("(?!no)yes", {"yes"}),
    ],
)
def test_needles(pattern: str, needles: set[str]) -> None:
    found = needles_of(pattern)
    assert found is not None
    assert set(found) == needles


@pytest.mark.parametrize(
    "pattern",
    [
        "a?",
        "(?:x|)",
        "[^a]",
        r"\d+",
        "(?i)foo",
        "(?:foo){e<=1}",
        r"\p{Han}foo",
        "[[:alpha:]]foo",
        "(",
    ],
)
def test_no_needles(pattern: str) -> None:
    assert needles_of(pattern) is None
    assert finder(["sure", pattern]) is None


def test_every_rule_has_needles() -> None:
    assert all(needles_of(pattern) for pattern in PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=40)
@given(data=st.data())
def test_no_match_without_a_needle(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern))
    needles = finder([pattern])
    assert needles is not None
    if regex.search(pattern, text):
        assert needles.search(text)
