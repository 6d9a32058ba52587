"""Tuning: the process is set up as it says, and what is there at the start is left in peace."""

import gc
import sys
from collections.abc import Iterator

import pytest

from miaohui.relay.net.tuning import COLLECT_AFTER, SWITCH_S, settle, tune


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    switch, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(switch)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_the_process_is_tuned() -> None:
    before = gc.isenabled()
    tune()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    assert gc.get_threshold() == COLLECT_AFTER
    assert gc.isenabled() is before


def test_what_is_read_back_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() > before
