"""The corpus of labelled lines, and how well rules find them.

`fresh_*`, `second_*` and `third_*` were written after the rules, by somebody who had not looked at
them. What the first two missed was then mended, so they count no more; of the third set one half, by
the same hash as the corpus's, was mended by and the other only counts. One line of a file: the text, then after a tab what it bears besides the file's own label. A file
`*_no` or `*_chat` holds lines that bear none. `# LABEL KIND` and `- KIND` name what follows.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LABELS = ("begging", "closing_phrase", "hollow", "off_platform")


class Line(NamedTuple):
    """A line of the corpus; `written_by`: rules may be written by it, else it only counts."""

    language: str
    text: str
    labels: frozenset[str]
    kind: str
    written_by: bool


class Count(NamedTuple):
    """How many lines a label was found on, wrongly found on and missed on."""

    found: int
    wrong: int
    missed: int

    @property
    def recall(self) -> float:
        return self.found / ((self.found + self.missed) or 1)

    @property
    def precision(self) -> float:
        return self.found / ((self.found + self.wrong) or 1)


def corpus(pattern: str = "??_*.txt") -> Iterator[Line]:
    """Every line of the files that fit, each text once."""
    known = set()
    for file in sorted(HERE.glob(pattern)):
        language = "zh" if "zh_" in file.stem else "en"
        own = {label for label in LABELS if file.stem.endswith(label)}
        kind = ""
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.startswith(("# ", "- ")):
                kind = line[2:]
                continue
            text, _, more = line.partition("\t")
            if not text or (language, text) in known:
                continue
            known.add((language, text))
            labels = frozenset(own | set(more.split()))
            half = hashlib.sha256(text.encode()).digest()[0] % 2 == 0
            yield Line(language, text, labels, kind, half)


def count(lines: Sequence[Line], label: str, judge: Callable[[str], tuple[str, ...]]) -> Count:
    pairs = [(label in line.labels, label in judge(line.text)) for line in lines]
    return Count(
        sum(meant and said for meant, said in pairs),
        sum(said and not meant for meant, said in pairs),
        sum(meant and not said for meant, said in pairs),
    )
