"""Tails and quantiles against scipy."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from miaohui.checks.statistics.distributions import (
    beta_cdf,
    beta_quantile,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)

SIZES = st.floats(0.3, 5000)


@settings(max_examples=60, deadline=None)  # scipy loads slowly
@given(x=st.floats(0, 1), a=SIZES, b=SIZES)
def test_beta_tails_are_scipys(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), abs=1e-9)


@settings(max_examples=60, deadline=None)  # scipy loads slowly
@given(share=st.floats(0.0001, 0.9999), a=st.floats(0.5, 800), b=st.floats(0.5, 800))
def test_beta_quantiles_are_scipys(share: float, a: float, b: float) -> None:
    assert beta_quantile(share, a, b) == pytest.approx(float(stats.beta.ppf(share, a, b)), abs=1e-9)


def test_small_tails_keep_their_digits() -> None:
    # The first looks of a plan test at levels of a millionth.
    for a, b, x in ((30, 2, 0.6), (80, 1, 0.8), (200, 5, 0.85)):
        assert beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), rel=1e-9)


@pytest.mark.parametrize("df", [1, 2, 5, 11, 37, 200])
@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.9, 0.975, 0.9999])
def test_students_t_is_scipys(df: int, share: float) -> None:
    assert t_quantile(share, df) == pytest.approx(float(stats.t.ppf(share, df)), rel=1e-8, abs=1e-9)
    assert t_cdf(t_quantile(share, df), df) == pytest.approx(share, abs=1e-10)


def test_normal() -> None:
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054)
    assert normal_cdf(-math.inf) == 0


def test_the_ends_of_a_beta() -> None:
    assert (beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)) == (0, 1)
    assert (beta_quantile(0, 2, 3), beta_quantile(1, 2, 3)) == (0, 1)
