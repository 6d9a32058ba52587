"""One nearest timer for everything that waits: a heap of moments, by key."""

import asyncio
import heapq
import logging
from collections.abc import Callable

from miaohui.runtime.clock import Clock

log = logging.getLogger(__name__)


class Deadlines:
    """``set`` a moment (relay's mono, ms) for a key; ``ring(key, now)`` is called when it comes.

    A key has one moment; setting it again replaces it. ``arm`` arranges that ``fire`` is called
    at a moment; without it (scripts) the caller calls ``fire`` itself.
    """

    def __init__(
        self, ring: Callable[[str, int], None], arm: Callable[[int], None] | None = None
    ) -> None:
        self._ring = ring
        self._arm = arm
        self._heap: list[tuple[int, str]] = []
        self._moments: dict[str, int] = {}
        self._armed: int | None = None

    def set(self, key: str, moment: int | None) -> None:
        if moment is None:
            self._moments.pop(key, None)
            return
        if self._moments.get(key) == moment:
            return
        self._moments[key] = moment
        heapq.heappush(self._heap, (moment, key))
        if len(self._heap) > 64 + 4 * len(self._moments):
            self._heap = [(at, each) for each, at in self._moments.items()]
            heapq.heapify(self._heap)
        self._rearm()

    def lower(self, key: str, moment: int) -> None:
        """Sets a moment where the key has none, or a later one."""
        known = self._moments.get(key)
        if known is None or moment < known:
            self.set(key, moment)

    def nearest(self) -> int | None:
        """The next moment, stale ones dropped."""
        heap = self._heap
        while heap and self._moments.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def fire(self, now: int) -> int:
        """Rings everything that is due; returns how many."""
        self._armed = None
        rung = 0
        while (moment := self.nearest()) is not None and moment <= now:
            _, key = heapq.heappop(self._heap)
            del self._moments[key]
            rung += 1
            try:
                self._ring(key, now)
            except Exception:
                log.exception("a deadline of %s", key)
        self._rearm()
        return rung

    def _rearm(self) -> None:
        if self._arm is None:
            return
        moment = self.nearest()
        if moment is not None and (self._armed is None or moment < self._armed):
            self._armed = moment
            self._arm(moment)


class LoopAlarm:
    """Arms deadlines on the running loop: one timer, moved forward when a nearer moment comes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self.fire: Callable[[int], object] = lambda now: None

    def arm(self, moment: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0, moment - self._clock.mono()) / 1000
        self._timer = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.fire(self._clock.mono())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
