"""The one place that reads clocks."""

import functools
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of the program knows of time; tests and simulations bring their own."""

    def mono(self) -> int:
        """Milliseconds on a clock that never goes back, and goes on while the machine sleeps."""
        ...

    def utc_ms(self) -> int:
        """Milliseconds since the epoch, by the wall clock, which may jump."""
        ...


def sleepless_ns(platform: str = sys.platform) -> Callable[[], int]:
    """The system's monotonic clock that counts sleep as well: a wait goes on while a lid is shut.

    Linux's CLOCK_MONOTONIC stands still in sleep, CLOCK_BOOTTIME does not; on macOS it is
    CLOCK_MONOTONIC that goes on (Python's own clock there stands still); Windows' goes on anyway.
    """
    name = "CLOCK_MONOTONIC" if platform == "darwin" else "CLOCK_BOOTTIME"
    which: int | None = getattr(time, name, None)
    if which is None:
        return time.monotonic_ns
    try:
        time.clock_gettime_ns(which)
    except OSError:  # a kernel without it
        return time.monotonic_ns
    return functools.partial(time.clock_gettime_ns, which)


_steady_ns = sleepless_ns()


class SystemClock:
    """The machine's clocks."""

    def mono(self) -> int:
        return _steady_ns() // 1_000_000

    def utc_ms(self) -> int:
        return time.time_ns() // 1_000_000


def rfc3339(utc_ms: int) -> str:
    """``2026-08-19T13:18:00.000Z``."""
    moment = datetime.fromtimestamp(utc_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc_ms % 1000:03d}Z"


def utc_ms_of(text: str) -> int:
    """The reverse of ``rfc3339``; ValueError where it is no time with a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("time without a zone")
    return round(moment.timestamp() * 1000)


LAST_UTC_MS = 4_102_444_799_999  # the end of 2099: what a stranger's clock may say at most


def within_years(utc_ms: int) -> int:
    """The nearest time of 1970 to 2099, which every calendar can show."""
    return min(max(0, utc_ms), LAST_UTC_MS)


def told_utc_ms(text: str) -> int:
    """A stranger's word on when it was, within 1970 to 2099; 0 where no calendar has that time."""
    try:
        return within_years(utc_ms_of(text))
    except (ValueError, OverflowError):
        return 0


def stamp_ns() -> int:
    """A fine stamp for measuring durations of our own work (start-up, frames)."""
    return time.perf_counter_ns()


def thread_cpu_ns() -> int:
    """What the calling thread has worked so far: tells a block of ours from a busy machine."""
    return time.thread_time_ns()


def process_age_ms() -> int | None:
    """How long ago this process was started; None where the system does not tell."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        started = ticks / os.sysconf("SC_CLK_TCK")
        return round((time.clock_gettime(time.CLOCK_BOOTTIME) - started) * 1000)
    except (OSError, ValueError, IndexError, AttributeError):
        return None
