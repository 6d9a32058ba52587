"""The tour's limit: how long a step may stand still, and what time was spent in all."""

from __future__ import annotations

from miaohui.runtime.clock import Clock

__all__ = ["Deadline"]


class Deadline:
    """Counts down from the moment at which the present step began. A busy machine is slow at every
    step, and none of that is a fault; one step that gets nowhere is."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._from = self._step = clock.mono()
        self._seconds = seconds

    def begin_step(self) -> None:
        self._step = self._clock.mono()

    def spent_s(self) -> float:
        """Since it was made."""
        return (self._clock.mono() - self._from) / 1000

    def left_s(self) -> float:
        """For the present step."""
        return max(0.0, self._seconds - (self._clock.mono() - self._step) / 1000)
