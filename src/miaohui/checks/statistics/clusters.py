"""Turns of one session resemble each other: how much (ICC), and what that costs (design effect).

The ICC by the ANOVA estimator for shares in clusters of unequal size (Fleiss, Levin and Paik 2003,
15.2; Ridout, Demetrio and Firth 1999); the design effect by Kish: 1 + (m - 1) icc, with the mean
size that a turn sees, sum m^2 / sum m, for m.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

__all__ = ["ClusterTally", "design_effect", "icc"]


class ClusterTally(NamedTuple):
    """All of a set of sessions that the verdict needs; sessions without a turn are left out.

    ``squares``: the sum of m^2, ``scatter``: the sum of k^2 / m, with k kept of a session's m turns.
    ``lost``: sessions in which less than a given share was kept.
    """

    sessions: int
    turns: int
    kept: int
    squares: int
    scatter: float
    lost: int = 0

    @classmethod
    def of(cls, sessions: Iterable[tuple[int, int]], lost_below: float = 0.0) -> Self:
        """The tally of sessions, (kept, breached) each."""
        count = turns = total = squares = lost = 0
        scatter = 0.0
        for kept, breached in sessions:
            size = kept + breached
            if size > 0:
                count += 1
                turns += size
                total += kept
                squares += size * size
                scatter += kept * kept / size
                lost += kept < lost_below * size
        return cls(count, turns, total, squares, scatter, lost)

    @property
    def icc(self) -> float | None:
        """As `icc` below."""
        if self.sessions < 2 or self.turns <= self.sessions or self.kept in (0, self.turns):
            return None
        within = (self.kept - self.scatter) / (self.turns - self.sessions)
        between = (self.scatter - self.kept**2 / self.turns) / (self.sessions - 1)
        size = (self.turns - self.squares / self.turns) / (self.sessions - 1)
        spread = between + (size - 1) * within
        return (between - within) / spread if spread > 0 else None

    def design_effect(self, icc: float) -> float:
        """By how much clustering multiplies the variance; never below 1."""
        if self.turns == 0:
            return 1.0
        return max(1.0, 1 + (self.squares / self.turns - 1) * icc)


def icc(kept_per_session: Sequence[tuple[int, int]]) -> float | None:
    """The intra-class correlation of sessions given as (kept, breached); may be below 0.

    None where it cannot be told: under two sessions, no session with two turns, or all turns alike.
    """
    return ClusterTally.of(kept_per_session).icc


def design_effect(sizes: Sequence[int], icc: float) -> float:
    """By how much clustering of sessions with so many turns each multiplies the variance."""
    return ClusterTally.of((size, 0) for size in sizes).design_effect(icc)
