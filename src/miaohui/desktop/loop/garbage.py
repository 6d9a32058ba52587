"""Python's cycles are collected in the thread of the window, and in no other.

A collection begins in whatever thread allocates next. In the store's it would delete what only a
cycle held of the window, with its timers, while the window's thread may be running them: a crash.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

from miaohui.runtime.clock import stamp_ns

__all__ = ["collecting"]

LOOK_MS = 500
WHOLE_NS = 60_000_000_000  # all of the memory is gone through that often at most: some 30 ms


@contextmanager
def collecting(owner: QObject) -> Iterator[None]:
    """Until it ends, cycles are collected by a timer of ``owner``'s, which runs in its thread."""
    timer = QTimer(owner, interval=LOOK_MS)
    last = stamp_ns()

    def look() -> None:
        nonlocal last
        young, middle, old = (
            count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if not young:
            return
        whole = middle and old and stamp_ns() - last >= WHOLE_NS
        gc.collect(2 if whole else 1 if middle else 0)
        if whole:
            last = stamp_ns()

    timer.timeout.connect(look)
    before = gc.isenabled()
    gc.disable()
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        timer.deleteLater()
        gc.collect()  # here, too, what is left
        if before:
            gc.enable()
