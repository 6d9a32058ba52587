"""A proof shared out among processes: the same trials and the same outcome, however many there are."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress

from tests.torture.outcome import Outcome

from miaohui.runtime.clock import stamp_ns

ROOM = "MIAOHUI_TORTURE_ROOM"  # where the processes put their folders, taken away with the run
AT_ONCE = 20  # trials that are handed to a process in one go
PROGRESS_S = 10.0


Part = Callable[..., Outcome]
"""``(seed, first, count, *, planted)``: trials that are numbered and know nothing of each other."""


class Progress:
    """Says on stderr how far it is, and at once what broke."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.trials = 0
        self.violations = 0
        self._began = self._said = stamp_ns()

    def went(self, trials: int, outcome: Outcome) -> None:
        self.trials += trials
        self.violations += outcome.violations
        for example in outcome.examples:
            print(f"  ! {example}", file=sys.stderr, flush=True)
        now = stamp_ns()
        if now - self._said >= PROGRESS_S * 1e9 or self.trials == self.whole:
            self._said = now
            seconds = (now - self._began) / 1e9
            left = seconds / self.trials * (self.whole - self.trials)
            print(
                f"  {self.trials:,} of {self.whole:,} after {seconds:,.0f} s, {self.violations:,}"
                f" violations, about {left:,.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def _begin(folder: str) -> None:
    """In a new process. Ctrl-C reaches all of them: the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ[ROOM] = folder


def run(
    part: Part,
    seed: int,
    first: int,
    count: int,
    *,
    planted: bool,
    jobs: int,
    at_once: int = AT_ONCE,
) -> tuple[Outcome, int]:
    """The merged outcome, and the number of the first trial that is not in it: after Ctrl-C a run
    can go on from there."""
    end = first + count
    pieces = [(at, min(at_once, end - at)) for at in range(first, end, at_once)]
    done: dict[int, Outcome] = {}
    progress = Progress(count)
    with suppress(KeyboardInterrupt):
        if jobs == 1:
            for at, number in pieces:
                done[at] = part(seed, at, number, planted=planted)
                progress.went(number, done[at])
        else:
            _share(part, seed, pieces, done, progress, planted=planted, jobs=jobs)
    outcome = Outcome()
    for at, _ in pieces:
        if at not in done:
            return outcome, at
        outcome.merge(done[at])
    return outcome, end


def _share(
    part: Part,
    seed: int,
    pieces: list[tuple[int, int]],
    done: dict[int, Outcome],
    progress: Progress,
    *,
    planted: bool,
    jobs: int,
) -> None:
    context = multiprocessing.get_context("spawn")
    shared = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="miaohui-torture-", dir=shared) as folder:
        pool = ProcessPoolExecutor(jobs, context, _begin, (folder,))
        try:
            todo = iter(pieces)
            flying: dict[Future[Outcome], tuple[int, int]] = {}
            while True:
                # Two for each: nobody waits for work, and little is left when it is cut short.
                while len(flying) < 2 * jobs and (piece := next(todo, None)) is not None:
                    future = pool.submit(part, seed, *piece, planted=planted)
                    flying[future] = piece
                if not flying:
                    return
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    at, number = flying.pop(future)
                    done[at] = future.result()
                    progress.went(number, done[at])
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
