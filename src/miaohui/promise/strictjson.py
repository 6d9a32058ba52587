"""JSON as strangers send it: parsed whole or refused with a reason, never a crash.

No duplicate keys, no fractions, no NaN, no huge integers, no lone surrogates: none of these has one
canonical form that every reader agrees on.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from miaohui.promise.errors import JournalError, JournalUnreadable
from miaohui.wire.limits import MAX_INTEGER

MAX_DEPTH: Final = 16


class _Misfit(ValueError):
    """JSON, and yet nothing that has one canonical form."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Misfit("a key stands twice")
    return found


def _integer(text: str) -> int:
    # Checked before int(): a number of a million digits would take its time.
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        raise _Misfit("a number is too large")
    return number


def _refused(text: str) -> Any:
    raise _Misfit(f"{text[:20]} is not a whole number")


def _no_json(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


_PLAIN: Final = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=_no_json)
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_refused, parse_constant=_no_json
)


def _too_deep(text: str) -> bool:
    """Counts brackets, those inside strings too: cheap, and never lets a deep one through."""
    depth = deepest = 0
    for char in text:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest > MAX_DEPTH


def parse_object(
    data: bytes,
    *,
    where: str,
    entry: int | None = None,
    misfit: type[JournalError] = JournalUnreadable,
) -> dict[str, Any]:
    """The JSON object in `data`; raises `JournalUnreadable`, and `misfit` for JSON that is no object
    with one canonical form."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise JournalUnreadable(f"{where} is not UTF-8", entry=entry) from None
    try:
        if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(text):
            raise ValueError("it is nested too deeply")
        try:
            value = _DECODER.decode(text)
        except _Misfit:
            _PLAIN.decode(text)
            raise
    except _Misfit as error:
        raise misfit(f"{where} is not usable ({error})", entry=entry) from None
    except (ValueError, RecursionError) as error:
        raise JournalUnreadable(f"{where} is not JSON ({error})", entry=entry) from None
    if not isinstance(value, dict):
        raise misfit(f"{where} is not a JSON object", entry=entry)
    try:
        canonical(value)
    except UnicodeError:
        raise misfit(f"{where} is not usable (half a character)", entry=entry) from None
    return value


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of a value that `parse_object` let through and whose keys are ASCII."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def canonical_hash(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def lines_of(data: bytes, *, name: str, most: int, longest: int) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) of JSON Lines; raises `JournalUnreadable` where it is too much."""
    start = number = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        if number > most:
            raise JournalUnreadable(f"{name} has more than {most} lines")
        if end - start > longest:
            raise JournalUnreadable(f"line {number} of {name} is longer than {longest} bytes")
        yield number, data[start:end]
        start = end + 1
