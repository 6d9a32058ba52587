"""The agreement of two raters beyond chance: Cohen's kappa with its interval.

Cohen 1960; the interval by the large-sample standard error of Fleiss, Cohen and Everitt 1969.
"""

import math
from collections import Counter
from collections.abc import Iterable

from miaohui.checks.statistics.distributions import normal_quantile

__all__ = ["kappa"]


def kappa(
    pairs: Iterable[tuple[str, str]], alpha: float = 0.05
) -> tuple[float | None, float | None, float | None]:
    """(value, low, high) for the labels that two raters gave the same items.

    All None where kappa is not defined: no items, or both used one and the same label throughout.
    """
    cells = Counter(pairs)
    items = cells.total()
    if items == 0:
        return None, None, None
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, two), count in cells.items():
        first[one] += count
        second[two] += count
    agreed = sum(count for (one, two), count in cells.items() if one == two) / items
    chance = sum(first[label] * second[label] for label in first) / items**2
    if chance >= 1:
        return None, None, None
    value = (agreed - chance) / (1 - chance)
    on, off = 0.0, 0.0
    for (one, two), count in cells.items():
        share = count / items
        if one == two:
            drift = (first[one] + second[one]) / items
            on += share * (1 - drift * (1 - value)) ** 2
        else:
            # The margins cross: the first rater's use of the second's label, and the reverse.
            off += share * ((second[one] + first[two]) / items) ** 2
    variance = on + (1 - value) ** 2 * off - (value - chance * (1 - value)) ** 2
    error = math.sqrt(max(0.0, variance) / items) / (1 - chance)
    half = normal_quantile(1 - alpha / 2) * error
    return value, max(-1.0, value - half), min(1.0, value + half)
