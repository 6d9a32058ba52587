"""Tails and quantiles that the intervals need: beta, Student's t, normal.

The regularised incomplete beta function by Lentz's continued fraction (Press et al., Numerical
Recipes, 6.4); quantiles by bisection, which cannot run away.
"""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

__all__ = ["beta_cdf", "beta_quantile", "normal_cdf", "normal_quantile", "t_cdf", "t_quantile"]

_NORMAL: Final = NormalDist()
_TINY: Final = 1e-300
_EPSILON: Final = 1e-15


def normal_cdf(z: float) -> float:
    return _NORMAL.cdf(z)


def normal_quantile(share: float) -> float:
    return _NORMAL.inv_cdf(share)


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(B <= x) of a beta variable with parameters a, b > 0."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges fast on this side of the mean; the other side by symmetry.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    h = d
    for m in range(1, 2000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + term / c
            c = c if abs(c) > _TINY else _TINY
            step = c * d
            h *= step
        if abs(step - 1) < _EPSILON:
            break
    return h


@lru_cache(maxsize=65_536)
def beta_quantile(share: float, a: float, b: float) -> float:
    """The x with P(B <= x) = share."""
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) of Student's t with `df` degrees of freedom."""
    tail = beta_cdf(df / (df + t * t), df / 2, 0.5) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def t_quantile(share: float, df: float) -> float:
    """The t with P(T <= t) = share."""
    if share < 0.5:
        return -t_quantile(1 - share, df)
    low, high = 0.0, 1.0
    while t_cdf(high, df) < share and high < 1e12:
        low, high = high, high * 2
    while high - low > 1e-12 * max(1.0, high):
        middle = (low + high) / 2
        if t_cdf(middle, df) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
