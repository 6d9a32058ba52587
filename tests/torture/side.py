"""Parts of a proof, side by side: each in a process of its own, with whatever that starts in turn."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Protocol, TypeVar

from tests.torture.outcome import Outcome
from tests.torture.split import ROOM, Progress


class Result(Protocol):
    """What came of a part, and perhaps more than its outcome."""

    outcome: Outcome


Part = TypeVar("Part")
Found = TypeVar("Found", bound=Result)


def _begin(folder: str) -> None:
    """In a new process. Ctrl-C reaches all of them; the first one ends the others, and they take
    down what they started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ[ROOM] = folder


def _work(work: Callable[[Part], Found], part: Part) -> Found:
    try:
        return work(part)
    except KeyboardInterrupt:
        os._exit(130)  # or the pool would hand it the next part


def play(work: Callable[[Part], Found], parts: Sequence[Part], at_once: int) -> Iterator[Found]:
    """Each part's result as it is done, ``at_once`` of them under way at a time; a single part here."""
    if len(parts) == 1:
        yield work(parts[0])
        return
    progress = Progress(len(parts))
    shared = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="miaohui-torture-", dir=shared) as folder:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(at_once, context, _begin, (folder,))
        try:
            for done in as_completed([pool.submit(_work, work, part) for part in parts]):
                found = done.result()
                progress.went(1, found.outcome)
                yield found
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
