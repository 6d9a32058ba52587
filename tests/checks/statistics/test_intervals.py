"""Intervals of a share: published values, and statsmodels on a grid."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from miaohui.checks.statistics.intervals import (
    clopper_pearson,
    exact_lower,
    exact_upper,
)
from miaohui.promise.figures import kept_rate


def wilson(kept: int, turns: int) -> tuple[float, float]:
    rate = kept_rate(kept, turns - kept)
    return rate.low, rate.high


# Newcombe 1998, Statistics in Medicine 17, 857-872, table I, methods 3 and 5.
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("k", "n", "score", "exact"), NEWCOMBE)
def test_published_intervals(
    k: int, n: int, score: tuple[float, float], exact: tuple[float, float]
) -> None:
    assert wilson(k, n) == pytest.approx(score, abs=5e-5)
    assert clopper_pearson(k, n) == pytest.approx(exact, abs=5e-5)


@settings(max_examples=40, deadline=None)  # scipy loads slowly
@given(data=st.data(), n=st.integers(1, 600), alpha=st.sampled_from([0.01, 0.05, 0.1, 0.2]))
def test_statsmodels_has_the_same(data: st.DataObject, n: int, alpha: float) -> None:
    k = data.draw(st.integers(0, n))
    score = proportion_confint(k, n, 0.05, method="wilson")
    exact = proportion_confint(k, n, alpha, method="beta")
    assert wilson(k, n) == pytest.approx(score, abs=1e-9)
    assert clopper_pearson(k, n, alpha) == pytest.approx(exact, abs=1e-9)


def test_nothing_seen_says_nothing() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0, 1)


def test_one_sided_bounds_are_the_ends_of_a_wider_interval() -> None:
    assert clopper_pearson(37, 40, 0.1) == (exact_lower(37, 40, 0.05), exact_upper(37, 40, 0.05))
    assert (exact_lower(0, 9, 0.05), exact_upper(9, 9, 0.05)) == (0, 1)
    # The rule of three: nothing in n is under 3 / n.
    assert exact_upper(0, 100, 0.05) == pytest.approx(1 - 0.05**0.01)


def test_counts_may_be_broken() -> None:
    # A clustered sample is worth fewer turns than it has.
    assert exact_lower(18.2, 19.7, 0.05) < exact_lower(36.4, 39.4, 0.05) < 18.2 / 19.7
