"""Journal files: what is read, what is refused, and which entry is named."""

import json
from typing import Any

import pytest
from tests.promise.journals import OPENED, chained, message, typed

from miaohui.promise.chain import Chain
from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.reader import read_journal
from miaohui.promise.strictjson import MAX_DEPTH, lines_of, parse_object
from miaohui.wire.journal import entry_hash

ROWS = chained(
    [
        {**OPENED, "t": 0},
        message("responder", 1_000, 2, responder="r0", seen_seq=1),
        message("customer", 5_000, 3),
        message("responder", 9_000, 4, responder="r0", seen_seq=3),
        {"kind": "closed", "t": 20_000, "reason": "customer"},
    ]
)


def file_of(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_journal_with_or_without_its_last_newline() -> None:
    assert read_journal(file_of(ROWS)).fold.length == 5
    assert read_journal(file_of(ROWS).rstrip()).fold.length == 5


def test_blank_lines_are_skipped_and_counted_as_none() -> None:
    data = b"\n" + file_of(ROWS[:2]) + b"  \r\n\n" + file_of(ROWS[2:])
    assert read_journal(data).fold.length == 5
    with pytest.raises(JournalBroken, match="entry 3"):
        read_journal(b"\n" + file_of([*ROWS[:2], *ROWS[3:]]))


def test_as_it_stood_then() -> None:
    journal = read_journal(file_of(ROWS))
    assert journal.until(6_000).figures(6_000).open == 1
    assert journal.until(10**9) is journal.fold


def changed(index: int, **fields: Any) -> list[Any]:
    rows = [dict(row) for row in ROWS]
    rows[index].update(fields)
    return rows


@pytest.mark.parametrize(
    ("rows", "entry"),
    [
        (ROWS[1:], 1),
        ([*ROWS[:2], *ROWS[3:]], 3),
        ([ROWS[0], ROWS[2], ROWS[1], *ROWS[3:]], 2),
        (changed(2, t=4_000), 4),
        (changed(2, prev="1" * 64), 3),
        (changed(0, prev="1" * 64), 1),
        (changed(2, kind="reacted"), 3),
        ([*ROWS, ROWS[-1]], 6),
        (chained([{**OPENED, "t": 5}]), 1),
        (chained([{**OPENED, "t": 0}, {**OPENED, "t": 0}]), 2),
        (chained([{**OPENED, "t": 0}, message("customer", 5, 2), message("customer", 4, 3)]), 3),
        (chained([*ROWS[:1], {"kind": "recalled", "t": 0, "target": 9, "author": "customer"}]), 2),
        (chained([*ROWS[:1], {"kind": "recalled", "t": 0, "target": 1, "author": "customer"}]), 2),
        (
            chained(
                [*ROWS[:2], {"kind": "recalled", "t": 1_000, "target": 2, "author": "customer"}]
            ),
            3,
        ),
        (
            chained(
                [*ROWS[:1], {"kind": "fault", "t": 5, "from_t": 4, "to_t": 9, "reason": "restart"}]
            ),
            2,
        ),
        (
            chained(
                [*ROWS[:1], {"kind": "handover", "t": 5, "from": "x", "to": "y", "reason": "shift"}]
            ),
            2,
        ),
        (chained([*ROWS[:1], message("responder", 1, 2, responder="r0", seen_seq=2)]), 2),
    ],
)
def test_what_does_not_hold_names_its_entry(rows: list[Any], entry: int) -> None:
    with pytest.raises(JournalBroken, match=f"entry {entry}: ") as caught:
        read_journal(file_of(rows))
    assert caught.value.entry == entry


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        (b"", 1),
        (b"\n \n", 1),
        (b"null\n", 1),
        (b"[]\n", 1),
        (b'{"a":1,"a":2}', 1),
        (b'{"a":1e400}', 1),
        (b'{"a":' + b"9" * 5_000 + b"}", 1),
        (b'{"a":"\\ud800"}', 1),
        (file_of(changed(1, seen_seq="1")), 2),
        (file_of([{**ROWS[0], "rule": "promise/1"}]), 1),
        (file_of([{**ROWS[0], "utc": "2026-02-30T00:00:00Z"}]), 1),
        (file_of([{**ROWS[0], "utc": "\u0662026-02-20T00:00:00Z"}]), 1),
    ],
)
def test_what_is_json_and_no_entry_names_its_entry(data: bytes, entry: int) -> None:
    with pytest.raises(JournalBroken) as caught:
        read_journal(data)
    assert caught.value.entry == entry


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        (b"\xff\xfe", 1),
        (b"\xef\xbb\xbf" + file_of(ROWS), 1),
        (file_of(ROWS)[:-40], 5),
        (b'{"a":NaN}', 1),
        (b'{"a":1.5', 1),
        (b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 1),
        (b'{"a":"' + b"x" * 70_000 + b'"}', None),
        # Broken further up, and yet no JSON Lines as a whole.
        (file_of(ROWS[1:]) + b"nothing\n", 5),
    ],
)
def test_what_cannot_be_read_names_its_entry(data: bytes, entry: int | None) -> None:
    with pytest.raises(JournalUnreadable) as caught:
        read_journal(data)
    assert caught.value.entry == entry


