"""The end of standard input as the end of a child: the one way to go that every system has."""

import asyncio
import os
import sys
import threading


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
