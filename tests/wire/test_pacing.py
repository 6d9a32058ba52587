"""The pace of pictures, over lines that are reckoned, not waited for."""

import heapq

from hypothesis import given
from hypothesis import strategies as st

from miaohui.wire.limits import MEDIA_CHUNK_BYTES
from miaohui.wire.pacing import ALONE_EVERY_MS, BEGIN_BYTES, MOST_BYTES, SMALL_BYTES, Pace


def carry(pace: Pace, total: int, *, way_ms: float, bytes_per_ms: float) -> tuple[float, float]:
    """Sends so much over such a line; when the last byte was acknowledged, and the longest queue
    that a word would have met from the third second on, in ms."""
    now, free, offset, worst = 0.0, 0.0, 0, 0.0
    back: list[tuple[float, int]] = []
    while pace.flying or offset < total:
        while offset < total and pace.room(int(now)):
            size = min(pace.chunk, total - offset)
            offset += size
            pace.sent("a", offset, size, int(now))
            free = max(free, now) + size / bytes_per_ms
            heapq.heappush(back, (free + way_ms, offset))
            if now > 3_000:
                worst = max(worst, free - now)
        now, upto = heapq.heappop(back)
        pace.took("a", upto, int(now))
    return now, worst


def test_a_slow_line_holds_two_small_chunks_at_most() -> None:
    """64 kbit/s: a word waits for a second of picture at most."""
    took, worst = carry(Pace(), 400_000, way_ms=300, bytes_per_ms=8)
    assert worst <= BEGIN_BYTES / 8
    assert took < 400_000 / 8 * 1.8


def test_a_line_of_two_megabits_is_filled_and_no_word_waits_long() -> None:
    took, worst = carry(Pace(), 4_000_000, way_ms=40, bytes_per_ms=250)
    assert worst < 500
    assert took < 4_000_000 / 250 * 1.3


def test_a_quick_line_is_not_held_back() -> None:
    took, _ = carry(Pace(), 8_000_000, way_ms=1, bytes_per_ms=10_000)
    assert took < 3_000


@given(way_ms=st.floats(0, 2_000), bytes_per_ms=st.floats(1, 20_000), total=st.integers(1, 600_000))
def test_every_line_gets_everything(way_ms: float, bytes_per_ms: float, total: int) -> None:
    pace = Pace()
    carry(pace, total, way_ms=way_ms, bytes_per_ms=bytes_per_ms)
    assert (pace.taken, pace.flying) == (total, 0)
    assert SMALL_BYTES <= pace.window <= MOST_BYTES


def test_two_small_chunks_to_begin_with() -> None:
    pace, offset = Pace(), 0
    while pace.room(0):
        offset += pace.chunk
        pace.sent("a", offset, pace.chunk, 0)
    assert (pace.flying, pace.chunk) == (BEGIN_BYTES, MEDIA_CHUNK_BYTES // 2)


def test_a_picture_that_is_over_makes_room() -> None:
    pace = Pace()
    pace.sent("a", SMALL_BYTES, SMALL_BYTES, 0)
    pace.sent("b", SMALL_BYTES, SMALL_BYTES, 0)
    assert not pace.room(0)
    pace.forget("a")
    assert pace.clear("a")
    assert not pace.clear("b")
    assert pace.room(0)
    assert not pace.took("a", SMALL_BYTES, 5)


def test_once_in_a_while_a_chunk_goes_alone() -> None:
    pace = Pace()
    pace.sent("a", 10, 10, 0)
    pace.sent("a", 20, 10, 1)
    assert pace.took("a", 10, 2)
    assert not pace.room(ALONE_EVERY_MS)
    assert pace.took("a", 20, ALONE_EVERY_MS)
    assert pace.room(ALONE_EVERY_MS)
