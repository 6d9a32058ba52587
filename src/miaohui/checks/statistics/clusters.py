"""Turns of one session resemble each other: how much (ICC), and what that costs (design effect).

The ICC by the ANOVA estimator for shares in clusters of unequal size (Fleiss, Levin and Paik 2003,
15.2; Ridout, Demetrio and Firth 1999); the design effect by Kish: 1 + (m - 1) icc, with the mean
size that a turn sees, sum m^2 / sum m, for m.
"""

from collections.abc import Sequence

__all__ = ["design_effect", "icc"]


def icc(kept_per_session: Sequence[tuple[int, int]]) -> float | None:
    """The intra-class correlation of sessions given as (kept, breached); may be below 0.

    None where it cannot be told: under two sessions, no session with two turns, or all turns alike.
    """
    sizes = [kept + breached for kept, breached in kept_per_session if kept + breached > 0]
    kept = [k for k, breached in kept_per_session if k + breached > 0]
    clusters, turns, total = len(sizes), sum(sizes), sum(kept)
    if clusters < 2 or turns <= clusters or total in (0, turns):
        return None
    share = total / turns
    within = sum(k - k * k / m for k, m in zip(kept, sizes, strict=True)) / (turns - clusters)
    between = sum(m * (k / m - share) ** 2 for k, m in zip(kept, sizes, strict=True)) / (
        clusters - 1
    )
    size = (turns - sum(m * m for m in sizes) / turns) / (clusters - 1)
    spread = between + (size - 1) * within
    return (between - within) / spread if spread > 0 else None


def design_effect(sizes: Sequence[int], icc: float) -> float:
    """By how much clustering multiplies the variance; never below 1."""
    turns = sum(sizes)
    if turns == 0:
        return 1.0
    seen = sum(size * size for size in sizes) / turns
    return max(1.0, 1 + (seen - 1) * icc)
