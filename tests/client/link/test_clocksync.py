"""The guess at the relay's clock, its error, and which sample is trusted."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.client.link.clocksync import SAMPLES, ClockSync


def test_nothing_is_known_before_a_sample() -> None:
    sync = ClockSync()
    assert sync.relay_mono(5) is None
    assert sync.error_ms(5) is None
    assert sync.rtt_ms is None


@given(
    offset=st.integers(-(10**9), 10**9),
    ways=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=60),
)
def test_the_truth_lies_within_the_error(offset: int, ways: list[tuple[int, int]]) -> None:
    sync, now = ClockSync(), 10**9
    for up, down in ways:
        sync.add(now, now + up + offset, now + up + 3 + offset, now + up + 3 + down)
        now += 2_000
    guess, error = sync.relay_mono(now), sync.error_ms(now)
    assert guess is not None
    assert error is not None
    assert abs(guess - (now + offset)) <= error + 1
    assert error <= min(up + down for up, down in ways[-SAMPLES:]) / 2 + 2_000 * SAMPLES * 5e-5 + 1


def test_impossible_samples_are_left_out() -> None:
    sync = ClockSync()
    sync.add(100, 0, 500, 200)
    sync.add(100, 0, 0, 90)
    assert sync.relay_mono(100) is None


def test_another_run_of_the_relay_has_another_clock() -> None:
    sync = ClockSync()
    sync.begin("a")
    sync.add(0, 500, 500, 10)
    sync.begin("a")
    assert sync.relay_mono(10) == 505
    sync.begin("b")
    assert sync.relay_mono(10) is None


def test_after_sleep_nothing_counts() -> None:
    sync = ClockSync()
    sync.add(0, 500, 500, 10)
    sync.forget()
    assert sync.error_ms(10) is None
