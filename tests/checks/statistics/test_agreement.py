"""Cohen's kappa: textbook tables, and statsmodels."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from miaohui.checks.statistics.agreement import kappa

LABELS = "abcd"


def pairs_of(table: list[list[int]]) -> list[tuple[str, str]]:
    return [
        (LABELS[i], LABELS[j])
        for i, row in enumerate(table)
        for j, count in enumerate(row)
        for _ in range(count)
    ]


def test_textbook_tables() -> None:
    # Fleiss 1981, Statistical Methods for Rates and Proportions, table 13.1: kappa .676.
    assert kappa(pairs_of([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))[0] == pytest.approx(0.676, abs=5e-4)
    assert kappa(pairs_of([[20, 5], [10, 15]]))[0] == pytest.approx(0.4)


@settings(max_examples=40, deadline=None)
@given(
    table=st.lists(
        st.lists(st.integers(0, 20), min_size=4, max_size=4), min_size=4, max_size=4
    ).filter(lambda t: sum(map(sum, t)) > 0)
)
def test_statsmodels_has_the_same(table: list[list[int]]) -> None:
    pairs = pairs_of(table)
    value, low, high = kappa(pairs)
    if value is None:
        assert len({label for pair in pairs for label in pair}) == 1
        return
    assert low is not None
    assert high is not None
    with np.errstate(all="ignore"):  # it divides by zero where one rater used a single label
        found = cohens_kappa(table)
    assert value == pytest.approx(found.kappa, abs=1e-9)
    variance = max(0.0, found.var_kappa)
    half = 1.959963984540054 * variance**0.5
    assert low == pytest.approx(max(-1.0, value - half), abs=1e-6)
    assert high == pytest.approx(min(1.0, value + half), abs=1e-6)


def test_where_kappa_is_not_defined() -> None:
    assert kappa([]) == (None, None, None)
    assert kappa([("a", "a")] * 9) == (None, None, None)


def test_no_agreement_beyond_chance() -> None:
    value, low, high = kappa(pairs_of([[25, 25], [25, 25]]))
    assert value == pytest.approx(0)
    assert low is not None
    assert high is not None
    assert low < 0 < high


def test_full_agreement_is_one() -> None:
    pairs = [("a", "a")] * 5 + [("b", "b")] * 5
    assert kappa(pairs)[0] == 1
    assert Counter(pairs)["a", "a"] == 5
