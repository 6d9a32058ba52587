"""The practice house: a relay and its scripted responders on this machine, as child processes."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any

from miaohui.practice.prepare import PracticeFolder
from miaohui.practice.process import Child, ChildFailed, command
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.lock import HeldElsewhere, Lock
from miaohui.runtime.tasks import Tasks

__all__ = ["ChildFailed", "HeldElsewhere", "Practice", "PracticeState"]

log = logging.getLogger(__name__)

PREPARE_S = 60.0
RELAY_S = 20.0
RESPONDERS_S = 30.0
MOST_RESTARTS = 3
RESTARTS_WITHIN_MS = 60_000
# Nobody waits an hour in practice to learn what a review looks like.
REVIEW_AFTER_S = 5

STAGES = (
    *("preparing", "set_aside", "catalogue", "past", "figures"),
    *("relay", "responders", "ready"),
)
"""What `progress` is told, in this order; those between preparing and relay only where needed."""


class PracticeState(Enum):
    """NEW → STARTING → RUNNING → STOPPED; FAILED from anywhere."""

    NEW = auto()
    STARTING = auto()
    RUNNING = auto()
    FAILED = auto()
    STOPPED = auto()


class Practice:
    """A practice in one folder. A child that crashes is started again on the same address; one
    that crashes again and again ends the practice, and `failed` hears why."""

    def __init__(
        self,
        home: Path,
        progress: Callable[[str], None] = lambda code: None,
        failed: Callable[[ChildFailed], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._place = PracticeFolder(home)
        self._progress = progress
        self._failed = failed
        self._clock = clock or SystemClock()
        self._lock = Lock(self._place.lock)
        self._tasks = Tasks()
        self._relay: Child | None = None
        self._responders: Child | None = None
        self._crashes: deque[int] = deque(maxlen=MOST_RESTARTS)
        self._stage = PracticeState.NEW
        self.url = ""

    @property
    def stage(self) -> PracticeState:
        return self._stage

    @property
    def relay_pid(self) -> int | None:
        """The relay's process; None before it was started."""
        return None if self._relay is None else self._relay.pid

    async def start(self) -> str:
        """Prepares the folder, starts relay and responders; returns the relay's address.

        ChildFailed where a part of it does not come up, HeldElsewhere where this folder is in use
        by another practice, OSError where the folder cannot be written.
        """
        if self._stage is not PracticeState.NEW:
            raise RuntimeError("a practice is started once")
        self._stage = PracticeState.STARTING
        self._place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()
        try:
            await self._prepare()
            self._progress("relay")
            await self._start_relay()
            self._progress("responders")
            await self._start_responders()
        except BaseException:
            await self._end(PracticeState.FAILED)
            raise
        self._stage = PracticeState.RUNNING
        self._progress("ready")
        return self.url

    async def stop(self) -> None:
        """Ends responders and relay, in this order; nothing of the folder is deleted."""
        await self._end(PracticeState.STOPPED)

    async def _end(self, stage: PracticeState) -> None:
        if self._stage is PracticeState.STOPPED:
            return
        self._stage = stage
        await self._tasks.close()
        for child in (self._responders, self._relay):
            if child is not None:
                await child.stop()
        self._lock.free()

    async def _prepare(self) -> None:
        self._progress("preparing")
        child = Child(
            "prepare",
            command("practice", "prepare", "--home", str(self._place.home)),
            self._place.log("prepare"),
            self._heard,
        )
        try:
            await child.start(PREPARE_S)
            async with asyncio.timeout(PREPARE_S):
                status = await child.wait()
        except BaseException as error:
            await child.stop()
            if isinstance(error, TimeoutError):
                raise ChildFailed(child.name, None, child.tail()) from None
            raise
        if status != 0:
            raise ChildFailed(child.name, status, child.tail())

    def _heard(self, line: dict[str, Any]) -> None:
        stage = line.get("stage")
        if isinstance(stage, str) and stage in STAGES:
            self._progress(stage)

    async def _start_relay(self) -> None:
        listen = self.url.removeprefix("ws://") or "127.0.0.1:0"
        child = Child(
            "relay",
            command(
                "relay",
                "serve",
                "--new",
                "--practice",
                "--data",
                str(self._place.relay),
                "--listen",
                listen,
                "--review-after",
                str(REVIEW_AFTER_S),
                "--until-stdin-closes",
            ),
            self._place.log("relay"),
        )
        self._relay = child
        ready = await child.start(RELAY_S)
        self.url = str(ready["url"])
        self._tasks.start(self._keep(child, self._start_relay), "keep relay")

    async def _start_responders(self) -> None:
        child = Child(
            "responders",
            command(
                "practice",
                "responders",
                "--url",
                self.url,
                "--credentials",
                str(self._place.credentials),
                "--until-stdin-closes",
            ),
            self._place.log("responders"),
        )
        self._responders = child
        await child.start(RESPONDERS_S)
        self._tasks.start(self._keep(child, self._start_responders), "keep responders")

    async def _keep(self, child: Child, again: Callable[[], Any]) -> None:
        """Starts a child that crashed again, unless that happens too often."""
        status = await child.wait()
        now = self._clock.mono()
        self._crashes.append(now)
        log.warning("practice: %s ended with status %s", child.name, status)
        too_often = (
            len(self._crashes) == MOST_RESTARTS and now - self._crashes[0] < RESTARTS_WITHIN_MS
        )
        error = ChildFailed(child.name, status, child.tail())
        if not too_often:
            try:
                await again()
                return
            except ChildFailed as failed:
                error = failed
        self._stage = PracticeState.FAILED
        if self._failed is not None:
            self._failed(error)
