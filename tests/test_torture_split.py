"""A proof shared out among processes: whole, in order, and ended by Ctrl-C."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from tests.torture import split
from tests.torture.outcome import Outcome

LIMIT_S = 60


def every_third(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """A part of trials of which every third breaks."""
    outcome = Outcome()
    for number in range(first, first + count):
        outcome.check("thirds", holds=number % 3 != 0, example=f"{seed} {number}")
        outcome.count("trials")
    return outcome


def hanging(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """The first one breaks, the others never end."""
    if first:
        threading.Event().wait()
    return every_third(seed, first, count, planted=planted)


def interrupted(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """Somebody loses patience with the third."""
    if first >= 2:
        raise KeyboardInterrupt
    return every_third(seed, first, count, planted=planted)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_outcome_is_the_same_however_many_share_it(jobs: int) -> None:
    shared, left = split.run(every_third, 5, 1, 40, planted=False, jobs=jobs, at_once=3)
    assert (shared, left) == (every_third(5, 1, 40, planted=False), 41)
    assert (shared.trials, shared.violations, shared.sums) == (40, 13, {"trials": 40})


def test_what_was_cut_short_is_told_as_far_as_it_went() -> None:
    told, left = split.run(interrupted, 5, 0, 9, planted=False, jobs=1, at_once=1)
    assert (told.trials, told.violations, left) == (2, 1, 2)


def test_a_process_that_dies_is_no_silence() -> None:
    with pytest.raises(BrokenProcessPool):
        split.run(dying, 5, 0, 2, planted=False, jobs=2, at_once=1)
    assert multiprocessing.active_children() == []


def dying(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    os._exit(1)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal of this kind")
def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    run = (
        "import sys, signal; from tests import test_torture_split as here\n"
        "from tests.torture import split\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    told, left = split.run(here.hanging, 5, 0, 9, planted=False, jobs=2, at_once=1)\n"
        "    print(told.trials, left, split.multiprocessing.active_children())\n"
    )
    script = tmp_path / "run.py"
    script.write_text(run)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "  ! thirds: 5 0\n"
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=LIMIT_S)
    assert said == "1 1 []\n"


def test_progress_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    split.run(every_third, 5, 1, 2, planted=False, jobs=1)
    assert "2 of 2" in capsys.readouterr().err
