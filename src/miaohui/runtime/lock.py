"""A folder that one process holds at a time; the system lets go when the process ends."""

import os
import sys
from pathlib import Path


class HeldElsewhere(Exception):
    """Another process holds the folder."""


class Lock:
    """An exclusive lock on a file, held from `take` to `free`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """HeldElsewhere where somebody else has it."""
        # Inheritable by nobody: a child that outlives us must not hold it.
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            raise HeldElsewhere(str(self._path)) from None
        self._handle = handle

    def free(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
