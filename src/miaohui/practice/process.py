"""A child process of ours: started, waited for until it says that it is ready, ended with us.

Pipes are read in threads, not by the event loop: the window's loop has no subprocesses. A child
ends when its standard input closes, so it goes when this process goes, however that happens.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

STOP_S = 6.0
KILL_S = 2.0
TAIL_CHARS = 600
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, where the system is Windows


class ChildFailed(Exception):
    """A child that ended before it was asked to, or was not ready in time.

    `name` says which, `status` its exit status (None: it was not ready in time), `tail` the last
    it wrote to its log.
    """

    def __init__(self, name: str, status: int | None, tail: str) -> None:
        how = "was not ready in time" if status is None else f"ended with status {status}"
        super().__init__(f"{name} {how}" + (f": {tail}" if tail else ""))
        self.name = name
        self.status = status
        self.tail = tail


def command(*arguments: str) -> list[str]:
    """`miaohui ARGUMENTS`, from a checkout, an install or a frozen app alike."""
    return [sys.executable, "-m", "miaohui", *arguments]


class Child:
    """One child process. Every JSON line that it prints goes to `heard`, on the loop's thread."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        heard: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._log = log
        self._heard = heard
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._first: asyncio.Future[dict[str, Any]] | None = None

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return None if self._process is None else self._process.returncode

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self, ready_s: float) -> dict[str, Any]:
        """Starts it and returns its first JSON line; ChildFailed where none comes."""
        loop = asyncio.get_running_loop()
        self._first = loop.create_future()
        self._process = await asyncio.to_thread(self._spawn)
        threading.Thread(
            target=self._follow, args=(self._process, loop), name=self.name, daemon=True
        ).start()
        try:
            async with asyncio.timeout(ready_s):
                return await self._first
        except TimeoutError:
            await self.stop()
            raise ChildFailed(self.name, None, self.tail()) from None

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        await self._ended.wait()
        return self.status or 0

    async def stop(self) -> None:
        """Closes its standard input, which asks it to end; then less politely."""
        process = self._process
        if process is None:
            return
        _close(process.stdin)
        for ask, patience in ((None, STOP_S), (process.terminate, KILL_S), (process.kill, KILL_S)):
            if ask is not None:
                ask()
            try:
                async with asyncio.timeout(patience):
                    await self._ended.wait()
                return
            except TimeoutError:
                continue

    def tail(self) -> str:
        """The end of its log."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")[-TAIL_CHARS:].strip()
        except OSError:
            return ""

    def _spawn(self) -> "subprocess.Popen[bytes]":
        # The log of the run before is not the cause of what happens in this one.
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUTF8": "1"},
                creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
            )

    def _follow(self, process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop) -> None:
        """Reads it to its end, in a thread of its own."""
        assert process.stdout is not None
        with process.stdout as out:
            for line in out:
                self._tell(loop, self._line, line)
        process.wait()
        self._tell(loop, self._over)

    @staticmethod
    def _tell(
        loop: asyncio.AbstractEventLoop, what: Callable[..., None], *arguments: object
    ) -> None:
        try:
            loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def _line(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        if self._first is not None and not self._first.done():
            self._first.set_result(said)
        else:
            self._heard(said)

    def _over(self) -> None:
        if self._process is not None:
            _close(self._process.stdin)
        if self._first is not None and not self._first.done():
            self._first.set_exception(ChildFailed(self.name, self.status, self.tail()))
        self._ended.set()


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None and not pipe.closed:
        try:
            pipe.close()
        except OSError:
            return  # the child is gone already
