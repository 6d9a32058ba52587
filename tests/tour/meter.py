"""The tour's meter: how long the Qt thread was blocked, where, and when the window was there."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer

from miaohui.runtime.clock import stamp_ns, thread_cpu_ns

__all__ = ["Block", "Meter"]

BEAT_MS = 5
WORTH_MS = 20  # shorter gaps are not kept
WATCH_S = 0.01
FRAMES = 6
PACKAGE = "miaohui"


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch in which the Qt thread answered nothing. `own_ms` of it this thread worked
    itself; for the rest the machine gave the processor to others. `where`: what ran last."""

    ms: float
    own_ms: float
    step: str
    where: str


class Meter(QObject):
    """A fine heartbeat on the Qt thread, and a thread beside it that looks where it hangs."""

    def __init__(
        self, stamp: Callable[[], int] = stamp_ns, cpu: Callable[[], int] = thread_cpu_ns
    ) -> None:
        super().__init__()
        self._stamp, self._cpu = stamp, cpu
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._last, self._last_cpu = 0, 0
        self._seen = ""
        self._main = threading.get_ident()
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self.step = ""
        self.blocks: list[Block] = []
        self.beats = 0

    def start(self) -> None:
        self._rewind()
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="tour-meter", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        self._timer.stop()
        self._over.set()
        if self._watcher is not None:
            self._watcher.join(1)

    def beat(self) -> None:
        """The Qt thread is here; what lies since the last beat beyond its interval was a block."""
        self.beats += 1
        now, cpu = self._stamp(), self._cpu()
        ms = (now - self._last) / 1e6 - BEAT_MS
        if self._last and ms >= WORTH_MS:
            own = min(ms, (cpu - self._last_cpu) / 1e6)
            self.blocks.append(Block(round(ms, 1), round(own, 1), self.step, self._seen))
        self._last, self._last_cpu, self._seen = now, cpu, ""

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """The tour's own work (pictures) is no work of the app's: it does not count."""
        self.beat()
        try:
            yield
        finally:
            self._rewind()

    def longest(self) -> Block | None:
        """The longest block, by what the Qt thread itself worked."""
        return max(self.blocks, key=lambda one: (one.own_ms, one.ms), default=None)

    def _rewind(self) -> None:
        self._last, self._last_cpu, self._seen = self._stamp(), self._cpu(), ""

    def _watch(self) -> None:
        while not self._over.wait(WATCH_S):
            late = (self._stamp() - self._last) / 1e6
            if late > WORTH_MS + BEAT_MS and not self._seen:
                frame = sys._current_frames().get(self._main)
                if frame is not None:
                    self._seen = place_of(frame)


def place_of(frame: FrameType) -> str:
    """The innermost calls of ours, as "file:line name", outermost first."""
    ours = [
        f"{Path(one.filename).name}:{one.lineno} {one.name}"
        for one in traceback.extract_stack(frame)
        if PACKAGE in one.filename
    ]
    return " > ".join(ours[-FRAMES:])
