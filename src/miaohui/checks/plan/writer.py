"""A plan as TOML text: `read_plan(write_plan(plan).encode())` gives the same plan again.

Keys follow the fields of ``checks.plan.plan``. Every key of a table that stands once is written,
defaults too, so that a saved plan says all that was decided.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Final

from miaohui.checks.plan.plan import FORMAT, Claim, Coding, Ethics, Plan, Probe, Scope, Stratum
from miaohui.checks.plan.table import clock_text

__all__ = ["write_plan"]

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_WIDE: Final = 90
_OPTIONAL: Final = frozenset(
    {"festival", "every_s", "count", "seconds", "jitter_s", "texts", "bank"}
)


def write_plan(plan: Plan) -> str:
    """The file's text; `sha256` is not part of it, since it is made of the text."""
    head = {"format": FORMAT, "name": plan.name, "about": plan.about, "seed": plan.seed}
    parts = [
        _lines(head),
        ["[claim]", *_table(plan.claim)],
        ["[scope]", *_table(plan.scope)],
        *(["[[strata]]", *_table(stratum)] for stratum in plan.strata),
        *(["[[probes]]", *_table(probe)] for probe in plan.probes),
        ["[banks]", *_lines(plan.banks)],
        ["[coding]", *_table(plan.coding)],
        ["[ethics]", *_table(plan.ethics)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _table(part: Claim | Scope | Stratum | Probe | Coding | Ethics) -> Iterator[str]:
    written: dict[str, object] = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name in _OPTIONAL and each.default is not MISSING and value == each.default:
            continue
        if each.name in ("from_min", "to_min"):
            written[each.name.removesuffix("_min")] = clock_text(value)
        else:
            written[each.name] = value
    return _lines(written)


def _lines(table: Mapping[str, object]) -> Iterator[str]:
    return (f"{_key(name)} = {_value(value)}" for name, value in table.items())


def _value(value: object) -> str:
    match value:
        case str():
            return _text(value)
        case tuple():
            return _texts(value)
        case int() | float():
            return _number(value)
        case _:
            raise TypeError(f"a plan holds no {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    return f'"{"".join(map(_char, value))}"'


def _char(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    # TOML allows no other control characters in a string.
    return f"\\u{ord(char):04X}" if ord(char) < 0x20 or ord(char) == 0x7F else char


def _texts(values: Iterable[str]) -> str:
    items = [_text(value) for value in values]
    flat = f"[{', '.join(items)}]"
    if len(flat) <= _WIDE:
        return flat
    return "\n".join(["[", *(f"  {item}," for item in items), "]"])


def _number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(value)
