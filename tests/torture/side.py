"""Parts of a proof, side by side: each in a process of its own, their outcomes put together."""

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from tests.torture.outcome import EXAMPLES, Outcome

Part = TypeVar("Part")
Found = TypeVar("Found")


def join(outcome: Outcome, part: Outcome) -> None:
    """What ``part`` tried and found, added; its notes are left to the proof."""
    for row in part.rows.values():
        mine = outcome.row(row.what)
        mine.tried += row.tried
        mine.violations += row.violations
    outcome.examples = [*outcome.examples, *part.examples][:EXAMPLES]


def play(work: Callable[[Part], Found], parts: Iterable[Part], at_once: int) -> Iterable[Found]:
    """Each part's result as it is done, ``at_once`` of them under way at a time."""
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    with ProcessPoolExecutor(at_once, mp_context=context) as pool:
        for done in as_completed([pool.submit(work, part) for part in parts]):
            yield done.result()
