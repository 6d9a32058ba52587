"""Entries on the wire: canonical bytes, strict reading."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.promise.journals import OPENED, chained, journals, message

from miaohui.promise.strictjson import canonical as canonical_raw
from miaohui.wire.journal import (
    EntryInvalid,
    Opened,
    canonical,
    decode_line,
    encode_line,
    entry_from,
)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT)
def test_canonical_is_rfc8785_for_any_text(shop: str, session: str) -> None:
    opened = {**OPENED, "t": 0, "shop": shop, "session": session}
    handed = {"kind": "handover", "t": 0, "from": shop, "to": session, "reason": "shift"}
    for row in chained([opened, handed]):
        entry = entry_from(row)
        assert canonical(entry) == rfc8785.dumps(row) == canonical_raw(row)


def test_canonical_escapes_control_characters_as_rfc8785_does() -> None:
    every = "".join(map(chr, (*range(0x20), 0x22, 0x5C, 0x7F, 0x2028, 0xFFFD, 0x1F600)))
    row = chained([{**OPENED, "t": 0, "shop": every}])[0]
    assert canonical(entry_from(row)) == rfc8785.dumps(row)


@settings(max_examples=40, deadline=None)
@given(journals(most=15))
def test_lines_come_back_as_they_went(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        entry = entry_from(row)
        line = encode_line(entry)
        assert decode_line(line) == entry
        assert json.loads(line) == row
        assert line == rfc8785.dumps(row) + b"\n"


GOOD = chained([{**OPENED, "t": 0}])[0]
ASK = {**message("customer", 0, 1), "seq": 2, "prev": "0" * 64}
EDITED = {
    "kind": "edited",
    "seq": 3,
    "t": 0,
    "prev": "0" * 64,
    "target": 2,
    "author": "customer",
    "commit": "0" * 64,
}
REPLY = {**message("responder", 0, 1, responder="r", seen_seq=1), "seq": 2, "prev": "0" * 64}


def without(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}


@pytest.mark.parametrize(
    "row",
    [
        {**GOOD, "extra": 1},
        {**GOOD, "seq": 0},
        {**GOOD, "seq": 1.0},
        {**GOOD, "seq": True},
        {**GOOD, "t": -1},
        {**GOOD, "t": 2**53},
        {**GOOD, "prev": "A" * 64},
        {**GOOD, "prev": "0" * 64 + "\n"},
        {**GOOD, "rule": "promise/1"},
        {**GOOD, "paid_ms": 0},
        {**GOOD, "kind": "edited"},
        {**GOOD, "key_id": "0123456789ABCDEF"},
        {**GOOD, "utc": "2026-02-29T00:00:00Z"},
        without(GOOD, "key_id"),
        {**GOOD, "terms": {"give_back": 1, "last_question": True, "refunds": []}},
        without(GOOD, "terms"),
        {**ASK, "author": "relay"},
        {**ASK, "labels": None},
        {**ASK, "seen_seq": 1},
        {**ASK, "id": "1"},
        {**ASK, "id": ASK["id"].upper().replace("0", "A")},
        {**ASK, "origin": "auto"},
        {**ASK, "labels": ["kind"]},
        {**EDITED, "responder": "r"},
        {**EDITED, "author": "responder"},
        without(EDITED, "commit"),
        {"kind": "fault", "seq": 2, "t": 9, "prev": "0" * 64, "from_t": 1, "to_t": 2},
        without(REPLY, "seen_seq"),
        without(REPLY, "responder"),
        [GOOD],
        7,
    ],
)
def test_what_is_no_entry_is_refused(row: object) -> None:
    with pytest.raises(EntryInvalid):
        entry_from(row)
    with pytest.raises(EntryInvalid):
        decode_line(json.dumps(row).encode())


@pytest.mark.parametrize("line", [b"", b"\xff", b"[" * 50_000, b"{" * 70_000, b'{"kind":NaN}'])
def test_hostile_lines_are_refused(line: bytes) -> None:
    with pytest.raises(EntryInvalid):
        decode_line(line)


def test_a_good_entry_is_taken() -> None:
    assert isinstance(entry_from(GOOD), Opened)
    assert entry_from(EDITED) == entry_from({**EDITED})
    assert isinstance(entry_from({**GOOD, "utc": "2028-02-29T23:59:60.123456+08:00"}), Opened)
