"""The form of measured figures: percentage or "too few", and in which tone."""

from miaohui.promise import words
from miaohui.promise.constants import AMBER_MS, PERCENT_FROM_TURNS, PROMISE_MS
from miaohui.promise.figures import KeptRate
from miaohui.wire.catalogue import CardsKept, Measured

__all__ = [
    "ENOUGH",
    "asks_figure",
    "asks_rate_of",
    "kept_figure",
    "late_figure",
    "rate_of",
    "session_tone",
    "tone_of",
    "wait_tone",
]

ENOUGH = PERCENT_FROM_TURNS


def turns(measured: Measured) -> int:
    return measured.kept + measured.breached


def kept_figure(measured: Measured) -> str:
    """``96.2%``, or ``11 / 12`` where the turns are too few for a percentage."""
    rate = rate_of(measured)
    return words.percent(rate.kept, rate.turns) if rate.shows_percent else words.kept(rate)


def rate_of(measured: Measured) -> KeptRate:
    """Kept of all, with the interval that came with it."""
    return KeptRate(kept=measured.kept, turns=turns(measured), low=measured.low, high=measured.high)


def asks_rate_of(measured: Measured) -> KeptRate:
    """Messages kept of all, each on its own."""
    return KeptRate(
        kept=measured.asks_kept,
        turns=measured.asks_kept + measured.asks_breached,
        low=measured.asks_low,
        high=measured.asks_high,
    )


def cards_rate_of(answers: CardsKept) -> KeptRate:
    """Cards that were kept, of all answers."""
    return KeptRate(
        kept=answers.yes,
        turns=answers.yes + answers.partly + answers.no,
        low=answers.low,
        high=answers.high,
    )


def asks_figure(measured: Measured) -> str:
    """``91.2%``, or ``11 / 12`` where the messages are too few for a percentage."""
    rate = asks_rate_of(measured)
    return words.percent(rate.kept, rate.turns) if rate.shows_percent else words.kept(rate)


def late_figure(measured: Measured) -> str:
    """Late time of the time used."""
    return words.share(measured.late_ms, measured.elapsed_ms)


def tone_of(measured: Measured) -> str:
    """The lower bound of the interval decides, as it does in the order of a list; but nobody is in
    the red for few turns alone, of which nearly all were kept."""
    if turns(measured) < ENOUGH:
        return "quiet"
    if measured.low >= 0.9:
        return "kept"
    is_good = measured.kept >= 0.9 * turns(measured)
    return "warn" if is_good or measured.low >= 0.7 else "breach"


def session_tone(kept: int, breached: int) -> str:
    """One session is held against the refunds' usual steps, not against an interval."""
    if not kept + breached:
        return ""
    part = kept / (kept + breached)
    if part >= 0.9:
        return "kept"
    return "warn" if part >= 0.7 else "breach"


def wait_tone(wait_ms: int | None, promise_ms: int = PROMISE_MS) -> str:
    """kept, warn or breach for one wait; empty where there is none."""
    if wait_ms is None:
        return ""
    if wait_ms > promise_ms:
        return "breach"
    return "warn" if wait_ms >= promise_ms * AMBER_MS // PROMISE_MS else "kept"
