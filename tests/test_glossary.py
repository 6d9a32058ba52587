"""The glossary: every word in it is shown and every name in it exists; no other word for the same
thing is shown to anybody."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "miaohui"
# Where words that people read stand: the window's, the testers' and the command line's.
STRINGS = (
    *sorted((SOURCE / "desktop" / "strings").glob("*.py")),
    *sorted((SOURCE / "checks").rglob("*.py")),
    *sorted(SOURCE.glob("cli*.py")),
)
TEMPLATES = sorted((ROOT / "resources" / "report").glob("*.j2"))
ROW = re.compile(r"^\| (\S+) \| ([\w ]+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)


class Term(NamedTuple):
    chinese: str
    english: str
    code: str
    refused: tuple[str, ...]


def terms() -> list[Term]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return [Term(*one[:3], tuple(one[3].split(", "))) for one in ROW.findall(text)]


@cache
def shown() -> tuple[str, ...]:
    """Every literal of the strings, docstrings aside."""
    found = []
    for file in STRINGS:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in alone
        ]
    # In English a template's own words (macros, classes) are no words for people.
    chinese = re.compile(r"[\u3400-\u9fff][^'\"\n]*")
    for file in TEMPLATES:
        found += chinese.findall(file.read_text(encoding="utf-8"))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    files = (ROOT / "src" / "miaohui").rglob("*.py")
    return frozenset(
        word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))
    )


def uses(text: str, word: str) -> bool:
    pattern = rf"\b{word}" if word.isascii() else word
    return re.search(pattern, text, re.IGNORECASE) is not None


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.english)
def test_a_thing_has_one_word(term: Term) -> None:
    assert any(uses(text, term.chinese) for text in shown())
    assert any(uses(text, term.english) for text in shown())
    assert term.code in names()
    other = [text for text in shown() if any(uses(text, word) for word in term.refused)]
    assert other == []


def test_every_row_of_the_table_is_read() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert len(terms()) == sum(line.startswith("|") for line in text.splitlines()) - 2
    words = [one for term in terms() for one in (term.chinese, *term.refused)]
    assert len(words) == len(set(words))
