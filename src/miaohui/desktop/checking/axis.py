"""Axes of the charts: from a value to a place, and the figures that stand along them. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Linear", "Logarithmic", "share_axis", "ticks_between"]


@dataclass(frozen=True, slots=True)
class Linear:
    """``low``..``high`` over ``begin``..``end``; what lies outside is held at the edge."""

    low: float
    high: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.begin + (self.end - self.begin) * max(0.0, min(1.0, part))

    def value(self, place: float) -> float:
        part = (place - self.begin) / (self.end - self.begin) if self.end != self.begin else 0.0
        return self.low + (self.high - self.low) * max(0.0, min(1.0, part))


@dataclass(frozen=True, slots=True)
class Logarithmic:
    """Heights of waits: a bar of 200 s fits beside one of 2 s, and 10 s lie well between them."""

    least: float
    most: float
    length: float
    foot: float = 0.12  # of the length: a short wait still has a bar

    def height(self, value: float) -> float:
        reach = math.log(max(self.least, min(value, self.most)) / self.least)
        whole = math.log(self.most / self.least)
        return self.length * (self.foot + (1 - self.foot) * reach / whole)


def share_axis(lows: Iterable[float], threshold: float, begin: float, end: float) -> Linear:
    """From a round tenth below all that is drawn, to 1; never narrower than 30 %."""
    least = min([threshold, *lows])
    floor = min(0.7, math.floor(least * 10 - 1e-9) / 10)
    return Linear(max(0.0, floor), 1.0, begin, end)


def ticks_between(axis: Linear, step: float) -> tuple[float, ...]:
    """Round values on the axis."""
    first = math.ceil(axis.low / step - 1e-9)
    last = math.floor(axis.high / step + 1e-9)
    return tuple(round(number * step, 6) for number in range(first, last + 1))
