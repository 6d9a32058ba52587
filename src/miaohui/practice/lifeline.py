"""The end of standard input as the end of a child: the one way to go that every system has."""

import asyncio
import sys
import threading


def follow(stop: asyncio.Event) -> None:
    """Sets `stop` (of the running loop) once standard input closes."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        source = sys.stdin
        try:
            while source is not None and source.buffer.read(4096):
                pass
        except (OSError, ValueError):
            pass  # closed under us: the same news
        try:
            loop.call_soon_threadsafe(stop.set)
        except RuntimeError:
            return  # the loop ended first

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
