"""The care corpus: own lines in fourteen categories, a third of them held out by their hash.

Each file of corpus/ is a category; a line is what the rules should say ("now", "hopeless",
"someone", "-" for nothing), a tab, and the text. The lines were written before the rules.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CATEGORIES = (
    "explicit",
    "plan",
    "passive",
    "disguised",
    "third",
    "quoted",
    "negated",
    "joke",
    "media",
    "everyday",
    "love",
    "dialect",
    "english",
    "mixed",
)


@dataclass(frozen=True, slots=True)
class CareLine:
    """A line of the corpus. ``strength`` None: nothing should be found. ``held_out``: its words
    are never looked at while rules are written, only counted."""

    category: str
    strength: str | None
    text: str
    held_out: bool


def lines() -> Iterator[CareLine]:
    for category in CATEGORIES:
        yield from _read(category, HERE / "corpus" / f"{category}.txt")


def seen() -> Iterator[CareLine]:
    """Lines by which the rules were made better: all but two dozen hold, and they prove nothing."""
    yield from _read("seen", HERE / "seen.txt")


def _read(category: str, file: Path) -> Iterator[CareLine]:
    for row in file.read_text(encoding="utf-8").splitlines():
        strength, text = row.split("\t")
        held = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 3 == 0
        yield CareLine(category, None if strength == "-" else strength, text, held)
