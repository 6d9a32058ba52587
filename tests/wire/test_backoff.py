"""Waits before the next try."""

from miaohui.wire.machine import Backoff


def test_bounds_double_to_five_seconds() -> None:
    backoff = Backoff(lambda: 0.999)
    assert [backoff.next_ms() for _ in range(7)] == [199, 399, 799, 1598, 3196, 4995, 4995]


def test_jitter_is_full_from_the_first_try() -> None:
    assert Backoff(lambda: 0.0).next_ms() == 0


def test_only_a_link_that_held_starts_anew() -> None:
    backoff = Backoff(lambda: 0.5)
    backoff.next_ms()
    backoff.next_ms()
    backoff.held(9_999)
    assert backoff.next_ms() == 400
    backoff.held(10_000)
    assert backoff.next_ms() == 100
