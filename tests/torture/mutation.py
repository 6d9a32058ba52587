"""Random changes to inputs: of bytes, of JSON's pieces, and of journals whose chain is made anew."""

import json
import random
from typing import Any

TOKENS = (
    *(b'"', b"{", b"}", b"[", b"]", b":", b",", b"\n", b"\\", b"\\u0000", b"\\ud800", b"\x00"),
    *(b"null", b"true", b"-1", b"0", b"1e9", b"1.5", b"NaN", b"9007199254740992", b"1" * 30),
    *(b'""', b"{}", b"[]", b"[" * 40, b'{"a":' * 20, b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b'"type":"send"', b'"id":', b'"session":', b'"kind":"message"', b'"seq":1', b'"t":0', b'"prev":'),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2, 3, 9_999, 10_000, 10_001, 2**31, 2**53 - 1, 2**53, 2**70, 1.5),
    *("", "x", "responder", "customer", "auto", "human", "0" * 64, "秒" * 200, [], {}, [[[]]]),
)
KINDS = (
    *("opened", "message", "recalled", "paused", "resumed", "handover", "fault", "extended"),
    *("closing", "closed", "nothing"),
)


def changed(source: random.Random, data: bytes, corpus: list[bytes]) -> bytes:
    """One to four small changes."""
    out = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 4))):
        at = source.randrange(len(out) + 1)
        match source.randrange(8):
            case 0 if at < len(out):
                out[at] ^= 1 << source.randrange(8)
            case 1 if at < len(out):
                out[at] = source.randrange(256)
            case 2:
                out[at:at] = source.choice(TOKENS)
            case 3:
                token = source.choice(TOKENS)
                out[at : at + len(token)] = token
            case 4:
                del out[at : at + source.randrange(1, 32)]
            case 5:
                end = at + source.randrange(1, 64)
                out[at:at] = out[at:end]
            case 6:
                other = source.choice(corpus)
                begin = source.randrange(len(other) + 1)
                out[at : at + source.randrange(64)] = other[begin : begin + source.randrange(128)]
            case _:
                out = out[:at] if source.random() < 0.1 else out
    return bytes(out[:70_000])


def reshaped(source: random.Random, value: Any) -> Any:
    """A JSON object with one value, somewhere, exchanged, taken away or added."""
    if isinstance(value, dict) and value:
        key = source.choice(list(value))
        turn = source.random()
        if turn < 0.1:
            return {name: each for name, each in value.items() if name != key}
        if turn < 0.2:
            return {**value, source.choice(("x", "kind", "labels", "id")): source.choice(VALUES)}
        if turn < 0.3 and "kind" in value:
            return {**value, "kind": source.choice(KINDS)}
        return {**value, key: reshaped(source, value[key])}
    if isinstance(value, list) and value and source.random() < 0.8:
        at = source.randrange(len(value))
        return [*value[:at], reshaped(source, value[at]), *value[at + 1 :]]
    if isinstance(value, int) and source.random() < 0.6:
        return value + source.choice((1, -1, 1000, -1000, 60_000, value))
    return source.choice(VALUES)


def reshaped_text(source: random.Random, data: bytes) -> bytes | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return json.dumps(reshaped(source, value), ensure_ascii=False).encode("utf-8", "surrogatepass")


def rewritten(source: random.Random, data: bytes) -> bytes | None:
    """A journal with entries changed, moved, doubled or gone, and a chain that holds again."""
    from miaohui.wire.journal import NO_PREV, entry_from, entry_hash

    try:
        rows = [json.loads(line) for line in data.splitlines()]
    except (ValueError, RecursionError):
        return None
    if not rows or not all(isinstance(row, dict) for row in rows):
        return None
    for _ in range(source.choice((1, 1, 2, 3))):
        at = source.randrange(len(rows))
        match source.randrange(5):
            case 0:
                rows.insert(source.randrange(len(rows) + 1), dict(source.choice(rows)))
            case 1 if len(rows) > 1:
                del rows[at]
            case 2:
                other = source.randrange(len(rows))
                rows[at], rows[other] = rows[other], rows[at]
            case _:
                rows[at] = reshaped(source, rows[at])
    prev, t = NO_PREV, 0
    for seq, row in enumerate(rows, 1):
        row["seq"], row["prev"] = seq, prev
        if isinstance(row.get("t"), int) and source.random() < 0.95:
            t = row["t"] = max(t, row["t"])
        try:
            prev = entry_hash(entry_from(row))
        except ValueError:
            prev = "0" * 64
    return b"".join(
        json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for row in rows
    )
