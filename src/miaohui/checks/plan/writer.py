"""A plan as TOML text: `read_plan(write_plan(plan).encode())` gives the same plan again.

Every key is written, defaults too, so that a saved plan says all that was decided.
"""

import math
import re
from collections.abc import Iterable
from typing import Final

from miaohui.checks.plan.plan import FORMAT, Plan, Probe, Stratum
from miaohui.checks.plan.table import clock_text

__all__ = ["write_plan"]

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_WIDE: Final = 90


def write_plan(plan: Plan) -> str:
    """The file's text; `sha256` is not part of it, since it is made of the text."""
    claim, scope = plan.claim, plan.scope
    parts = [
        [
            f"format = {_text(FORMAT)}",
            f"name = {_text(plan.name)}",
            f"about = {_text(plan.about)}",
            f"seed = {plan.seed}",
        ],
        [
            "[claim]",
            f"text = {_text(claim.text)}",
            f"threshold = {_number(claim.threshold)}",
            f"p0 = {_number(claim.p0)}",
            f"p1 = {_number(claim.p1)}",
            f"alpha = {_number(claim.alpha)}",
            f"power = {_number(claim.power)}",
            f"icc = {_number(claim.icc)}",
            f"looks = {claim.looks}",
        ],
        [
            "[scope]",
            f"shops = {_texts(scope.shops)}",
            f"responders = {_texts(scope.responders)}",
            f"sessions = {scope.sessions}",
            f"minutes = {scope.minutes}",
            f"budget_fen = {scope.budget_fen}",
            f"mode = {_text(scope.mode)}",
            f"stay_s = {scope.stay_s}",
            f"parallel = {scope.parallel}",
            f"accounts = {scope.accounts}",
            f"days = {scope.days}",
        ],
        *map(_stratum, plan.strata),
        *map(_probe, plan.probes),
        ["[banks]", *(f"{_key(name)} = {_texts(texts)}" for name, texts in plan.banks.items())],
        [
            "[coding]",
            f"labels = {_texts(plan.coding.labels)}",
            f"raters = {plan.coding.raters}",
            f"share = {_number(plan.coding.share)}",
        ],
        [
            "[ethics]",
            f"notify_after_days = {plan.ethics.notify_after_days}",
            f"contact = {_text(plan.ethics.contact)}",
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _stratum(stratum: Stratum) -> list[str]:
    lines = [
        "[[strata]]",
        f"name = {_text(stratum.name)}",
        f"from = {_text(clock_text(stratum.from_min))}",
        f"to = {_text(clock_text(stratum.to_min))}",
        f"quota = {stratum.quota}",
        f"day = {_text(stratum.day)}",
    ]
    return [*lines, f"festival = {_text(stratum.festival)}"] if stratum.festival else lines


def _probe(probe: Probe) -> list[str]:
    lines = ["[[probes]]", f"kind = {_text(probe.kind)}", f"at_s = {_number(probe.at_s)}"]
    if probe.every_s:
        lines.append(f"every_s = {_number(probe.every_s)}")
    if probe.count != 1:
        lines.append(f"count = {probe.count}")
    if probe.seconds:
        lines.append(f"seconds = {_number(probe.seconds)}")
    if probe.jitter_s:
        lines.append(f"jitter_s = {_number(probe.jitter_s)}")
    if probe.texts:
        lines.append(f"texts = {_texts(probe.texts)}")
    if probe.bank:
        lines.append(f"bank = {_text(probe.bank)}")
    return lines


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
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(value)
