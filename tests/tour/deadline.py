"""The tour's one deadline: how much of its time is left."""

from __future__ import annotations

from miaohui.runtime.clock import Clock

__all__ = ["Deadline"]


class Deadline:
    """Counts down from the moment it is made."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._from = clock.mono()
        self._seconds = seconds

    def spent_s(self) -> float:
        return (self._clock.mono() - self._from) / 1000

    def left_s(self) -> float:
        return max(0.0, self._seconds - self.spent_s())
