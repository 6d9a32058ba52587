"""The checks that run now: at most one process a folder, whatever page is on screen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from miaohui.desktop.checking.process import RunProcess
from miaohui.desktop.look.language import current
from miaohui.practice.process import command

__all__ = ["Live", "Running"]

CLOSE_S = 12.0
ASKED = {"pause": "pausing", "resume": "resuming", "stop": "stopping"}
# What a line of progress means for the state; other lines say that it runs.
TOLD = {"paused": "paused", "resumed": "running", "stopped": "stopping", "finished": "stopping"}


@dataclass(slots=True)
class Live:
    """One run under way. ``told``: the newest progress. ``state``: starting → running ⇄ paused, with
    pausing, resuming and stopping while what was asked is not yet done."""

    folder: Path
    process: RunProcess
    told: dict[str, Any] = field(default_factory=dict)
    state: str = "starting"


class Running(QObject):
    """Signals: ``moved(folder)``: a run went on; ``ended(folder, status, tail)``."""

    moved = Signal(str)
    ended = Signal(str, int, str)

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self._live: dict[Path, Live] = {}

    def live(self, folder: Path) -> Live | None:
        return self._live.get(folder)

    def folders(self) -> tuple[Path, ...]:
        return tuple(self._live)

    def start(self, plan: Path, folder: Path, relay: str, *, resume: bool = False) -> None:
        """``relay`` empty: the runner brings up practice on this machine by itself."""
        if folder in self._live:
            return
        arguments = ["check", "run", str(plan), "--out", str(folder), "--json"]
        arguments += ["--lang", current()]
        if relay:
            arguments += ["--relay", relay]
        if resume:
            arguments.append("--resume")
        process = RunProcess(str(folder), command(*arguments))
        self._live[folder] = Live(folder, process)
        process.said.connect(self._said)
        process.ended.connect(self._over)
        process.start()

    def tell(self, folder: Path, word: str) -> None:
        """pause, resume or stop."""
        live = self._live.get(folder)
        if live is not None:
            live.state = ASKED[word]
            live.process.tell(word)
            self.moved.emit(str(folder))

    def _said(self, key: str, told: dict[str, Any]) -> None:
        live = self._live.get(Path(key))
        if live is None:
            return
        live.told = {**live.told, **told}
        event = str(told.get("event", ""))
        if event in TOLD:
            live.state = TOLD[event]
        elif live.state == "starting":
            live.state = "running"
        self.moved.emit(key)

    def _over(self, key: str, status: int, tail: str) -> None:
        self._live.pop(Path(key), None)
        self.ended.emit(key, status, tail)

    async def close(self) -> None:
        """The window goes: every run is brought to a clean end and can be resumed."""
        for live in list(self._live.values()):
            live.process.tell("stop")
        for live in list(self._live.values()):
            if not await asyncio.to_thread(live.process.wait, CLOSE_S):
                live.process.kill()
