"""Looks: published boundaries, and scipy's multivariate normal."""

import math

import numpy as np
import pytest
from scipy import stats

from miaohui.checks.statistics.looks import boundaries, levels, spent

# Lan and DeMets' O'Brien-Fleming type spending, equally spaced looks, two-sided .05 (.025 a side):
# as printed by Reboussin, DeMets, Kim and Lan 2000 and given by ldbounds and gsDesign.
PUBLISHED = {
    2: (2.9626, 1.9686),
    3: (3.7103, 2.5114, 1.9930),
    4: (4.3326, 2.9631, 2.3590, 2.0141),
    5: (4.8769, 3.3569, 2.6803, 2.2898, 2.0310),
}


@pytest.mark.parametrize("looks", PUBLISHED)
def test_published_boundaries(looks: int) -> None:
    assert boundaries(0.025, looks) == pytest.approx(PUBLISHED[looks], abs=2e-4)


@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.05, 0.1])
@pytest.mark.parametrize("looks", [2, 3])
def test_all_looks_together_spend_alpha(alpha: float, looks: int) -> None:
    shares = np.arange(1, looks + 1) / looks
    covariance = np.sqrt(np.minimum.outer(shares, shares) / np.maximum.outer(shares, shares))
    below = stats.multivariate_normal(np.zeros(looks), covariance).cdf(boundaries(alpha, looks))
    assert 1 - float(below) == pytest.approx(alpha, abs=2e-5)


def test_one_look_is_the_plain_test() -> None:
    assert levels(0.05, 1) == (0.05,)
    assert boundaries(0.05, 1)[0] == pytest.approx(1.6448536269514722)


@pytest.mark.parametrize("looks", PUBLISHED)
def test_each_look_is_tested_at_its_own_level(looks: int) -> None:
    expected = [float(stats.norm.sf(z)) for z in PUBLISHED[looks]]
    assert levels(0.025, looks) == pytest.approx(expected, rel=5e-3)


def test_levels_rise_to_a_little_below_alpha() -> None:
    found = levels(0.05, 5)
    assert list(found) == sorted(found)
    assert found[0] < 1e-4
    assert 0.04 < found[-1] < 0.05


def test_spending() -> None:
    assert spent(0.05, 0) == 0
    assert spent(0.05, 1) == pytest.approx(0.05)
    assert spent(0.05, 0.5) == pytest.approx(
        2 - 2 * stats.norm.cdf(stats.norm.ppf(0.975) / math.sqrt(0.5))
    )
