"""Figures as a report shows them: waits, shares, sums, moments. Waits are rounded up, as everywhere."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from miaohui.checks.language import Say
from miaohui.checks.results import CurveStep, Interval
from miaohui.promise import words
from miaohui.promise.constants import PERCENT_FROM_TURNS

# Shops tell their hours in China's one time zone, which has no summer time.
LOCAL: Final = timezone(timedelta(hours=8))
_MINUTE_MS: Final = 60_000
_DAY_MIN: Final = 1_440
NONE: Final = words.NOTHING


def wait(ms: int | None, say: Say, *, at_least: bool = False) -> str:
    """A wait: "8.4 s" below a minute, then minutes and whole seconds."""
    if ms is None:
        return NONE
    if ms < _MINUTE_MS:
        return words.at_least(ms) if at_least else words.seconds(ms)
    return f"{'≥ ' if at_least else ''}{span(ms, say)}"


def span(ms: int, say: Say) -> str:
    """A length of time in minutes and seconds, rounded up to the second."""
    minutes, seconds = divmod(-(-ms // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return say(f"{hours} 时 {minutes:02d} 分", f"{hours} h {minutes:02d} min")
    if minutes:
        return say(f"{minutes} 分 {seconds:02d} 秒", f"{minutes} min {seconds:02d} s")
    return f"{seconds} s"


def percent(share: float | None, digits: int = 1) -> str:
    """A share, rounded down: 100.0% is said of nothing that failed once."""
    if share is None:
        return NONE
    scale = 10**digits
    # A hair of float error must not push 90% down to 89.9%.
    return f"{math.floor(share * 100 * scale + 1e-9) / scale:.{digits}f}%"


def threshold(share: float) -> str:
    """A claim's own figure, as it was written."""
    return f"{share * 100:.6g}%"


def rate(interval: Interval) -> str:
    """The share, or from too few turns the bare counts."""
    if interval.n < PERCENT_FROM_TURNS:
        return f"{interval.k} / {interval.n}"
    return words.percent(interval.k, interval.n)


def limits(interval: Interval) -> str:
    """The interval, its ends rounded outward."""
    if not interval.n:
        return NONE
    return f"{words.interval(interval.low, interval.high)}%"


def late_share(late_ms: int, elapsed_ms: int) -> str:
    """The part of the paid time in which a reply was overdue."""
    return words.share(late_ms, elapsed_ms)


def banded(step: CurveStep | None) -> str:
    """The share still waiting with its band, where it has one."""
    if step is None:
        return NONE
    share = percent(step.surviving)
    if step.surviving in (0, 1):
        return share
    return f"{share} ({step.low * 100:.1f}–{step.high * 100:.1f})"


def yuan(fen: int) -> str:
    """A sum, or the difference of two."""
    return f"{'-' if fen < 0 else ''}{words.yuan(abs(fen))}"


def part(k: int, n: int) -> str:
    """k of n, where there is an n."""
    return f"{k} / {n}" if n else NONE


def moment(utc_ms: int | None, *, seconds: bool = False) -> str:
    """A moment in the shops' own time."""
    if utc_ms is None:
        return NONE
    try:
        local = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(LOCAL)
    except (ValueError, OverflowError, OSError):
        return f"{utc_ms} ms"  # no date at all: shown as it stands
    return local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def evening(utc_ms: int | None) -> str:
    """The same without the year, for a long table."""
    shown = moment(utc_ms)
    return shown[5:] if shown.count("-") == 2 else shown


def clock(minute: int) -> str:
    """Minutes after midnight; the end of a day is 24:00."""
    minute = minute if minute <= _DAY_MIN else minute % _DAY_MIN
    return f"{minute // 60:02d}:{minute % 60:02d}"


def since(ms: int) -> str:
    """A place in a session: minutes and seconds since it opened."""
    return f"{ms // _MINUTE_MS}:{ms // 1000 % 60:02d}"


def number(value: float | None, digits: int = 2) -> str:
    return NONE if value is None else f"{value:.{digits}f}"
