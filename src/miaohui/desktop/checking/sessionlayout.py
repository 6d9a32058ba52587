"""One session as bars: where each wait and each deliberate gap stands. No painting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from miaohui.checks.results import GapFound, TurnWait
from miaohui.desktop.checking.axis import Logarithmic
from miaohui.promise.constants import AMBER_MS, PROMISE_MS

__all__ = ["PlacedWait", "SessionWaits", "place_waits", "tone_of_bar"]

LEAST_MS = 1_000
WIDEST, NARROWEST = 34.0, 5.0


@dataclass(frozen=True, slots=True)
class PlacedWait:
    """A bar (``bar`` set) or a gap (``gap`` set) with its slot; ``top`` and ``height`` of the bar
    itself, measured from the top of the plot."""

    left: float
    width: float
    top: float
    height: float
    number: int = 0
    bar: TurnWait | None = None
    gap: GapFound | None = None


@dataclass(frozen=True, slots=True)
class SessionWaits:
    """``line``: the height of the promise; ``labelled``: there is room for a figure on each bar;
    ``marked``: for its ✗, too."""

    places: tuple[PlacedWait, ...]
    line: float
    labelled: bool
    marked: bool


def place_waits(
    bars: Sequence[TurnWait], gaps: Sequence[GapFound], width: float, height: float, scale: float
) -> SessionWaits:
    """Waits and gaps in the order of their times, bars on a logarithmic height."""
    longest = max((one.wait_ms for one in bars), default=0)
    axis = Logarithmic(LEAST_MS, max(30_000, longest), height)
    things: list[tuple[int, TurnWait | GapFound]] = [(one.at_ms, one) for one in bars]
    things += [(one.at_ms, one) for one in gaps]
    things.sort(key=lambda one: one[0])
    step = width / max(1, len(things))
    step = max(NARROWEST * scale, min(WIDEST * scale * 1.5, step))
    wide = max(3.0, min(WIDEST * scale, step * 0.62))
    places = []
    number = 0
    for at, (_ms, thing) in enumerate(things):
        left = at * step + (step - wide) / 2
        if isinstance(thing, TurnWait):
            number += 1
            tall = axis.height(thing.wait_ms)
            places.append(PlacedWait(left, wide, height - tall, tall, number, bar=thing))
        else:
            places.append(PlacedWait(left, wide, 0.0, height, gap=thing))
    return SessionWaits(
        tuple(places), height - axis.height(PROMISE_MS), step >= 14 * scale, step >= 24 * scale
    )


def tone_of_bar(bar: TurnWait) -> str:
    """As the fold says it; amber for the last three seconds before the promise is broken."""
    if bar.state == "breached":
        return "breach"
    if bar.state != "kept":
        return "quiet"
    return "warn" if bar.wait_ms >= AMBER_MS else "kept"
