"""Columns grow wider with their numbers, and lose none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miaohui.promise.column import Column

NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.one_of(st.integers(0, 70_000), st.integers(0, 2**33), NUMBERS)))
def test_what_goes_in_comes_out(numbers: list[int]) -> None:
    column = Column()
    for number in numbers:
        column.append(number)
    assert list(column) == numbers
    assert len(column) == len(numbers)
    twin = column.copy()
    twin.append(1)
    assert list(column) == numbers
    assert [twin[index] for index in range(len(twin))] == [*numbers, 1]


def test_it_is_as_wide_as_it_must_be() -> None:
    column = Column()
    widths = ((255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4), (2**32, 8), (-1, 8))
    for number, width in widths:
        column.append(number)
        assert column.bytes_each == width
    with pytest.raises(OverflowError):
        column.append(2**63)
    assert column[-1] == -1
