"""Figures: intervals, quantiles, shares, what is shown, and how samples merge."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miaohui.promise.figures import (
    Quantile,
    Sample,
    Wait,
    Waits,
    customers_rate,
    design_effect,
    kaplan_meier,
    kept_rate,
    newest_turns,
    wilson,
)
from miaohui.promise.report import AskCounts, Figures
from miaohui.promise.settlement import Settlement, SettlementFacts, applies, settle
from miaohui.promise.turns import Severity, Turn, TurnState
from miaohui.wire.journal import RefundTerm


def test_wilson_against_known_values() -> None:
    rate = kept_rate(81, 263 - 81)  # Newcombe (1998), table I
    assert (round(rate.low, 4), round(rate.high, 4)) == (0.2553, 0.3662)
    rate = kept_rate(0, 20)
    assert (rate.low, round(rate.high, 4)) == (0.0, 0.1611)
    rate = kept_rate(29, 0)
    assert (round(rate.low, 4), rate.high) == (0.8830, 1.0)
    assert (kept_rate(0, 0).low, kept_rate(0, 0).high) == (0.0, 1.0)


def test_many_turns_outrank_few_perfect_ones() -> None:
    assert kept_rate(95, 5).low > kept_rate(5, 0).low


def test_customers_turns_are_alike() -> None:
    # One turn each: strangers, but for the factor of the sample's own spread.
    assert design_effect([(1, 1)] * 95 + [(1, 0)] * 5) == pytest.approx(100 / 99)
    assert customers_rate([(1, 1)] * 20).low == kept_rate(20, 0).low
    assert customers_rate([(1, 1)] * 20).customers == 20
    # Three customers of 126 turns, all kept: D = 1 + .2 (3 x 126^2 / 378 - 1) = 26.
    assert design_effect([(126, 126)] * 3) == pytest.approx(26)
    three = customers_rate([(126, 126)] * 3)
    assert three.low == pytest.approx(wilson(1, 378 / 26)[0])
    assert three.low < 0.8
    # Two customers who could not differ more: 2 / 1 x (2 x 5^2) / (20 x .5 x .5) = 20.
    assert design_effect([(10, 10), (10, 0), (0, 0)]) == pytest.approx(20)
    assert (customers_rate([]).low, customers_rate([]).high) == (0.0, 1.0)


class OneTurn(NamedTuple):
    customer: str
    responder: str
    shop: str
    utc_ms: int


DAY = 86_400_000


def test_a_rate_over_customers_has_its_counts() -> None:
    rate = customers_rate([(10, 9), (5, 5), (0, 0)])
    assert (rate.kept, rate.turns, rate.customers) == (14, 15, 2)
    # One kept turn of many is a spread like any other: 2 / 1 x (.5^2 + .5^2) / (20 x .05 x .95).
    assert design_effect([(1, 1), (19, 0)]) == pytest.approx(
        max(1 + 0.2 * (362 / 20 - 1), 2 * (0.95**2 + 0.95**2) / (20 * 0.05 * 0.95))
    )
    assert design_effect([(1, 1), (1, 0)]) == pytest.approx(2 * 0.5 / 0.5)
    assert design_effect([(4, 0)] * 3) == design_effect([(4, 4)] * 3) == pytest.approx(1.6)
    assert design_effect([(5, 1)]) == pytest.approx(1.8)
    assert design_effect([]) == 1.0
    assert wilson(1.0, 1.0)[0] == pytest.approx(0.2065, abs=1e-4)


def test_the_newest_come_first_whoever_they_are_of() -> None:
    told = [OneTurn("b", "r", "s", 5), OneTurn("a", "r", "s", 9), OneTurn("c", "r", "s", 1)]
    assert [turn.utc_ms for turn in newest_turns(told)] == [9, 5, 1]


def test_sixty_turns_of_a_customer_count() -> None:
    many = [OneTurn("c", "r", "s", minute) for minute in range(70)]
    assert [turn.utc_ms for turn in newest_turns(many)] == list(range(69, 9, -1))
    others = [OneTurn("c", "q", "s", 0), OneTurn("c", "r", "z", 0), OneTurn("d", "r", "s", 0)]
    assert len(newest_turns([*many, *others])) == 63
    # Of any 30 days: those of the newest end where the newest turn is 30 days younger.
    older = OneTurn("c", "r", "s", 69 - 30 * DAY)
    younger = OneTurn("c", "r", "s", 70 - 30 * DAY)
    assert older in newest_turns([*many, older])
    assert younger not in newest_turns([*many, younger])


def covered(*waits: int) -> list[Wait]:
    return [Wait(ms, covered=True) for ms in waits]


def test_the_median_of_covered_waits() -> None:
    assert kaplan_meier(covered(*range(1_000, 11_000, 1_000)), 0.5) == Quantile(ms=5_000)


def test_censored_waits_count_as_lower_bounds() -> None:
    waits = [*covered(1_000, 2_000, 3_000, 4_000), *(Wait(3_500, covered=False),) * 4]
    # Half of eight are gone by 4 s only if the censored ones are thought to wait longer.
    assert kaplan_meier(waits, 0.5) == Quantile(ms=4_000)
    bound = Quantile(ms=9_000, at_least=True)
    assert kaplan_meier([*waits, Wait(9_000, covered=False)], 0.9) == bound
    assert kaplan_meier([Wait(8_000, covered=False)], 0.5) == Quantile(ms=8_000, at_least=True)
    assert kaplan_meier([], 0.5) == Quantile(ms=None)


def slow_quantile(waits: list[Wait], share: float) -> Quantile:
    """By the product over every wait, one after the other."""
    ordered = sorted(waits, key=lambda wait: (wait.ms, not wait.covered))
    if not ordered:
        return Quantile(ms=None)
    if share <= 0.025 ** (1 / len(ordered)):
        surviving = 1.0
        for index, wait in enumerate(ordered):
            surviving *= 1 - wait.covered / (len(ordered) - index)
            if surviving <= 1 - share + 1e-9:
                return Quantile(ms=wait.ms)
    return Quantile(ms=ordered[-1].ms, at_least=True)


MS = st.integers(min_value=0, max_value=60)


@given(
    st.lists(st.tuples(MS, st.booleans()), max_size=150),
    st.lists(MS, max_size=3),
    st.sampled_from([0.5, 0.95, 0.05, 0.99]),
)
def test_a_quantile_is_that_of_kaplan_and_meier(
    told: list[tuple[int, bool]], open_ms: list[int], share: float
) -> None:
    live, waits = Waits(), [Wait(ms, covered) for ms, covered in told]
    for wait in waits:
        live.add(wait.ms, covered=wait.covered)
    everything = [*waits, *(Wait(ms, covered=False) for ms in open_ms)]
    assert live.quantile(share, open_ms) == kaplan_meier(everything, share)
    assert live.quantile(share, open_ms) == slow_quantile(everything, share)
    longest = max((wait.ms for wait in everything), default=None)
    bound = any(wait.ms == longest and not wait.covered for wait in everything)
    assert live.longest(open_ms) == Quantile(ms=longest, at_least=bound)
    assert sum(step.ended + step.cut for step in live.steps()) == len(live) == len(waits)
    live.clear()
    assert live.quantile(share).ms is None


def test_ties_and_bounds() -> None:
    # A reply at the same instant as a cut came while that one was at risk: half of two are gone.
    tie = [Wait(1_000, covered=True), Wait(1_000, covered=False), *covered(*range(2_000, 2_060))]
    first, *_ = Waits.of(tie).steps()
    assert (first.at_risk, first.ended, first.cut) == (62, 1, 1)
    assert first.surviving == pytest.approx(61 / 62)
    # Beyond what is supported the bound is the longest wait seen, an unended one included.
    assert kaplan_meier([*covered(*range(60)), Wait(99, covered=False)], 0.95) == Quantile(
        ms=99, at_least=True
    )


def test_p95_needs_seventy_two_turns() -> None:
    assert kaplan_meier(covered(*range(100, 7_200, 100)), 0.95).at_least
    assert not kaplan_meier(covered(*range(100, 7_300, 100)), 0.95).at_least


def test_samples_merge_raw() -> None:
    one = Sample(waits=tuple(covered(1_000, 2_000)), kept=2, late_ms=0, elapsed_ms=60_000)
    two = Sample(
        waits=tuple(covered(30_000)),
        breached=1,
        late_ms=20_000,
        elapsed_ms=40_000,
        silences_60=4,
        broken_60_by_responder=3,
    )
    both = Sample.merged([one, two])
    assert both.longest() == Quantile(ms=30_000)
    assert (both.kept_rate().kept, both.kept_rate().turns) == (2, 3)
    assert both.late_share == pytest.approx(0.2)
    assert (both.broken_60_by_responder, both.silences_60) == (3, 4)
    assert Sample.merged([]).late_share is None


def test_a_sample_is_what_the_fold_says() -> None:
    """Every figure of a session, its void turn left out and its unanswered one a lower bound."""
    figures = Figures(
        turns=(
            Turn(0, 4_000, 4_000, TurnState.KEPT, None, (2,)),
            Turn(9_000, 12_000, 3_000, TurnState.VOID, None, (4,)),
            Turn(20_000, None, 61_000, TurnState.BREACHED, Severity.NEVER, (6, 7)),
        ),
        kept=1,
        breached=2,
        censored=3,
        open=4,
        void=5,
        asks=AskCounts(kept=6, breached=7, censored=8, open=9, void=10),
        by_responder={},
        late_ms=11,
        elapsed_ms=12,
        remaining_ms=13,
        longest_wait_ms=14,
        longest_silence_ms=15,
        silences_60=16,
        broken_60_by_responder=17,
        silences_300=18,
        broken_300_by_responder=19,
        refund_fen=None,
        flags=(),
    )
    sample = Sample.of(figures)
    assert sample == Sample(
        waits=(Wait(4_000, covered=True), Wait(61_000, covered=False)),
        kept=1,
        breached=2,
        asks_kept=6,
        asks_breached=7,
        late_ms=11,
        elapsed_ms=12,
        silences_60=16,
        broken_60_by_responder=17,
        silences_300=18,
        broken_300_by_responder=19,
    )
    assert sample.asks_rate() == kept_rate(6, 7)
    many = Sample(waits=tuple(covered(*range(1_000, 101_000, 1_000))))
    assert many.quantile(50) == Quantile(ms=50_000)
    assert many.quantile(95) == Quantile(ms=95_000)


def test_waits_of_any_length_stay_in_order() -> None:
    live = Waits()
    for ms in (3_000, 70_000, 5_000_000_000, 1_000):
        live.add(ms)
    assert len(live) == 4
    assert live.longest() == Quantile(ms=5_000_000_000)
    assert [step.ms for step in live.steps()] == [1_000, 3_000, 70_000, 5_000_000_000]


def test_the_curve_steps_down_past_every_cut() -> None:
    told = [
        Wait(1, True),
        Wait(1, True),
        Wait(2, False),
        Wait(3, True),
        Wait(4, False),
        Wait(5, True),
    ]
    steps = list(Waits.of(told).steps())
    assert [(s.ms, s.at_risk, s.ended, s.cut) for s in steps] == [
        (1, 6, 2, 0),
        (2, 4, 0, 1),
        (3, 3, 1, 0),
        (4, 2, 0, 1),
        (5, 1, 1, 0),
    ]
    assert [s.surviving for s in steps] == pytest.approx([2 / 3, 2 / 3, 4 / 9, 4 / 9, 0.0])
    assert steps[-1].surviving == 0.0


LADDER = (
    RefundTerm(kept_below=90, min_turns=10, refund_percent=20),
    RefundTerm(kept_below=70, min_turns=10, refund_percent=100),
)


def account(**fields: object) -> SettlementFacts:
    return SettlementFacts(
        **{  # type: ignore[arg-type]
            "reason": "time",
            "served": True,
            "price_fen": 5_000,
            "paid_ms": 1_800_000,
            "unused_ms": 0,
            "late_ms": 0,
            "kept": 10,
            "breached": 0,
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("fields", "refund"),
    [
        ({}, 0),
        ({"unused_ms": 1}, 1),
        ({"unused_ms": 900_000, "reason": "responder"}, 2_500),
        ({"unused_ms": 900_000, "reason": "customer", "late_ms": 36_000}, 100),
        ({"served": False, "reason": "customer"}, 5_000),
        ({"reason": "no_show"}, 5_000),
        ({"kept": 9, "breached": 1}, 0),
        ({"kept": 8, "breached": 2}, 1_000),
        ({"kept": 8, "breached": 1}, 0),
        ({"kept": 6, "breached": 4, "unused_ms": 900_000}, 5_000),
        ({"kept": 0, "breached": 0}, 0),
        ({"unused_ms": 900_000, "reason": "responder", "paused_ms": 600_000}, 2_500),
        ({"unused_ms": 900_000, "reason": "responder", "paused_ms": 600_001}, 834),
        ({"unused_ms": 500_000, "reason": "responder", "paused_ms": 600_001}, 0),
        (
            {
                "unused_ms": 900_000,
                "reason": "responder",
                "paused_ms": 600_001,
                "late_ms": 360_000,
            },
            1_000,
        ),
        ({"unused_ms": 900_000, "reason": "relay", "paused_ms": 600_001}, 2_500),
    ],
)
def test_settlement(fields: dict[str, object], refund: int) -> None:
    assert settle(account(**fields), LADDER).refund_fen == refund


def test_a_settlement_names_its_two_parts() -> None:
    assert settle(account(served=False), LADDER) == Settlement(
        time_fen=5_000, terms_fen=0, refund_fen=5_000
    )
    both = account(kept=8, breached=2, unused_ms=900_000)
    assert settle(both, LADDER) == Settlement(time_fen=2_500, terms_fen=1_000, refund_fen=3_500)
    most = account(kept=6, breached=4, unused_ms=900_000)
    assert settle(most, LADDER) == Settlement(time_fen=2_500, terms_fen=5_000, refund_fen=5_000)
    anything = RefundTerm(kept_below=100, min_turns=0, refund_percent=100)
    assert not applies(anything, 0, 0)
    assert applies(anything, 0, 1)
