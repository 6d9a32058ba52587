"""Lines grown from templates, seeded: what the label model learns from, besides the corpus.

`zh.txt` and `en.txt`: `= NAME` and a line of choices is a slot; `# LABEL` or `# none KIND` names what
follows; a template holds `{slot}` and `(one|two|)`, choices may hold slots. A template without either
is a line by itself.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
_INNER = re.compile(r"\(([^()]*)\)(\?)?")
_SLOT = re.compile(r"\{(\w+)\}")
_MAYBE = re.compile(r"([,\"])\?")
SEED = 20261130


class Grown(NamedTuple):
    """A line, its label ("" for none), its kind, and which template it grew from."""

    language: str
    text: str
    label: str
    kind: str
    template: int


def grown(each: int, seed: int = SEED) -> Iterator[Grown]:
    """Up to `each` different lines of every template, in the order of the files."""
    number = 0
    for file in sorted(HERE.glob("??.txt")):
        chooser = random.Random(f"{seed} {file.stem}")
        slots: dict[str, list[str]] = {}
        label = kind = name = ""
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.startswith("= "):
                name = line[2:]
            elif line.startswith("# "):
                label, _, kind = line[2:].partition(" ")
                label = "" if label == "none" else label
            elif name:
                slots[name], name = line.split("|"), ""
            elif line:
                number += 1
                made: dict[str, None] = {}
                for _ in range(2 * each):
                    made[one_of(line, slots, chooser)] = None
                    if len(made) == each:
                        break
                for text in made:
                    yield Grown(file.stem, text, label, kind, number)


def one_of(template: str, slots: dict[str, list[str]], chooser: random.Random) -> str:
    """One line of a template's."""
    text = _MAYBE.sub(lambda match: chooser.choice((match[1], "")), template).replace("\\?", "?")
    while True:
        match = _INNER.search(text)
        slot = _SLOT.search(text)
        if match is not None:
            choice = chooser.choice(match[1].split("|"))
            if match[2] and chooser.random() < 0.5:
                choice = ""
            text = text[: match.start()] + choice + text[match.end() :]
        elif slot is not None:
            text = text[: slot.start()] + chooser.choice(slots[slot[1]]) + text[slot.end() :]
        else:
            return text.strip()
