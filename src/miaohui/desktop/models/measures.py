"""The form of measured figures: percentage or "too few", and in which tone."""

from miaohui.desktop.look import amounts
from miaohui.desktop.strings import discover
from miaohui.wire.catalogue import Measured

__all__ = ["ENOUGH", "kept_figure", "low_high", "session_tone", "tone_of", "wait_tone"]

ENOUGH = 20  # promise.md, section 5: below this a percentage is never shown


def turns(measured: Measured) -> int:
    return measured.kept + measured.breached


def kept_figure(measured: Measured) -> str:
    """``96.2%``, or "too few turns (n=12)"."""
    n = turns(measured)
    if n < ENOUGH:
        return discover.too_few(n)
    return amounts.percent(amounts.share(measured.kept, measured.breached))


def tone_of(measured: Measured) -> str:
    """The lower bound of the interval decides, as it does in the order of a list."""
    if turns(measured) < ENOUGH:
        return "quiet"
    if measured.low >= 0.9:
        return "kept"
    return "warn" if measured.low >= 0.7 else "breach"


def session_tone(kept: int, breached: int) -> str:
    """One session is held against the refunds' usual steps, not against an interval."""
    if not kept + breached:
        return ""
    part = kept / (kept + breached)
    if part >= 0.9:
        return "kept"
    return "warn" if part >= 0.7 else "breach"


def wait_tone(wait_ms: int | None, promise_ms: int = 10_000) -> str:
    """kept, warn or breach for one wait; empty where there is none."""
    if wait_ms is None:
        return ""
    if wait_ms > promise_ms:
        return "breach"
    return "warn" if wait_ms >= promise_ms * 0.7 else "kept"


def low_high(measured: Measured) -> tuple[str, str]:
    return f"{measured.low * 100:.1f}", f"{measured.high * 100:.1f}%"
