"""``report.json``: the results as they were reported, and their comparison with a fresh analysis."""

import json
import math
from typing import Any, Final

import msgspec

from miaohui.checks.results import Results

FORMAT: Final = "checkreport/1"
MAX_BYTES: Final = 512 * 1024 * 1024
# Another machine's logarithms may differ in the last digits, never more.
_CLOSE: Final = 1e-9


class ReportUnreadable(ValueError):
    """Bytes that are no report.json."""


def encoded(results: Results) -> bytes:
    """The file's bytes: the same for the same results."""
    whole = {"format": FORMAT, "results": msgspec.to_builtins(results)}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def differences(reported: bytes, results: Results) -> list[tuple[str, str, str]]:
    """(where, reported, computed) for each figure that differs; raises `ReportUnreadable`."""
    try:
        told = json.loads(reported)
    except (ValueError, RecursionError):
        raise ReportUnreadable("it is no JSON") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ReportUnreadable(f"its format is not {FORMAT}")
    computed = json.loads(encoded(results))
    found: list[tuple[str, str, str]] = []
    _compare("", told.get("results"), computed["results"], found)
    return found


def _compare(where: str, told: Any, computed: Any, found: list[tuple[str, str, str]]) -> None:
    if isinstance(told, dict) and isinstance(computed, dict):
        for key in sorted(told.keys() | computed.keys()):
            _compare(f"{where}.{key}", told.get(key), computed.get(key), found)
    elif isinstance(told, list) and isinstance(computed, list) and len(told) == len(computed):
        for index, (one, other) in enumerate(zip(told, computed, strict=True)):
            _compare(f"{where}[{index}]", one, other, found)
    elif not _same(told, computed):
        found.append((where.removeprefix("."), _short(told), _short(computed)))


def _same(told: Any, computed: Any) -> bool:
    if isinstance(told, bool) or isinstance(computed, bool):
        return told is computed
    if isinstance(told, int | float) and isinstance(computed, float):
        return math.isclose(told, computed, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return type(told) is type(computed) and bool(told == computed)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
