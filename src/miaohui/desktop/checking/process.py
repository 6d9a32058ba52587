"""A check that runs in a process of its own: started, told to pause, heard line by line.

A thread reads what it says; the window never waits for it. Where the window crashes, the child goes
on by itself, or its record says where it can be resumed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import IO

from PySide6.QtCore import QObject, Signal

__all__ = ["RunProcess"]

TAIL_LINES = 12
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, where the system is Windows


class RunProcess(QObject):
    """Signals: ``said(key, dict)``: a line of its progress; ``ended(key, status, tail)``: it is
    over; ``tail`` is the last it wrote as an error. They are sent by its thread: connect them to
    methods of what lives on the Qt thread, and they arrive there."""

    said = Signal(str, object)
    ended = Signal(str, int, str)

    def __init__(self, key: str, arguments: Sequence[str]) -> None:
        super().__init__()
        self._key = key
        self._arguments = list(arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: deque[str] = deque(maxlen=TAIL_LINES)
        self._asked: list[str] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="check-run", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, word: str) -> None:
        """pause, resume or stop, one line each."""
        with self._lock:
            self._asked.append(word)
        self._flush()

    def wait(self, seconds: float) -> bool:
        """True where it was over in time; not for the Qt thread."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def kill(self) -> None:
        """The last resort: its record says what was bought, and it can be resumed."""
        process = self._process
        if process is not None:
            process.kill()

    def _work(self) -> None:
        try:
            process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONUTF8": "1"},
                creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
            )
        except OSError as error:
            self.ended.emit(self._key, 127, str(error))
            return
        self._process = process
        self._flush()
        assert process.stdout is not None
        assert process.stderr is not None
        other = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        other.start()
        with process.stdout as out:
            for line in out:
                try:
                    told = json.loads(line)
                except ValueError:
                    continue
                if isinstance(told, dict):
                    self._emit(told)
        status = process.wait()
        other.join(1)
        with self._lock:
            self._process = None
            if process.stdin is not None:
                with contextlib.suppress(OSError, ValueError):
                    process.stdin.close()
        with contextlib.suppress(RuntimeError):  # the window went first
            self.ended.emit(self._key, status, "\n".join(self._complaints))

    def _emit(self, told: dict[str, object]) -> None:
        with contextlib.suppress(RuntimeError):
            self.said.emit(self._key, told)

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._complaints.append(line.decode("utf-8", "replace").rstrip())

    def _flush(self) -> None:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                return
            words, self._asked = self._asked, []
            with contextlib.suppress(OSError, ValueError):  # it is over already
                for word in words:
                    process.stdin.write(word.encode() + b"\n")
                process.stdin.flush()
