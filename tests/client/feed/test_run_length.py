"""RunLengths say what went in, in little room."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miaohui.client.feed.run_length import RunLengths

STEPS = st.lists(st.one_of(st.just(1), st.integers(0, 3), st.integers(0, 2**20)), max_size=80)


@given(STEPS, st.integers(0, 2**20))
def test_what_goes_in_comes_out_and_is_found(steps: list[int], sought: int) -> None:
    runs, numbers = RunLengths(), [0]
    for step in steps:
        numbers.append(numbers[-1] + step)
    for number in numbers:
        runs.append(number)
    assert list(runs) == numbers
    assert [runs[at - len(numbers)] for at in range(len(numbers))] == numbers
    for each in (sought, numbers[len(numbers) // 2]):
        assert runs.left(each) == bisect_left(numbers, each)


def test_a_long_row_is_one_run_and_its_end_an_error() -> None:
    runs = RunLengths()
    for number in range(7, 10_007):
        runs.append(number)
    assert (len(runs), runs.runs, runs[-1]) == (10_000, 1, 10_006)
    for wrong in (-1, 2**32):
        with pytest.raises(OverflowError):
            runs.append(wrong)
    for wrong in (10_000, -10_001):
        with pytest.raises(IndexError):
            runs[wrong]
    assert list(runs) == list(range(7, 10_007))


def test_the_greatest_number_is_the_last_of_its_run() -> None:
    runs = RunLengths()
    runs.append(2**32 - 1)
    with pytest.raises(OverflowError):
        runs.append(2**32)
    assert list(runs) == [2**32 - 1]
