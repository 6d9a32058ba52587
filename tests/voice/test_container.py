"""What a note may be: one whole stream of Opus within the limits, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.voice.notes import encoded, joined, note, pages, summed

from miaohui.voice.container import NoteRefused, inspect
from miaohui.voice.limits import MOST_MS, NOTE_BYTES

GOOD = note(2.0).data


def reason(data: bytes) -> str:
    with pytest.raises(NoteRefused) as refused:
        inspect(data)
    return refused.value.reason


@pytest.mark.parametrize("seconds", [1.0, 1.003, 2.5, 59.99, 60.0])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_note_lasts_as_long_as_it_was_recorded(seconds: float, rate: int) -> None:
    assert inspect(encoded(seconds, rate)).ms == round(seconds * 1000)


def test_too_short_too_long_and_too_large_are_named() -> None:
    assert reason(encoded(0.9)) == "short"
    assert reason(encoded(MOST_MS / 1000 + 0.1)) == "long"
    assert reason(bytes(NOTE_BYTES + 1)) == "bytes"


def test_another_kind_of_file_is_no_note() -> None:
    assert reason(b"RIFF") == "type"
    assert reason(b"") == "type"
    assert reason(encoded(2.0, 48_000, kind="VORBIS")) == "type"
    assert reason(encoded(2.0, 48_000, channels=2)) == "unreadable"


def test_a_stream_behind_or_beside_it_is_refused() -> None:
    other = joined([summed(page, serial=7) for page in pages(encoded(1.5))])
    assert reason(GOOD + other) == "unreadable"
    first, *rest = pages(GOOD)
    assert reason(joined([first, pages(other)[0], *rest])) == "unreadable"
    assert reason(GOOD + b"words behind") == "unreadable"


def test_a_page_that_is_missing_double_or_out_of_order_is_refused() -> None:
    whole = pages(GOOD)
    for parts in (whole[:-1], whole[1:], [*whole[:2], *whole[3:]], [*whole, whole[-1]]):
        assert reason(joined(parts)) in ("unreadable", "type")
    assert reason(joined([*whole[:2], *reversed(whole[2:])])) == "unreadable"


def test_a_duration_that_its_packets_do_not_bear_out_is_refused() -> None:
    *before, last = pages(GOOD)
    for hours in (1, 30):
        claimed = summed(last, granule=hours * 3600 * 48_000)
        assert reason(joined([*before, claimed])) == "unreadable"
    assert reason(joined([*before, summed(last, granule=-5)])) == "unreadable"
    # Nor may it say much less than there is.
    assert reason(joined([*before, summed(last, granule=50_000)])) == "unreadable"


def test_the_last_page_says_that_it_is_the_last() -> None:
    *before, last = pages(GOOD)
    assert inspect(joined([*before, summed(last)])).ms == 2000
    assert reason(joined([*before, summed(last, flags=0)])) == "unreadable"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, by: int) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= by
    assert reason(bytes(changed)) in ("unreadable", "type")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(GOOD) - 1))
def test_nothing_that_was_cut_off_is_taken(length: int) -> None:
    assert reason(GOOD[:length]) in ("unreadable", "type")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_anything_else_is_refused_and_nothing_breaks(data: bytes) -> None:
    reason(b"OggS" + data)
