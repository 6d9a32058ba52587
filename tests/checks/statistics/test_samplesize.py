"""The sample that a claim needs: counted over the rule itself, the same at every call."""

from dataclasses import replace

import pytest
from scipy import stats

from miaohui.checks.plan.plan import Claim
from miaohui.checks.statistics.samplesize import MAX_SESSIONS, draw_weights, need, power_of

CLAIM = Claim("", threshold=0.9, p0=0.95, p1=0.85)
COARSE = Claim("", threshold=0.85, p0=0.96, p1=0.7)


def test_without_clusters_the_power_is_the_binomials() -> None:
    claim = replace(CLAIM, icc=0.0)
    # One turn a session: the exact binomial test, whose marks are quantiles at the threshold.
    at_threshold = stats.binom(309, 0.9)
    mark, fail = at_threshold.isf(0.05) + 1, at_threshold.ppf(0.05) - 1
    met, not_met = power_of(claim, 309, 1)
    assert met == pytest.approx(float(stats.binom.sf(mark - 1, 309, 0.95)), abs=0.02)
    assert not_met == pytest.approx(float(stats.binom.cdf(fail, 309, 0.85)), abs=0.03)


def test_the_needed_sample_reaches_the_power_and_one_less_does_not() -> None:
    found = need(COARSE, 12)
    assert found.sessions is not None
    assert min(found.met, found.not_met) >= 0.8
    # A standard error of the 2,000 draws lies on top.
    assert min(power_of(COARSE, found.sessions - 1, 12)) < 0.8 + (0.8 * 0.2 / 2000) ** 0.5
    assert found.turns == found.sessions * 12
    assert found.design_effect == pytest.approx(1.55)
    assert found.pass_mark is not None
    assert found.fail_mark is not None
    assert found.fail_mark < 0.85 * found.turns < found.pass_mark


def test_it_is_the_same_every_time() -> None:
    need.cache_clear()
    first = need(COARSE, 12)
    need.cache_clear()
    assert need(COARSE, 12) == first


def test_more_alike_more_sessions() -> None:
    few, many = need(replace(CLAIM, icc=0.0), 12), need(replace(CLAIM, icc=0.15), 12)
    assert few.sessions is not None
    assert many.sessions is not None
    assert few.sessions < many.sessions


def test_too_near_a_threshold_is_said() -> None:
    found = need(replace(CLAIM, p0=0.9005, p1=0.8995), 12)
    assert found.sessions is None
    assert found.turns == MAX_SESSIONS * 12
    assert (found.met, found.not_met) == (0, 0)
    assert found.effective_n == pytest.approx(found.turns / found.design_effect)
    assert need(COARSE, 0).sessions is None


def test_the_marks_are_where_chance_ends() -> None:
    # All or none of five come by chance once in 32 times, less than once in 20.
    found = need(Claim("", threshold=0.5, p0=0.99, p1=0.01, icc=0.0), 1)
    assert (found.sessions, found.pass_mark, found.fail_mark) == (5, 5, 0)
    # Where one of 2,000 is expected, none is no surprise, and four are.
    found = need(Claim("", threshold=0.0005, p0=0.5, p1=0.0004, icc=0.0), 1)
    assert (found.sessions, found.pass_mark, found.fail_mark) == (None, 4, None)


def test_draws_are_beta_binomial() -> None:
    weights = draw_weights(0.9, 0.05, 12)
    expected = stats.betabinom(12, 0.9 * 19, 0.1 * 19).cdf(range(13))
    assert weights == pytest.approx([float(each) for each in expected], abs=1e-9)
    plain = stats.binom(12, 0.9).cdf(range(13))
    assert draw_weights(0.9, 0.0, 12) == pytest.approx([float(e) for e in plain], abs=1e-9)
