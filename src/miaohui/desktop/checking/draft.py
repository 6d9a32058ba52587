"""A plan as it is being written: read leniently, edited part by part, its mistakes at its fields.

What a file says wrongly is kept where its type allows it, so that the form can show it beside what
is wrong with it. Only TOML that does not parse has no draft.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from miaohui.checks.plan.plan import (
    Claim,
    Coding,
    Ethics,
    Plan,
    Probe,
    ProbeKind,
    Scope,
    Stratum,
    Unit,
)
from miaohui.checks.plan.positions import Path, lines_of
from miaohui.checks.plan.reader import Mistake
from miaohui.checks.statistics.verdicts import sessions_for_met

__all__ = ["blank", "draft_of", "places_of", "with_quotas"]

T = TypeVar("T")
LATE_MOST = 0.2
# What a value is where the file does not say: required ones have no default of their own.
_REQUIRED: Mapping[str, Any] = {
    "text": "",
    "threshold": 0.9,
    "p0": 0.97,
    "p1": 0.8,
    "shops": (),
    "responders": (),
    "sessions": 1,
    "minutes": 15,
    "budget_fen": 1,
    "name": "",
    "from_min": 0,
    "to_min": 1440,
    "quota": 0,
    "kind": ProbeKind.PLAIN,
    "at_s": 0.0,
}
PROBE_CODES = {"texts", "bank", "seconds", "count"}
DEPTHS = {"strata": 3, "probes": 3}  # ("strata", 0, "quota"); elsewhere ("claim", "text")


def draft_of(text: str) -> Plan:
    """The plan that a text means, as far as it says; raises `tomllib.TOMLDecodeError`."""
    raw = tomllib.loads(text)
    return Plan(
        name=_text(raw.get("name")),
        about=_text(raw.get("about")),
        seed=raw["seed"] if isinstance(raw.get("seed"), int) else 0,
        claim=_part(Claim, raw.get("claim")),
        scope=_part(Scope, raw.get("scope")),
        strata=tuple(_stratum(one) for one in _list(raw.get("strata"))),
        probes=tuple(_part(Probe, one) for one in _list(raw.get("probes"))),
        banks=_banks(raw.get("banks")),
        coding=_part(Coding, raw.get("coding")),
        ethics=_part(Ethics, raw.get("ethics")),
    )


def blank(name: str, claim: str, stratum: str, texts: tuple[str, ...], seed: int) -> Plan:
    """The plan that a new one begins as: one stratum, one probe, nobody to try yet. It claims what
    the shipped plans do, every message and a bound for late time, with sessions enough to be met."""
    made = Claim(
        text=claim, threshold=0.8, p0=0.97, p1=0.55, unit=Unit.MESSAGES, late_most=LATE_MOST
    )
    sessions = sessions_for_met(made)
    return Plan(
        name=name,
        seed=seed,
        claim=made,
        scope=Scope(shops=(), responders=(), sessions=sessions, minutes=15, budget_fen=100_000),
        strata=(Stratum(name=stratum, from_min=1200, to_min=120, quota=sessions),),
        probes=(Probe(kind=ProbeKind.PLAIN, at_s=5, every_s=60, jitter_s=10, texts=texts),),
    )


def with_quotas(plan: Plan) -> Plan:
    """Sessions of each target are what the strata ask for together."""
    total = sum(one.quota for one in plan.strata)
    return replace(plan, scope=replace(plan.scope, sessions=max(1, total)))


def places_of(text: str, mistakes: Iterable[Mistake]) -> dict[Path, list[Mistake]]:
    """Each mistake at the innermost field that its line belongs to."""
    by_line: dict[int, Path] = {}
    for path, line in lines_of(text).items():
        cut = path[: DEPTHS.get(str(path[0]), 2)] if path else path
        if len(cut) >= len(by_line.get(line, ())):
            by_line[line] = cut
    found: dict[Path, list[Mistake]] = {}
    for mistake in mistakes:
        line = mistake.line
        while line > 1 and line not in by_line:  # inside a text of several lines
            line -= 1
        path = by_line.get(line, ())
        if len(path) == 2 and path[0] == "probes" and mistake.code in PROBE_CODES:
            path = (*path, mistake.code)  # about a key that is not there
        found.setdefault(path, []).append(mistake)
    return found


def _part(kind: type[T], raw: object) -> T:
    """A dataclass from a table: every value whose type fits, the default for the rest."""
    given = raw if isinstance(raw, dict) else {}
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        default = _REQUIRED[one.name] if one.default is MISSING else one.default
        values[one.name] = _fitting(given.get(one.name), default)
    return kind(**values)


def _fitting(value: object, default: Any) -> Any:
    if isinstance(default, StrEnum):
        known = [one.value for one in type(default)]
        return type(default)(value) if value in known else default
    if isinstance(default, tuple):
        if not isinstance(value, list):
            return default
        return tuple(one for one in value if isinstance(one, str))
    if isinstance(value, bool):
        return default
    if isinstance(default, float):
        return float(value) if isinstance(value, int | float) else default
    return value if isinstance(value, type(default)) else default


def _stratum(raw: object) -> Stratum:
    given = dict(raw) if isinstance(raw, dict) else {}
    for key, field in (("from", "from_min"), ("to", "to_min")):
        minutes = _minutes(given.get(key))
        if minutes is not None:
            given[field] = minutes
    return _part(Stratum, given)


def _minutes(value: object) -> int | None:
    hours, _colon, minutes = str(value).partition(":")
    if not (hours.isdecimal() and minutes[:2].isdecimal()):
        return None
    return min(1440, int(hours) * 60 + int(minutes[:2]))


def _banks(raw: object) -> dict[str, tuple[str, ...]]:
    given = raw if isinstance(raw, dict) else {}
    return {
        name: tuple(one for one in texts if isinstance(one, str))
        for name, texts in given.items()
        if isinstance(texts, list)
    }


def _list(raw: object) -> list[object]:
    return list(raw) if isinstance(raw, list) else []


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""
