"""Clopper and Pearson's exact interval of a share; Wilson's is ``promise.figures.kept_rate``.

Counts need not be whole, since a clustered sample counts as fewer turns than it has.
"""

from miaohui.checks.statistics.distributions import beta_quantile

__all__ = ["clopper_pearson", "exact_lower", "exact_upper"]


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
