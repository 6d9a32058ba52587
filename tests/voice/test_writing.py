"""A note as it is recorded."""

import pytest
from tests.voice.notes import note, sine

from miaohui.voice.container import NoteRefused
from miaohui.voice.limits import LEVELS, LOUDEST, MOST_MS, NOTE_RATE
from miaohui.voice.writing import NoteWriter, levels_of, peaks_of


def test_it_is_as_long_and_as_loud_as_what_was_said() -> None:
    writer = NoteWriter()
    assert writer.write(sine(0.5, loud=32767)) > 0.95
    assert writer.write(sine(0.5, loud=3200)) < 0.12
    assert writer.ms == 1000
    made = writer.finish()
    peaks = peaks_of(made.levels)
    assert made.ms == 1000
    assert len(peaks) == LEVELS
    assert set(peaks[:31]) == {LOUDEST}
    assert max(peaks[33:]) < 5


def test_it_ends_by_itself_after_a_minute() -> None:
    writer = NoteWriter()
    for _ in range(7):
        writer.write(sine(10.0))
    assert writer.is_full
    assert writer.finish().ms == MOST_MS


def test_less_than_a_second_is_no_note() -> None:
    for samples in (b"", sine(0.9)):
        writer = NoteWriter()
        writer.write(samples)
        with pytest.raises(NoteRefused) as refused:
            writer.finish()
        assert refused.value.reason == "short"


def test_a_microphone_that_the_system_switched_off_is_noticed() -> None:
    writer = NoteWriter()
    writer.write(bytes(2 * NOTE_RATE))
    assert writer.is_silent
    writer.write(sine(0.1))
    assert not writer.is_silent


def test_levels_are_the_parts_peaks_by_the_loudest() -> None:
    assert levels_of([0, 0]) == "0" * LEVELS
    assert peaks_of(levels_of([100] * 64 + [50] * 64))[::32] == (LOUDEST, LOUDEST // 2)
    assert peaks_of(None) == peaks_of("") == (0,) * LEVELS
    assert len(note(1.0).levels) == LEVELS
