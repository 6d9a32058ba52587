"""The numbers to call, out of dated files: the national ones, and a host's own.

``today`` is an argument everywhere; a line whose review date lies before it is not shown.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from miaohui import resources

__all__ = ["Audience", "DatedHelpLine", "LinesError", "national", "overdue", "read", "shown"]

FILE = "lines-1.toml"
FORMAT = "lines/1"
NIGHT = range(6)  # hours in which a line of 18 hours may be shut
MOST_LINES = 6
MOST_CHARS = 60


class Audience(StrEnum):
    """Those for whom a line is."""

    ANYONE = "anyone"
    DANGER = "danger"  # somebody's life is in danger now
    YOUNG = "young"


@dataclass(frozen=True, slots=True)
class DatedHelpLine:
    """A number to call. ``always``: answered at every hour; ``review``: the last day on which it
    may be shown without having been checked anew."""

    number: str
    audience: Audience
    chinese: str
    english: str
    hours_zh: str
    hours_en: str
    always: bool
    source: str
    checked: date
    review: date


class LinesError(ValueError):
    """A file that holds no lines; the text is one sentence."""


_TEXTS = ("number", "chinese", "english", "hours_zh", "hours_en", "source")
_FIELDS = frozenset({*_TEXTS, "for", "always", "checked", "review"})


def read(data: bytes) -> tuple[DatedHelpLine, ...]:
    """The lines in a file's bytes; LinesError names the first thing that is wrong."""
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise LinesError("it is no UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise LinesError(f"it is no TOML: {error}") from None
    if raw.get("format") != FORMAT:
        raise LinesError(f'it does not say format = "{FORMAT}"')
    found = raw.get("lines")
    if not isinstance(found, list) or not found or set(raw) != {"format", "lines"}:
        raise LinesError("it takes [[lines]] and nothing else")
    if len(found) > MOST_LINES:
        raise LinesError(f"it has more than {MOST_LINES} lines")
    return tuple(_line(number, each) for number, each in enumerate(found, 1))


def _line(number: int, raw: object) -> DatedHelpLine:
    where = f"line {number}"
    if not isinstance(raw, dict) or set(raw) != _FIELDS:
        raise LinesError(f"{where} takes {', '.join(sorted(_FIELDS))}")
    for name in _TEXTS:
        text = raw[name]
        most = 400 if name == "source" else MOST_CHARS
        if not isinstance(text, str) or not text.strip() or len(text) > most:
            raise LinesError(f"{where}: {name} takes a text of at most {most} characters")
        if not text.isprintable():
            raise LinesError(f"{where}: {name} has characters that cannot be seen")
    if not set(raw["number"]) <= set("0123456789+- ") or len(raw["number"]) > 24:
        raise LinesError(f"{where}: number takes digits, blanks, + and -")
    if type(raw["always"]) is not bool:
        raise LinesError(f"{where}: always takes true or false")
    for name in ("checked", "review"):
        if type(raw[name]) is not date:
            raise LinesError(f"{where}: {name} takes a date such as 2027-01-31")
    if raw["review"] < raw["checked"]:
        raise LinesError(f"{where}: review lies before checked")
    try:
        audience = Audience(raw["for"])
    except ValueError:
        raise LinesError(f"{where}: for takes {', '.join(Audience)}") from None
    return DatedHelpLine(
        audience=audience,
        always=raw["always"],
        checked=raw["checked"],
        review=raw["review"],
        **{name: raw[name].strip() for name in _TEXTS},
    )


@lru_cache(maxsize=1)
def national() -> tuple[DatedHelpLine, ...]:
    """The lines that come along with this version of the program."""
    return read(resources.path("care", FILE).read_bytes())


def overdue(lines: Sequence[DatedHelpLine], today: date) -> tuple[DatedHelpLine, ...]:
    """The lines that have not been checked anew in time."""
    return tuple(each for each in lines if each.review < today)


def shown(
    local: Sequence[DatedHelpLine], *, today: date, hour: int, danger: bool
) -> tuple[DatedHelpLine, ...]:
    """The lines of a card in their order. Where any local one is overdue, the national ones stand
    alone. In danger and at night those that always answer come first."""
    lines = [*national()]
    if not overdue(local, today):
        lines = [*lines, *(each for each in local if each.number not in {n.number for n in lines})]
    first = danger or hour in NIGHT
    return tuple(sorted(lines, key=lambda each: first and each.audience is not Audience.DANGER))
