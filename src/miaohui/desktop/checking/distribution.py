"""The cumulative distribution of waits as something to draw: steps, bands, marks, readings. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from miaohui.checks.results import CurveStep, TargetResult
from miaohui.desktop.checking.figures import tone_of_rate

__all__ = ["Curve", "CurvePoint", "curve_of", "curves_of", "reach_ms", "spread"]

NEAR_MS, FAR_MS = 25_000, 60_000


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The curve at one instant: answered by then, its band, and how many still waited."""

    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Curve:
    """``style`` tells curves of one tone apart: 0 is a full line, 1, 2 … are dashed."""

    target: str
    name: str
    tone: str
    style: int
    steps: tuple[CurveStep, ...]
    turns: int

    def at(self, ms: float) -> CurvePoint:
        """The step that holds at ``ms``: Kaplan-Meier's curve is flat between its steps."""
        index = bisect_right([step.ms for step in self.steps], ms) - 1
        if index < 0:
            return CurvePoint(0.0, 0.0, 0.0, self.turns)
        step = self.steps[index]
        ahead = self.steps[index + 1].at_risk if index + 1 < len(self.steps) else 0
        return CurvePoint(1 - step.surviving, 1 - step.high, 1 - step.low, ahead)

    def corners(self, until_ms: float) -> tuple[tuple[float, float], ...]:
        """The line from (0, 0) on: time and share answered, two corners a step."""
        line = [(0.0, 0.0)]
        share = 0.0
        for step in self.steps:
            if step.ms > until_ms:
                break
            line.append((float(step.ms), share))
            share = 1 - step.surviving
            line.append((float(step.ms), share))
        line.append((until_ms, share))
        return tuple(line)

    def band(self, until_ms: float) -> tuple[tuple[float, float, float], ...]:
        """Time, lower and upper bound of the share, from step to step."""
        found = [(0.0, 0.0, 0.0)]
        low = high = 0.0
        for step in self.steps:
            if step.ms > until_ms:
                break
            found.append((float(step.ms), low, high))
            low, high = 1 - step.high, 1 - step.low
            found.append((float(step.ms), low, high))
        found.append((until_ms, low, high))
        return tuple(found)

    def marks(self, until_ms: float) -> tuple[tuple[float, float], ...]:
        """The waits that ended unanswered: time and height of each mark."""
        return tuple(
            (float(step.ms), 1 - step.surviving)
            for step in self.steps
            if step.censored and step.ms <= until_ms
        )


def curve_of(target: TargetResult, threshold: float, style: int = 0) -> Curve:
    """``style`` as the curve bears it."""
    tone = tone_of_rate(target.rate, threshold, target.verdict)
    return Curve(target.target, target.name, tone, style, target.survival, target.turns)


def curves_of(targets: Sequence[TargetResult], threshold: float) -> tuple[Curve, ...]:
    """One a target that has turns; the second of a tone is dashed, so that no colour is needed."""
    seen: dict[str, int] = {}
    curves = []
    for target in targets:
        if not target.survival:
            continue
        tone = tone_of_rate(target.rate, threshold, target.verdict)
        style = seen.get(tone, 0)
        seen[tone] = style + 1
        curves.append(curve_of(target, threshold, style))
    return tuple(curves)


def reach_ms(curves: Sequence[Curve]) -> int:
    """The reach of the axis: further where somebody had answered less than half by then."""
    return FAR_MS if any(one.at(NEAR_MS).share < 0.5 for one in curves) else NEAR_MS


def spread(wanted: Sequence[float], gap: float, top: float, foot: float) -> tuple[float, ...]:
    """Heights of labels: as near to what is wanted as they can be without overlapping."""
    order = sorted(range(len(wanted)), key=lambda one: wanted[one])
    placed = [0.0] * len(wanted)
    at = top - gap
    for one in order:
        at = max(wanted[one], at + gap)
        placed[one] = at
    limit = foot + gap
    for one in reversed(order):
        limit = min(placed[one], limit - gap)
        placed[one] = limit
    return tuple(placed)
