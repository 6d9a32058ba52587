"""Intervals of a share: Wilson's score interval, and Clopper and Pearson's exact one.

Both take counts that need not be whole, since a clustered sample counts as fewer turns than it has.
"""

import math

from miaohui.checks.statistics.distributions import beta_quantile, normal_quantile

__all__ = ["clopper_pearson", "exact_lower", "exact_upper", "wilson"]


def wilson(k: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson's two-sided 1 - alpha interval (Wilson 1927); (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    z = normal_quantile(1 - alpha / 2)
    share, square = k / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = (
        z * math.sqrt(max(0.0, share * (1 - share)) / n + square / (4 * n * n)) / (1 + square / n)
    )
    # At the ends the formula is exactly 0 or 1; floats would miss by a hair.
    low = 0.0 if k <= 0 else max(0.0, middle - half)
    high = 1.0 if k >= n else min(1.0, middle + half)
    return low, high


def exact_lower(k: float, n: float, alpha: float) -> float:
    """The one-sided lower bound: the share at which `k` or more of `n` has probability alpha."""
    return 0.0 if k <= 0 else beta_quantile(alpha, k, n - k + 1)


def exact_upper(k: float, n: float, alpha: float) -> float:
    """The one-sided upper bound: the share at which `k` or fewer of `n` has probability alpha."""
    return 1.0 if k >= n else beta_quantile(1 - alpha, k + 1, n - k)


def clopper_pearson(k: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """The exact two-sided 1 - alpha interval (Clopper and Pearson 1934)."""
    if n <= 0:
        return 0.0, 1.0
    return exact_lower(k, n, alpha / 2), exact_upper(k, n, alpha / 2)
