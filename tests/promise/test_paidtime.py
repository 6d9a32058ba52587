"""Clocks: running time with stretches taken out in any order, and late time as a union."""

from miaohui.promise.paidtime import Clocks, LateTime, RunningTime
from miaohui.promise.turns import Instant


def at_all(clock: RunningTime, last: int) -> list[int]:
    return [clock.at(t) for t in range(last + 1)]


def test_stretches_merge_where_they_touch_or_overlap_in_any_order() -> None:
    for stretches in (
        [(2, 4), (4, 6), (8, 9)],
        [(8, 9), (4, 6), (2, 4)],
        [(8, 9), (2, 6)],
        [(2, 5), (8, 9), (3, 6)],
        [(2, 6), (3, 4), (8, 9), (8, 9)],
    ):
        clock = RunningTime()
        for start, end in stretches:
            clock.freeze(start, end)
        assert at_all(clock, 10) == [0, 1, 2, 2, 2, 2, 2, 3, 4, 4, 5], stretches
    clock = RunningTime()
    clock.freeze(5, 5)
    clock.freeze(7, 6)
    assert at_all(clock, 8) == list(range(9))


def test_an_open_pause_holds_the_clock_and_a_copy_goes_its_own_way() -> None:
    clock = RunningTime()
    clock.pause(3)
    clock.pause(5)
    twin = clock.copy()
    assert (clock.at(2), clock.at(3), clock.at(9)) == (2, 3, 3)
    clock.resume(7)
    clock.resume(8)
    assert (clock.at(9), clock.paused, twin.at(9), twin.paused) == (5, False, 3, True)


def test_faults_show_as_the_difference_of_two_clocks() -> None:
    clocks = Clocks()
    assert not clocks.faulty
    clocks.pause(10)
    clocks.resume(20)
    assert clocks.instant(4, 30) == Instant(4, 30, 20, 20)
    clocks.fault(22, 25)
    twin = clocks.copy()
    assert twin.faulty is True
    assert clocks.instant(5, 30) == twin.instant(5, 30) == Instant(5, 30, 17, 20)


def test_late_time_is_a_union_from_the_beginning_of_paid_time() -> None:
    late = LateTime()
    late.add(0, 50)
    assert (late.total, late.accrues_from(3)) == (0, None)
    late = LateTime()
    late.begin(10)
    late.begin(99)
    assert late.accrues_from(0) == 10
    late.add(0, 15)
    late.add(12, 20)
    late.add(13, 14)
    assert (late.total, late.with_open(18, 30), late.accrues_from(5)) == (10, 20, 20)
    twin = late.copy()
    late.take_back(4)
    twin.add(40, 41)
    assert (late.total, twin.total) == (6, 11)
    begun = LateTime()
    begun.begin(0)
    assert begun.accrues_from(0) == 0
