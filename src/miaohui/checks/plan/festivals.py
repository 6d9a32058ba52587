"""Festivals by their dates, from the sourced table resources/festivals.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from miaohui import resources

__all__ = ["Festival", "dates", "find", "names"]


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival. ``dates`` in order, as the table has them; ``sources``: where they come from."""

    name: str
    english: str
    rule: str
    sources: tuple[str, ...]
    dates: tuple[date, ...]


@lru_cache(maxsize=1)
def _table() -> dict[str, Festival]:
    raw = tomllib.loads(resources.path("festivals.toml").read_text(encoding="utf-8"))
    return {
        each["name"]: Festival(
            each["name"],
            each["english"],
            each["rule"],
            tuple(raw["sources"][source] for source in each["source"] if raw["sources"][source]),
            tuple(day for written in each["days"] for day in _days(written)),
        )
        for each in raw["festivals"]
    }


def _days(written: str) -> list[date]:
    """One day, or a range with both its ends: "2026-02-15..2026-02-23"."""
    first, _, last = written.partition("..")
    start = date.fromisoformat(first)
    length = (date.fromisoformat(last) - start).days if last else 0
    return [start + timedelta(days=n) for n in range(length + 1)]


def names() -> tuple[str, ...]:
    """Every festival of the table, by its Chinese name."""
    return tuple(_table())


def find(name: str) -> Festival | None:
    """A festival by its Chinese or English name."""
    wanted = name.strip().casefold()
    for each in _table().values():
        if wanted in (each.name.casefold(), each.english.casefold()):
            return each
    return None


def dates(name: str) -> tuple[date, ...]:
    """The dates of a festival; none where the table does not have it."""
    found = find(name)
    return () if found is None else found.dates
