"""Tuning: the process is set up as it says, and what is there at the start is left in peace."""

import gc
import sys
from collections.abc import Iterator

import pytest

from miaohui.relay.net.tuning import COLLECT_AFTER, DESCRIPTORS, SWITCH_S, descriptors, settle, tune


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


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_as_many_descriptors_as_may_be_are_asked_for() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert descriptors() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert descriptors() == min(DESCRIPTORS, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_is_read_back_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() > before
