"""The Kaplan-Meier curve: a published series, lifelines and scipy."""

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from scipy import stats

from miaohui.checks.statistics.survival import curve
from miaohui.promise.waits import Wait

WAITS = st.lists(
    st.builds(Wait, st.integers(1, 60).map(lambda s: s * 500), st.booleans()),
    min_size=1,
    max_size=60,
)
# Freireich and others 1963, weeks in remission on 6-mercaptopurine; + is censored.
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# Surviving and its standard error as Collett 2003 and others print them.
PRINTED = {
    6: (0.857, 0.0764),
    7: (0.807, 0.0869),
    10: (0.753, 0.0963),
    13: (0.690, 0.1068),
    16: (0.627, 0.1141),
    22: (0.538, 0.1282),
    23: (0.448, 0.1346),
}


def remission() -> list[Wait]:
    return [Wait(int(w.rstrip("+")), not w.endswith("+")) for w in REMISSION.split()]


def test_a_published_series() -> None:
    steps = {step.ms: step for step in curve(remission())}
    for week, (surviving, _) in PRINTED.items():
        assert steps[week].surviving == pytest.approx(surviving, abs=5e-4)
    assert [step.at_risk for step in steps.values()][:4] == [21, 17, 16, 15]
    assert (steps[6].censored, steps[32].censored) == (1, 2)
    assert steps[35].surviving == steps[23].surviving


@settings(max_examples=12, deadline=None)
@given(waits=WAITS)
def test_lifelines_draws_the_same_curve_and_band(waits: list[Wait]) -> None:
    fitter = KaplanMeierFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines' own, of its own libraries
        fitter.fit([w.ms for w in waits], [w.covered for w in waits])
        band = fitter.confidence_interval_
    for step in curve(waits):
        assert step.surviving == pytest.approx(float(fitter.predict(step.ms)), abs=1e-12)
        assert step.at_risk == int(fitter.event_table.at_risk[step.ms])
        if 0 < step.surviving < 1:
            low, high = band.loc[step.ms]
            assert (step.low, step.high) == pytest.approx((float(low), float(high)), abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(waits=WAITS)
def test_scipy_draws_the_same_band(waits: list[Wait]) -> None:
    data = stats.CensoredData(
        uncensored=[w.ms for w in waits if w.covered], right=[w.ms for w in waits if not w.covered]
    )
    found = stats.ecdf(data).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by zero where nobody is left
        band = found.confidence_interval(method="log-log")
        lows, highs = band.low.evaluate, band.high.evaluate
        for step in curve(waits):
            if 0 < step.surviving < 1:
                expected = (float(lows(step.ms)), float(highs(step.ms)))
                assert (step.low, step.high) == pytest.approx(expected, abs=1e-9)


def test_greenwoods_error_is_the_printed_one() -> None:
    # On the log(-log) scale the band's width is the error over S log S.
    for step in curve(remission()):
        if step.ms in PRINTED:
            scale = math.log(-math.log(step.low)) - math.log(-math.log(step.surviving))
            error = scale / 1.959963984540054 * step.surviving * -math.log(step.surviving)
            assert error == pytest.approx(PRINTED[step.ms][1], abs=6e-5)


def test_no_waits_no_steps() -> None:
    assert curve([]) == ()


def test_a_reply_at_the_instant_of_a_cut_found_that_wait_still_at_risk() -> None:
    (step,) = curve([Wait(1000, True), Wait(1000, False)])
    assert (step.at_risk, step.surviving, step.censored) == (2, 0.5, 1)


def test_ties_are_counted_together_and_leave_together() -> None:
    waits = [Wait(1000, True), Wait(1000, False), Wait(1000, True), Wait(2000, False)]
    steps = curve([*waits, Wait(2000, True), Wait(3000, False), Wait(3000, True)])
    found = [(step.ms, step.at_risk, step.censored) for step in steps]
    assert found == [(1000, 7, 1), (2000, 4, 1), (3000, 2, 1)]
    assert [step.surviving for step in steps] == pytest.approx([5 / 7, 5 / 7 * 3 / 4, 15 / 56])
    # The last of all to be answered, in one instant: nobody waits on.
    (end,) = curve([Wait(1000, True), Wait(1000, True)])
    assert (end.surviving, end.low, end.high, end.censored) == (0, 0, 0, 0)
