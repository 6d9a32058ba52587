"""Quantiles of waits kept in order, against those counted from all of them."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.promise.figures import Wait, kaplan_meier
from miaohui.promise.waits import Waits

MS = st.integers(min_value=0, max_value=60)


@given(st.lists(MS, max_size=60), st.none() | MS, st.sampled_from([0.5, 0.95, 0.05, 0.99]))
def test_a_quantile_is_that_of_kaplan_and_meier(
    covered: list[int], open_ms: int | None, share: float
) -> None:
    waits = Waits()
    for ms in covered:
        waits.add(ms)
    all_waits = [Wait(ms, True) for ms in covered]
    if open_ms is not None:
        all_waits.append(Wait(open_ms, False))
    assert waits.quantile(share, open_ms) == kaplan_meier(all_waits, share)
    assert waits.longest(open_ms) == max((wait.ms for wait in all_waits), default=None)
    assert len(waits) == len(covered)
    waits.clear()
    assert waits.quantile(share).ms is None
