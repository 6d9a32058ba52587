"""Results of a run of four shops with known ways, analysed once for all tests of the window."""

import tempfile
from functools import cache
from pathlib import Path

from tests.checks import samples

from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.results import Results

SESSIONS = 2


@cache
def sample(*, running: bool = False) -> Results:
    """What ``analyse`` says of the four; ``running``: the last session is still to come."""
    with tempfile.TemporaryDirectory() as folder:
        done = SESSIONS * len(samples.SHOPS) - 1 if running else None
        samples.make(Path(folder), sessions=SESSIONS, done=done)
        return analyse(Path(folder))
