"""Planned interim looks: how much of alpha each may spend, and the boundary that follows.

O'Brien and Fleming's boundaries as a spending function (Lan and DeMets 1983), one-sided:
alpha*(t) = 2 - 2 Phi(z(1 - alpha/2) / sqrt(t)), at equally spaced shares t of the sample. The
boundaries by the recursive integration of Armitage, McPherson and Rowe (1969).
"""

import math
from functools import lru_cache
from itertools import pairwise
from typing import Final

from miaohui.checks.statistics.distributions import normal_cdf, normal_quantile

__all__ = ["boundaries", "levels", "spent"]

_STEPS: Final = 240  # of the grid, even for Simpson's rule
_FAR: Final = 8.0  # standard deviations below which nothing is left


def spent(alpha: float, share: float) -> float:
    """The part of a one-sided alpha that may be spent once `share` of the sample is in."""
    if share <= 0:
        return 0.0
    return min(alpha, 2 - 2 * normal_cdf(normal_quantile(1 - alpha / 2) / math.sqrt(share)))


@lru_cache(maxsize=256)
def boundaries(alpha: float, looks: int) -> tuple[float, ...]:
    """The z that each look must reach, for a one-sided test at `alpha` in all."""
    shares = [look / looks for look in range(1, looks + 1)]
    found = [normal_quantile(1 - spent(alpha, shares[0]))]
    grid, density = _first(found[0], shares[0])
    for before, share in pairwise(shares):
        exits = spent(alpha, share) - spent(alpha, before)
        found.append(_boundary(grid, density, before, share, exits))
        grid, density = _next(grid, density, before, share, found[-1])
    return tuple(found)


def levels(alpha: float, looks: int) -> tuple[float, ...]:
    """The one-sided level at which each look is tested; a single look has alpha itself."""
    if looks <= 1:
        return (alpha,)
    return tuple(normal_cdf(-z) for z in boundaries(alpha, looks))


def _grid(boundary: float, share: float) -> list[float]:
    """Points of the running sum (Brownian motion at `share`) that has not crossed yet."""
    top, bottom = boundary * math.sqrt(share), -_FAR * math.sqrt(share)
    return [bottom + (top - bottom) * i / _STEPS for i in range(_STEPS + 1)]


def _weights(grid: list[float]) -> list[float]:
    step = (grid[-1] - grid[0]) / _STEPS / 3
    inner = [4 * step if i % 2 else 2 * step for i in range(1, _STEPS)]
    return [step, *inner, step]


def _first(boundary: float, share: float) -> tuple[list[float], list[float]]:
    grid = _grid(boundary, share)
    scale = 1 / math.sqrt(2 * math.pi * share)
    return grid, [scale * math.exp(-x * x / (2 * share)) for x in grid]


def _next(
    grid: list[float], density: list[float], before: float, share: float, boundary: float
) -> tuple[list[float], list[float]]:
    spread = share - before
    scale = 1 / math.sqrt(2 * math.pi * spread)
    mass = [w * d * scale for w, d in zip(_weights(grid), density, strict=True)]
    points = _grid(boundary, share)
    return points, [
        sum(m * math.exp(-((x - y) ** 2) / (2 * spread)) for m, y in zip(mass, grid, strict=True))
        for x in points
    ]


def _boundary(
    grid: list[float], density: list[float], before: float, share: float, exits: float
) -> float:
    """The z at which what had not crossed before crosses now with probability `exits`."""
    mass = [w * d for w, d in zip(_weights(grid), density, strict=True)]
    spread, root = math.sqrt(share - before), math.sqrt(share)
    low, high = 0.0, 10.0
    while high - low > 1e-9:
        z = (low + high) / 2
        beyond = sum(
            m * normal_cdf((y - z * root) / spread) for m, y in zip(mass, grid, strict=True)
        )
        low, high = (z, high) if beyond > exits else (low, z)
    return (low + high) / 2
