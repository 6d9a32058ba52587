"""The one place that reads clocks."""

import os
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of the program knows of time; tests and simulations bring their own."""

    def mono(self) -> int:
        """Milliseconds on a clock that never goes back."""
        ...

    def utc_ms(self) -> int:
        """Milliseconds since the epoch, by the wall clock, which may jump."""
        ...


class SystemClock:
    """The machine's clocks."""

    def mono(self) -> int:
        return time.monotonic_ns() // 1_000_000

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
