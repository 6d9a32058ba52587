"""The words of a figure: digits and symbols alike in every language and for every reader.

The live panel, the receipt page, `verify`, the report and the shop page all show these texts; what
stands around them in Chinese or English is the reader's. Times round up, so that a breach never
reads "10.0 s"; shares round down, intervals outward; below twenty turns nothing is a percentage.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from miaohui.promise.constants import PERCENT_FROM_TURNS
from miaohui.promise.figures import KeptRate, Quantile

NOTHING: Final = "–"
_TENTH: Final = Decimal("0.1")


def seconds(ms: int) -> str:
    """ "10.1 s", rounded up to a tenth."""
    tenths = -(-ms // 100)
    return f"{tenths // 10}.{tenths % 10} s"


def at_least(ms: int) -> str:
    """ "≥ 35.2 s"."""
    return f"≥ {seconds(ms)}"


def quantile(told: Quantile) -> str:
    """p50, p95 or the longest wait."""
    if told.ms is None:
        return NOTHING
    return at_least(told.ms) if told.at_least else seconds(told.ms)


def _down(share: float) -> Decimal:
    return (Decimal(share) * 100).quantize(_TENTH, ROUND_FLOOR)


def _up(share: float) -> Decimal:
    return (Decimal(share) * 100).quantize(_TENTH, ROUND_CEILING)


def percent(part: int, whole: int) -> str:
    """ "95.0%", rounded down: 100.0 is said of no record with a breach in it."""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%"


def interval(low: float, high: float) -> str:
    """ "88.1–98.2", in percent, its ends rounded outward."""
    return f"{_down(low)}–{_up(high)}"


def kept(rate: KeptRate) -> str:
    """ "17 / 19", or from twenty turns on "95.0% (88.1–98.2)"."""
    if not rate.turns:
        return NOTHING
    if not rate.shows_percent:
        return f"{rate.kept} / {rate.turns}"
    return f"{percent(rate.kept, rate.turns)} ({interval(rate.low, rate.high)})"


def lower_bound(rate: KeptRate) -> str:
    """ "≥ 88.1%": what a list sorts and filters by."""
    return f"≥ {_down(rate.low)}%" if rate.shows_percent else kept(rate)


def share(part: int, whole: int) -> str:
    """A share of time or of silences, rounded up: "0.1%" is said of any lateness at all."""
    if not whole:
        return NOTHING
    tenths = -(-part * 1000 // whole)
    return f"{tenths // 10}.{tenths % 10}%"


def initiative(by_responder: int, silences: int) -> str:
    """Silences broken by the responder: "3 / 4", or from twenty on a percentage."""
    if not silences:
        return NOTHING
    if silences < PERCENT_FROM_TURNS:
        return f"{by_responder} / {silences}"
    return percent(by_responder, silences)


def accepted(taken: int, passed: int) -> str:
    """Offers taken of those made: "12 / 13", or from twenty on a percentage, rounded down."""
    return initiative(taken, taken + passed)


def no_shows(missed: int, taken: int) -> str:
    """Orders taken and not shown up for: "1 / 12", or from twenty on a percentage, rounded up."""
    if not taken:
        return NOTHING
    return f"{missed} / {taken}" if taken < PERCENT_FROM_TURNS else share(missed, taken)


def yuan(fen: int) -> str:
    """ "¥12.30"."""
    return f"¥{fen // 100}.{fen % 100:02d}"
