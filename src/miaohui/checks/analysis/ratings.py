"""The ratings of replies: one file a rater, ``coding/RATER.jsonl``, appended and synced.

A line is a rating; one with an empty label takes the last rating of its item back. The settled word
on a disagreement stands in ``coding/adjudicated.jsonl``. A torn or foreign line is a note.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from miaohui.checks.record.trace import Note
from miaohui.checks.results import Kappa
from miaohui.checks.statistics.agreement import kappa

FOLDER: Final = "coding"
ADJUDICATED: Final = "adjudicated"
MAX_RATER_CHARS: Final = 40
_MAX_BYTES: Final = 64 * 1024 * 1024
_NAME: Final = re.compile(r"[\w][\w.-]*")


class Rating(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key pressed: ``label`` empty takes back what this rater said of the item."""

    item: str
    label: str
    utc_ms: int


class RaterInvalid(ValueError):
    """A name that no file can bear."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Every rater's labels by item; ``adjudicated``: the settled ones."""

    raters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    adjudicated: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def final(self) -> dict[str, str]:
        """The label of each item on which the raters agree, or that was settled."""
        found: dict[str, str] = {}
        for item in {item for own in self.raters.values() for item in own}:
            said = {own[item] for own in self.raters.values() if item in own}
            if item in self.adjudicated:
                found[item] = self.adjudicated[item]
            elif len(said) == 1:
                found[item] = said.pop()
        return found

    def disputed(self) -> tuple[str, ...]:
        """Items with more than one label and no settled one, by key."""
        open_ = []
        for item in {item for own in self.raters.values() for item in own}:
            said = {own[item] for own in self.raters.values() if item in own}
            if len(said) > 1 and item not in self.adjudicated:
                open_.append(item)
        return tuple(sorted(open_))

    def agreement(self) -> Kappa | None:
        """Kappa of the two raters with the most items in common; None with fewer than two."""
        pairs = [
            (len(self.raters[one].keys() & self.raters[two].keys()), one, two)
            for one, two in combinations(sorted(self.raters), 2)
        ]
        if not pairs:
            return None
        common, one, two = max(pairs, key=lambda pair: pair[0])
        if common == 0:
            return None
        shared = sorted(self.raters[one].keys() & self.raters[two].keys())
        labels = [(self.raters[one][item], self.raters[two][item]) for item in shared]
        value, low, high = kappa(labels)
        return Kappa(
            raters=(one, two),
            items=common,
            agreed=sum(a == b for a, b in labels),
            value=value,
            low=low,
            high=high,
        )


def rater_file(folder: Path, rater: str) -> Path:
    """The file of a rater's lines; raises `RaterInvalid`."""
    if len(rater) > MAX_RATER_CHARS or _NAME.fullmatch(rater) is None or rater.endswith("."):
        raise RaterInvalid(rater)
    return folder / FOLDER / f"{rater}.jsonl"


def read_ratings(folder: Path) -> Ratings:
    """All that was rated so far in a run's folder."""
    raters: dict[str, dict[str, str]] = {}
    notes: list[Note] = []
    for file in sorted((folder / FOLDER).glob("*.jsonl")):
        own, own_notes = read_rater(file)
        notes += own_notes
        if own or file.stem != ADJUDICATED:
            raters[file.stem] = own
    adjudicated = raters.pop(ADJUDICATED, {})
    return Ratings({k: v for k, v in raters.items() if v}, adjudicated, tuple(notes))


def read_rater(file: Path) -> tuple[dict[str, str], list[Note]]:
    """One rater's labels by item, the latest word on each."""
    try:
        with file.open("rb") as source:
            data = source.read(_MAX_BYTES)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [("coding_unreadable", f"{file.name}: {error.strerror}", "")]
    found: dict[str, str] = {}
    notes: list[Note] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rating = msgspec.json.decode(line, type=Rating)
        except (msgspec.MsgspecError, ValueError):
            notes.append(("coding_line_unreadable", f"{file.name}:{number}", ""))
            continue
        # The latest word stands last, so that undoing goes backwards.
        found.pop(rating.item, None)
        if rating.label:
            found[rating.item] = rating.label
    return found, notes


def append_rating(file: Path, rating: Rating) -> None:
    """Write one rating through to the disk, on a line of its own even behind a torn one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as out:
        end = out.seek(0, os.SEEK_END)
        torn = False
        if end:
            out.seek(end - 1)
            torn = out.read(1) != b"\n"
        out.write((b"\n" if torn else b"") + msgspec.json.encode(rating) + b"\n")
        out.flush()
        os.fsync(out.fileno())
