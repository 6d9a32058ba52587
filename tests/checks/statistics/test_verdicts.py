"""The verdict: what decides, at which look, and how its pass mark and bounds fit it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from miaohui.checks.plan.plan import Claim
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.clusters import ClusterTally
from miaohui.checks.statistics.verdicts import (
    decide,
    first_of,
    follow,
    judge,
    looks_due,
    sessions_for_met,
)

CLAIM = Claim("answered within ten seconds", threshold=0.9, p0=0.95, p1=0.85)
SESSIONS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=40)


def test_met_not_met_and_not_enough() -> None:
    assert judge(CLAIM, [(12, 0)] * 34, 1).verdict is ClaimVerdict.MET
    assert judge(CLAIM, [(8, 4)] * 34, 1).verdict is ClaimVerdict.NOT_MET
    assert judge(CLAIM, [(11, 1)] * 34, 1).verdict is ClaimVerdict.NOT_ENOUGH
    assert judge(CLAIM, [], 1).verdict is ClaimVerdict.NOT_ENOUGH


def test_what_a_verdict_rests_on_is_scipys() -> None:
    claim = replace(CLAIM, icc=0.1, looks=2)
    judged = judge(claim, [(11, 1)] * 10, 1)
    # Twelve turns of a session count as 12 / (1 + 11 * 0.1).
    assert (judged.icc, judged.design_effect) == pytest.approx((0.1, 2.1))
    assert (judged.kept, judged.turns, judged.look) == (110, 120, 1)
    n, k = 120 / 2.1, 110 / 2.1
    assert judged.effective_n == pytest.approx(n)
    assert judged.level == pytest.approx(float(stats.norm.sf(2.5377)), rel=1e-3)

    def low(alpha: float) -> float:
        return float(stats.beta.ppf(alpha, k, n - k + 1))

    def high(alpha: float) -> float:
        return float(stats.beta.isf(alpha, k + 1, n - k))

    assert (judged.low, judged.high) == pytest.approx((low(0.025), high(0.025)), abs=1e-9)
    bounds = (low(judged.level), high(judged.level))
    assert (judged.rule_low, judged.rule_high) == pytest.approx(bounds, abs=1e-9)


@pytest.mark.parametrize(
    ("sessions", "bounds"),
    [
        ([], (0.0, 1.0, 0.0, 1.0)),
        ([(1, 0)], (0.025, 1.0, 0.05, 1.0)),
        ([(0, 1)], (0.0, 0.975, 0.0, 0.95)),
    ],
)
def test_of_next_to_nothing_next_to_nothing_is_said(
    sessions: list[tuple[int, int]], bounds: tuple[float, ...]
) -> None:
    judged = judge(CLAIM, sessions, 1)
    found = (judged.low, judged.high, judged.rule_low, judged.rule_high)
    assert found == pytest.approx(bounds, abs=1e-9)
    assert (judged.verdict, judged.pass_mark) == (ClaimVerdict.NOT_ENOUGH, None)


def test_without_clustering_it_is_the_exact_binomial_test() -> None:
    claim = replace(CLAIM, icc=0.0)
    for kept in range(70, 101):
        # Sessions of one turn have no ICC.
        sessions = [(1, 0)] * kept + [(0, 1)] * (100 - kept)
        judged = judge(claim, sessions, 1)
        above = stats.binomtest(kept, 100, 0.9, alternative="greater").pvalue < 0.05
        below = stats.binomtest(kept, 100, 0.9, alternative="less").pvalue < 0.05
        expected = (
            ClaimVerdict.MET
            if above
            else ClaimVerdict.NOT_MET
            if below
            else ClaimVerdict.NOT_ENOUGH
        )
        assert judged.verdict is expected
        assert judged.pass_mark == 96


@settings(
    max_examples=40, deadline=None
)  # the first asks for boundaries that the others find ready
@given(sessions=SESSIONS, looks=st.integers(1, 5))
def test_the_bounds_the_pass_mark_and_the_verdict_agree(
    sessions: list[tuple[int, int]], looks: int
) -> None:
    claim = replace(CLAIM, looks=looks)
    judged = judge(claim, sessions, looks)
    above = judged.rule_low > claim.threshold and judged.enough_sessions
    assert (judged.verdict is ClaimVerdict.MET) is above
    assert (judged.verdict is ClaimVerdict.NOT_MET) is (judged.rule_high < claim.threshold)
    reached = judged.pass_mark is not None and judged.kept >= judged.pass_mark
    reached = reached and judged.turns > 0 and judged.enough_sessions
    assert (judged.verdict is ClaimVerdict.MET) is reached
    assert 0 <= judged.low <= judged.high <= 1
    assert judged.effective_n <= judged.turns


def test_sessions_that_differ_among_themselves_weigh_less_than_the_plan_says() -> None:
    alike = judge(CLAIM, [(19, 1)] * 30, 1)
    unlike = judge(CLAIM, [(20, 0)] * 27 + [(10, 10)] * 3, 1)
    assert alike.kept == unlike.kept
    assert (alike.icc, alike.verdict) == (0.05, ClaimVerdict.MET)
    assert unlike.icc > 0.3
    assert unlike.verdict is ClaimVerdict.NOT_ENOUGH


def test_between_looks_nothing_is_decided() -> None:
    judged = judge(CLAIM, [(12, 0)] * 34, 0)
    assert (judged.verdict, judged.look) == (ClaimVerdict.NOT_ENOUGH, 0)
    assert judged.pass_mark is not None


def test_looks_come_at_equal_shares_of_the_plan() -> None:
    claim = replace(CLAIM, looks=3)
    assert [first_of(claim, 40, look) for look in (1, 2, 3)] == [14, 27, 40]
    due = [looks_due(claim, done, 40, over=False) for done in (0, 13, 14, 26, 27, 39, 40, 44)]
    assert due == [0, 0, 1, 1, 2, 2, 3, 3]
    assert looks_due(claim, 5, 40, over=True) == 3
    assert looks_due(CLAIM, 39, 40, over=False) == 0


def test_the_first_look_that_decides_stands() -> None:
    claim = replace(CLAIM, looks=2)
    half = [(3, 9)] * 20
    found = follow(claim, half + [(12, 0)] * 15, 40, over=False)
    assert (found.verdict, found.look, found.turns) == (ClaimVerdict.NOT_MET, 1, 240)
    assert follow(claim, half[:19], 40, over=False).look == 0


def test_between_looks_all_that_came_is_shown() -> None:
    claim = replace(CLAIM, looks=2)
    found = follow(claim, [(11, 1)] * 30, 40, over=False)
    assert (found.verdict, found.look, found.turns) == (ClaimVerdict.NOT_ENOUGH, 0, 360)


def test_a_run_that_ends_early_is_judged_on_what_it_has() -> None:
    claim = replace(CLAIM, looks=4)
    found = follow(claim, [(2, 10)] * 6, 40, over=True)
    assert (found.verdict, found.look, found.turns) == (ClaimVerdict.NOT_MET, 4, 72)


def test_a_verdict_at_an_early_look_needs_more() -> None:
    sessions = ClusterTally.of([(12, 0)] * 30)
    assert decide(CLAIM, sessions, 1) is ClaimVerdict.MET
    assert decide(replace(CLAIM, looks=3), sessions, 1) is ClaimVerdict.NOT_ENOUGH


def test_met_needs_so_many_sessions_that_a_bad_tenth_would_have_come_up() -> None:
    assert sessions_for_met(CLAIM) == 29
    assert sessions_for_met(replace(CLAIM, threshold=0.95)) == 59
    assert judge(CLAIM, [(12, 0)] * 28, 1).verdict is ClaimVerdict.NOT_ENOUGH
    assert judge(CLAIM, [(12, 0)] * 29, 1).verdict is ClaimVerdict.MET
    # Many turns of few sessions do not make up for it.
    assert judge(CLAIM, [(400, 0)] * 28, 1).verdict is ClaimVerdict.NOT_ENOUGH


def test_a_lost_session_takes_more_of_them() -> None:
    some = [(40, 0)] * 45 + [(0, 1)]
    judged = judge(CLAIM, some, 1)
    assert (judged.lost, judged.enough_sessions, judged.verdict) == (1, True, ClaimVerdict.MET)
    fewer = judge(CLAIM, some[5:], 1)
    assert (fewer.lost, fewer.enough_sessions) == (1, False)
    assert (fewer.rule_low > CLAIM.threshold, fewer.verdict) == (True, ClaimVerdict.NOT_ENOUGH)


def test_an_early_look_decides_only_what_the_rest_cannot_overturn() -> None:
    claim = replace(CLAIM, looks=3)
    # A third that is perfect leaves the whole open; a third of .75 could still end above .9.
    assert judge(claim, [(12, 0)] * 200, 1).verdict is ClaimVerdict.NOT_ENOUGH
    assert judge(claim, [(9, 3)] * 200, 1).verdict is ClaimVerdict.NOT_ENOUGH
    assert judge(claim, [(9, 3)] * 200, 2).verdict is ClaimVerdict.NOT_MET
    assert judge(claim, [(6, 6)] * 200, 1).verdict is ClaimVerdict.NOT_MET


@pytest.mark.parametrize("side", [1, -1])
def test_met_of_kept_is_not_met_of_breached(side: int) -> None:
    claim = replace(CLAIM, threshold=0.5, p0=0.6, p1=0.4)
    sessions = [(9, 3), (8, 4), (10, 2), (9, 3), (11, 1), (7, 5), (9, 3), (10, 2)]
    turned = sessions if side == 1 else [(b, k) for k, b in sessions]
    expected = ClaimVerdict.MET if side == 1 else ClaimVerdict.NOT_MET
    assert judge(claim, turned, 1).verdict is expected
