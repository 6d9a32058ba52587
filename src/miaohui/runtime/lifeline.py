"""When a program is to end: the system's signals, and the end of standard input as the end of a
child, which is the one way to go that every system has."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable


def on_signals(stop: Callable[[], object]) -> None:
    """Calls ``stop`` on the running loop at SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda number, frame: loop.call_soon_threadsafe(stop))


def until_asked(*, follow_stdin: bool) -> asyncio.Event:
    """Set once this program is to end; with ``follow_stdin`` at the end of standard input, too."""
    stop = asyncio.Event()
    on_signals(stop.set)
    if follow_stdin:
        follow(stop)
    return stop


def follow(stop: asyncio.Event) -> None:
    """Sets `stop` (of the running loop) once standard input closes."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        # Not through sys.stdin's buffer: its lock, held here, would be fatal at shutdown.
        try:
            while sys.stdin is not None and os.read(sys.stdin.fileno(), 4096):
                pass
        except (OSError, ValueError):
            pass  # closed under us: the same news
        try:
            loop.call_soon_threadsafe(stop.set)
        except RuntimeError:
            return  # the loop ended first

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
