"""Long work in small steps, a few a turn of the loop, so that the window answers meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from miaohui.runtime.clock import stamp_ns

__all__ = ["Scheduler", "Steps", "finish"]

TURN_NS = 8_000_000  # of one turn; one step at least
IDLE_MS = 10  # between two steps that nobody waits for: whatever the person does comes first

Steps = Iterator[None]
Job = tuple[Steps, Callable[[], None] | None, QObject | None]


class Scheduler(QObject):
    """Jobs are done one after the other, each to its end; idle ones when no other is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: deque[Job] = deque()
        self._idle: deque[Job] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)

    def begin(
        self,
        steps: Steps,
        then: Callable[[], None] | None = None,
        *,
        idle: bool = False,
        of: QObject | None = None,
    ) -> None:
        """``then`` has a turn of its own after the last step. ``of``: whose work it is; what is
        left of it goes with them, as where a page is made anew in another language."""
        (self._idle if idle else self._jobs).append((steps, then, of))
        self._go_on()

    def clear(self) -> None:
        """Whatever is left is not done: the window goes."""
        self._jobs.clear()
        self._idle.clear()
        self._timer.stop()

    @property
    def is_busy(self) -> bool:
        """True where something that somebody waits for is left to do."""
        return bool(self._jobs)

    def _go_on(self) -> None:
        if not self._jobs and not self._idle:
            self._timer.stop()
            return
        pause = 0 if self._jobs else IDLE_MS
        if not self._timer.isActive() or self._timer.interval() != pause:
            self._timer.start(pause)

    def _turn(self) -> None:
        queue = self._jobs or self._idle
        began = stamp_ns()
        while queue and self._step(queue) and queue is self._jobs:
            if stamp_ns() - began >= TURN_NS:
                break
        self._go_on()

    def _step(self, queue: deque[Job]) -> bool:
        """One step of the first job; whether more may follow in this turn."""
        job = queue[0]
        if job[2] is not None and not isValid(job[2]):
            queue.popleft()
            return False
        over = True  # what failed once is not tried for ever
        try:
            next(job[0])
            over = False
        except StopIteration:
            if job[1] is not None:
                queue.insert(1, (_once(job[1]), None, job[2]))
        finally:
            if over and queue and queue[0] is job:
                queue.popleft()
        return not over


def finish(steps: Steps) -> None:
    """All that is left, now."""
    for _ in steps:
        pass


def _once(act: Callable[[], None]) -> Steps:
    act()
    yield
