import sys
import time

import pytest

from miaohui.runtime.clock import SystemClock, sleepless_ns


def test_it_is_the_clock_that_goes_on_in_sleep() -> None:
    if sys.platform != "linux":
        pytest.skip("other systems have other clocks")
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    now = SystemClock().mono()
    assert before <= now <= time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@pytest.mark.parametrize(
    ("platform", "name"), [("darwin", "CLOCK_MONOTONIC"), ("linux", "CLOCK_BOOTTIME")]
)
def test_each_system_has_its_own(platform: str, name: str) -> None:
    which = getattr(time, name, None)
    if which is None:
        pytest.skip("not on this system")
    before = time.clock_gettime_ns(which)
    assert before <= sleepless_ns(platform)() <= time.clock_gettime_ns(which)
