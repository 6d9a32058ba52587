"""Figures: intervals, quantiles, shares, what is shown, and how samples merge."""

import pytest

from miaohui.promise.figures import (
    Sample,
    Wait,
    kaplan_meier,
    kept_rate,
    seconds_text,
    show_seconds_tenths,
)
from miaohui.promise.settlement import Account, settle
from miaohui.wire.journal import RefundTerm


def test_wilson_against_known_values() -> None:
    rate = kept_rate(81, 263 - 81)  # Newcombe (1998), table I
    assert (round(rate.low, 4), round(rate.high, 4)) == (0.2553, 0.3662)
    rate = kept_rate(0, 20)
    assert (rate.low, round(rate.high, 4)) == (0.0, 0.1611)
    rate = kept_rate(29, 0)
    assert (round(rate.low, 4), rate.high) == (0.8830, 1.0)
    assert (kept_rate(0, 0).low, kept_rate(0, 0).high) == (0.0, 1.0)


def test_few_turns_show_no_percentage() -> None:
    assert kept_rate(18, 1).text == "18 / 19"
    assert kept_rate(18, 2).text.startswith("90.0 % (")
    assert kept_rate(9_999, 1).text.startswith("99.9 % (")


def test_many_turns_outrank_few_perfect_ones() -> None:
    assert kept_rate(95, 5).low > kept_rate(5, 0).low


@pytest.mark.parametrize(
    ("ms", "tenths", "text"),
    [(0, 0, "0.0 s"), (1, 1, "0.1 s"), (10_000, 100, "10.0 s"), (10_001, 101, "10.1 s")],
)
def test_seconds_are_rounded_up(ms: int, tenths: int, text: str) -> None:
    assert show_seconds_tenths(ms) == tenths
    assert seconds_text(ms) == text


def covered(*waits: int) -> list[Wait]:
    return [Wait(ms, covered=True) for ms in waits]


def test_the_median_of_covered_waits() -> None:
    assert kaplan_meier(covered(*range(1_000, 11_000, 1_000)), 0.5).text == "5.0 s"


def test_censored_waits_count_as_lower_bounds() -> None:
    waits = [*covered(1_000, 2_000, 3_000, 4_000), *(Wait(3_500, covered=False),) * 4]
    # Half of eight are gone by 4 s only if the censored ones are thought to wait longer.
    assert kaplan_meier(waits, 0.5).text == "4.0 s"
    assert kaplan_meier([*waits, Wait(9_000, covered=False)], 0.9).text == ">= 4.0 s"
    assert kaplan_meier([Wait(8_000, covered=False)], 0.5).text == ">= 8.0 s"
    assert kaplan_meier([], 0.5).text == "-"


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
    assert both.longest_ms == 30_000
    assert both.kept_rate().text == "2 / 3"
    assert both.late_share == pytest.approx(0.2)
    assert both.initiative_60 == pytest.approx(0.75)
    assert both.initiative_300 is None
    assert Sample.merged([]).late_share is None


LADDER = (
    RefundTerm(kept_below=90, min_turns=10, refund_percent=20),
    RefundTerm(kept_below=70, min_turns=10, refund_percent=100),
)


def account(**fields: object) -> Account:
    return Account(
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
    ],
)
def test_settlement(fields: dict[str, object], refund: int) -> None:
    assert settle(account(**fields), LADDER).refund_fen == refund
