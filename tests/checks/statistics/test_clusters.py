"""How alike the turns of a session are, held against scipy's analysis of variance."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from miaohui.checks.statistics.clusters import ClusterTally, design_effect, icc

SESSIONS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=2, max_size=30)


@settings(max_examples=40, deadline=None)  # scipy loads slowly
@given(sessions=SESSIONS)
def test_the_icc_is_that_of_the_f_ratio(sessions: list[tuple[int, int]]) -> None:
    groups = [[1] * kept + [0] * breached for kept, breached in sessions if kept + breached]
    sizes = np.array([len(group) for group in groups])
    found = icc(sessions)
    if len(groups) < 2 or sizes.sum() <= len(groups) or found is None:
        assert found is None
        return
    inside = sum(float(np.var(group)) for group in groups)
    assume(inside > 0)  # else F is infinite
    ratio = float(stats.f_oneway(*groups).statistic)
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(groups) - 1)
    assert found == pytest.approx((ratio - 1) / (ratio + size - 1), abs=1e-9)


def test_sessions_that_are_all_one_or_all_the_other_are_alike_throughout() -> None:
    assert icc([(10, 0), (0, 10), (10, 0), (0, 10)]) == pytest.approx(1)
    # All sessions the same inside: less alike than chance.
    assert icc([(5, 5)] * 6) == pytest.approx(-1 / 9)


def test_what_cannot_be_told() -> None:
    for sessions in ([], [(3, 1)], [(1, 0), (0, 1)], [(5, 0), (4, 0)], [(0, 5), (0, 4)], [(0, 0)]):
        assert icc(sessions) is None


def test_a_known_icc_comes_back() -> None:
    draws = np.random.default_rng(3)
    for truth in (0.05, 0.2):
        scale = (1 - truth) / truth
        shares = draws.beta(0.8 * scale, 0.2 * scale, size=12_000)
        kept = draws.binomial(12, shares)
        found = icc([(int(k), 12 - int(k)) for k in kept])
        assert found == pytest.approx(truth, abs=0.01)


def test_design_effect_is_kishs() -> None:
    assert design_effect([12] * 9, 0.05) == pytest.approx(1.55)
    # Unequal sizes weigh more: a turn sees the larger sessions.
    assert design_effect([4, 20], 0.1) == pytest.approx(1 + ((16 + 400) / 24 - 1) * 0.1)
    assert design_effect([12] * 3, -0.02) == 1
    assert design_effect([], 0.1) == 1


def test_sessions_without_a_turn_count_for_nothing() -> None:
    assert ClusterTally.of([(3, 1), (0, 0), (5, 2)]) == ClusterTally.of([(3, 1), (5, 2)])
