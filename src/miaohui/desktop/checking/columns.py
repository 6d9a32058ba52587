"""The columns of the table of results: where each stands at a width. No painting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ORDER", "Columns", "lay_out"]

ORDER = ("name", "sessions", "turns", "rate", "p50", "p95", "worst", "initiative", "verdict")
GAP = 20
EDGE = 18
LEAST_CHART = 150
LEAST_NAME = 96


@dataclass(frozen=True, slots=True)
class Columns:
    """Each column's (left, width) in pixels; ``rate`` is the figure, ``chart`` the interval beside
    it. ``narrow``: the rest stands in a second line under the name."""

    places: Mapping[str, tuple[float, float]]
    narrow: bool


def lay_out(width: float, scale: float, wanted: Mapping[str, float]) -> Columns:
    """``wanted``: how wide each column's longest text is, its heading included."""
    gap, edge = GAP * scale, EDGE * scale
    name = min(max(wanted["name"], LEAST_NAME * scale), width * 0.24)
    rest = sum(wanted[key] for key in ORDER if key != "name")
    chart = width - 2 * edge - name - rest - gap * len(ORDER)
    if chart >= LEAST_CHART * scale:
        return Columns(_row(ORDER, {**wanted, "name": name}, chart, edge, gap), narrow=False)
    few = ("name", "rate", "verdict")
    name = min(wanted["name"], width * 0.3)
    chart = width - 2 * edge - name - wanted["rate"] - wanted["verdict"] - gap * len(few)
    return Columns(
        _row(few, {**wanted, "name": name}, max(40 * scale, chart), edge, gap), narrow=True
    )


def _row(
    order: tuple[str, ...], wanted: Mapping[str, float], chart: float, edge: float, gap: float
) -> dict[str, tuple[float, float]]:
    places: dict[str, tuple[float, float]] = {}
    left = edge
    for key in order:
        places[key] = (left, wanted[key])
        left += wanted[key] + gap
        if key == "rate":
            places["chart"] = (left, chart)
            left += chart + gap
    return places
