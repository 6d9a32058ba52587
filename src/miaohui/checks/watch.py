"""A plan run again and again within a budget: for a timer, a server, or CI.

Each run is a run of its own in ``runs/NNNN``. Begun anew after a crash, an unfinished one is gone on
with first, and the next begins when it was to begin, not at once.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.history import PastRun, net_fen, past_of, read_history, write_history
from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.folder import PLAN, RUN, RunFolder, write_new
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.run.runner import Runner
from miaohui.checks.run.telling import Tell
from miaohui.checks.trouble import Trouble
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.lock import HeldElsewhere, Lock

RUNS: Final = "runs"
Report = Callable[[Path], Path | None]
Page = Callable[[Plan, tuple[PastRun, ...]], str]


@dataclass(frozen=True, slots=True)
class Watched:
    """Why the watching ended: "times", "not_met", "budget", "stopped"; ``verdict`` of the last run."""

    why: str
    verdict: str
    runs: int
    spent_fen: int


class PlanWatch:
    """One plan in one folder. ``every_ms``: from beginning to beginning."""

    def __init__(
        self,
        plan: Plan,
        plan_data: bytes,
        folder: Path,
        url: str,
        *,
        every_ms: int,
        budget_fen: int,
        times: int | None,
        tell: Tell,
        report: Report,
        page: Page,
        clock: Clock | None = None,
    ) -> None:
        self._plan, self._data, self._folder, self._url = plan, plan_data, folder, url
        self._every, self._budget, self._times = every_ms, budget_fen, times
        self._tell, self._report, self._page = tell, report, page
        self._clock = clock or SystemClock()
        self._stopping = asyncio.Event()
        self._runner: Runner | None = None
        self._history: tuple[PastRun, ...] = ()

    def stop(self) -> None:
        """Ends the run under way, with what is owed coming back; to be gone on with."""
        self._stopping.set()
        if self._runner is not None:
            self._runner.stop()

    async def run(self) -> Watched:
        lock = self._take()
        try:
            return await self._watch()
        finally:
            lock.free()

    def _take(self) -> Lock:
        (self._folder / RUNS).mkdir(parents=True, exist_ok=True)
        lock = Lock(self._folder / "lock")
        try:
            lock.take()
        except HeldElsewhere:
            raise Trouble(
                f"{self._folder} 里已有人在守着", f"something watches in {self._folder} already"
            ) from None
        try:
            self._history = read_history(self._folder)
            self._freeze()
        except BaseException:
            lock.free()
            raise
        return lock

    def _freeze(self) -> None:
        """Runs of two plans do not make one history."""
        path = self._folder / PLAN
        if not path.exists():
            write_new(path, self._data)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != self._plan.sha256:
            raise Trouble(
                f"{self._folder} 里守的是另一份计划；请换一个文件夹",
                f"another plan is watched in {self._folder}; take another folder",
            )

    # --- the loop ----------------------------------------------------------------------------
    async def _watch(self) -> Watched:
        done = 0
        while self._times is None or done < self._times:
            left = self._budget - net_fen(self._history)
            pending = self._pending()
            if not pending and left < self._least():
                return self._watched("budget")
            if not pending and not await self._until_due():
                return self._watched("stopped")
            past = await self._once(left)
            if past is None:
                return self._watched("stopped")
            done += 1
            if past.verdict == ClaimVerdict.NOT_MET:
                return self._watched("not_met")
            if not past.sessions and left < self._plan.scope.budget_fen:
                return self._watched("budget")
        return self._watched("times")

    def _watched(self, why: str) -> Watched:
        verdict = self._history[-1].verdict if self._history else ""
        return Watched(why, verdict, len(self._history), net_fen(self._history))

    def _least(self) -> int:
        """The least that a session cost, as far as that is known here."""
        prices = [past.spent_fen // past.sessions for past in self._history if past.sessions]
        return min(prices, default=1)

    @property
    def _next(self) -> RunFolder:
        return RunFolder(self._folder / RUNS / f"{len(self._history) + 1:04d}")

    def _pending(self) -> bool:
        """A run was begun and is not in the history yet."""
        run = self._next.path / RUN
        return run.exists() and run.stat().st_size > 0

    async def _until_due(self) -> bool:
        """The next beginning; False where the watching is to end first."""
        due = self._history[-1].begun_utc_ms + self._every if self._history else 0
        while not self._stopping.is_set():
            left = due - self._clock.utc_ms()
            if left <= 0:
                return True
            self._tell({"event": "waiting", "until_utc_ms": due, "runs": len(self._history)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / 1000):
                    await self._stopping.wait()
        return False

    async def _once(self, left: int) -> PastRun | None:
        """One run to its end; None where it was stopped before."""
        folder = self._next
        self._runner = Runner(
            self._plan,
            self._data,
            folder,
            self._url,
            tell=self._tell,
            budget_fen=min(left, self._plan.scope.budget_fen),
            clock=self._clock,
        )
        if self._stopping.is_set():
            return None
        outcome = await self._runner.run()
        self._runner = None
        if not outcome.finished:
            return None
        results = await asyncio.to_thread(analyse, folder.path)
        report = await asyncio.to_thread(self._report, folder.path)
        past = past_of(
            len(self._history) + 1,
            folder.path.name,
            results,
            self._clock.utc_ms(),
            "" if report is None else report.name,
        )
        self._history = (*self._history, past)
        write_history(self._folder, self._history)
        write_new(self._folder / "index.html", self._page(self._plan, self._history).encode())
        return past
