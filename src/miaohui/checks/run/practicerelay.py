"""The practice relay of this machine, as a process of its own for as long as a check runs.

Started by command: a check knows no more of it than its address. It ends when our end of its standard
input closes, however that happens; a Ctrl+C meant for the check does not reach it.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from miaohui.checks.trouble import Trouble

READY_S: Final = 150.0  # the first start writes a month of past
STOP_S: Final = 15.0
_NO_WINDOW: Final = 0x08000000 | 0x00000200  # CREATE_NO_WINDOW, CREATE_NEW_PROCESS_GROUP
_HELD: Final = "another practice is running"


class PracticeRelay:
    """``home`` None: where the practice of this machine lies; ``own`` where that is in use."""

    def __init__(self, home: Path | None, own: Path, log: Path) -> None:
        self._home = own if home is None and own.exists() else home
        self._own, self._log = own, log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Its address; Trouble where it does not come up."""
        try:
            return await self._start(self._home)
        except Trouble as trouble:
            if self._home is not None or _HELD not in trouble.english:
                raise
        return await self._start(self._own)

    async def _start(self, home: Path | None) -> str:
        where = [] if home is None else ["--home", str(home)]
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "miaohui", "practice", *where, "--until-stdin-closes"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUTF8": "1"},
                start_new_session=sys.platform != "win32",
                creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
            )
        try:
            async with asyncio.timeout(READY_S):
                return await self._ready(self._process)
        except TimeoutError:
            await self.stop()
            raise Trouble(
                "练习中继没有按时启动", "the practice relay was not ready in time"
            ) from None

    async def _ready(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if isinstance(said, dict) and said.get("ready"):
                    return str(said["url"])
        await process.wait()
        tail = self._log.read_text("utf-8", "replace")[-400:].strip()
        raise Trouble(f"练习中继没有启动：{tail}", f"the practice relay did not start: {tail}")

    async def stop(self) -> None:
        """Asks it to end by closing its standard input; then less politely."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for ask in (None, process.terminate, process.kill):
            if ask is not None:
                with contextlib.suppress(ProcessLookupError):
                    ask()
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
                return
            except TimeoutError:
                continue