def test_a_chain_says_which_of_two_was_changed() -> None:
    first, second = typed(chained([{**OPENED, "t": 0}, message("customer", 1_000, 2)]))
    chain = Chain()
    with pytest.raises(JournalBroken, match="entry 1: `prev` of the first entry is not 64 zeros"):
        chain.accept(second)
    assert chain.accept(first) == chain.head == entry_hash(first)
    with pytest.raises(JournalBroken, match="entry 2: `prev` is not the hash of entry 1: one of"):
        chain.accept(first)
    assert (chain.accept(second, own_hash="x"), chain.length) == ("x", 2)


def nested(depth: int) -> bytes:
    """An object with lists in it, so deep in all."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_an_object_is_nested_so_deep_and_no_deeper() -> None:
    assert parse_object(nested(MAX_DEPTH), where="it")
    with pytest.raises(JournalUnreadable, match="nested too deeply"):
        parse_object(nested(MAX_DEPTH + 1), where="it")
    assert parse_object(b'{"a":[9007199254740991,-9007199254740991]}', where="it")
    # Beside each other they may be as many as they like.
    many = parse_object(b'{"a":[' + b",".join([b"[{}]"] * MAX_DEPTH) + b"]}", where="it")
    assert len(many["a"]) == MAX_DEPTH


@pytest.mark.parametrize(
    ("data", "misfit", "words"),
    [
        (b"\xff", False, "it is not UTF-8"),
        (b"[1]", True, "it is not a JSON object"),
        (b"{", False, "it is not JSON"),
        (b'{"a":1,"a":2}', True, "a key stands twice"),
        (b'{"a":"\\ud800"}', True, "it is not usable (half a character)"),
        (b'{"a":NaN}', False, "NaN is no JSON"),
        (b'{"a":1.5}', True, "1.5 is not a whole number"),
        (b'{"a":9007199254740992}', True, "a number is too large"),
        (b'{"a":900719925474099100}', True, "a number is too large"),
    ],
)
def test_what_has_no_canonical_form_says_why(data: bytes, misfit: bool, words: str) -> None:
    with pytest.raises(JournalBroken if misfit else JournalUnreadable) as caught:
        parse_object(data, where="it", entry=7, misfit=JournalBroken)
    assert words in str(caught.value)
    assert caught.value.entry == 7
    assert str(caught.value).startswith("entry 7: ")


def test_lines_are_so_many_and_so_long() -> None:
    def read(data: bytes) -> list[tuple[int, bytes]]:
        return list(lines_of(data, name="the file", most=2, longest=3))

    assert read(b"") == []
    assert read(b"abc\nde") == read(b"abc\nde\n") == [(1, b"abc"), (2, b"de")]
    assert read(b"\na") == [(1, b""), (2, b"a")]
    with pytest.raises(JournalUnreadable, match="the file has more than 2 lines"):
        read(b"a\nb\nc")
    with pytest.raises(JournalUnreadable, match="line 2 of the file is longer than 3 bytes"):
        read(b"a\nbcde\n")
