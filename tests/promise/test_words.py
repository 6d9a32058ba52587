"""The words of a figure: what is shown, digit for digit."""

import pytest

from miaohui.promise import words
from miaohui.promise.figures import Quantile, kept_rate


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0.0 s"), (1, "0.1 s"), (10_000, "10.0 s"), (10_001, "10.1 s"), (35_200, "35.2 s")],
)
def test_seconds_are_rounded_up(ms: int, text: str) -> None:
    assert words.seconds(ms) == text
    assert words.quantile(Quantile(ms=ms)) == text
    assert words.quantile(Quantile(ms=ms, at_least=True)) == f"≥ {text}"


def test_few_turns_show_no_percentage() -> None:
    assert words.kept(kept_rate(17, 2)) == "17 / 19"
    assert words.kept(kept_rate(18, 2)) == "90.0% (69.8–97.3)"
    assert words.kept(kept_rate(0, 0)) == words.quantile(Quantile(ms=None)) == "–"
    assert words.lower_bound(kept_rate(18, 2)) == "≥ 69.8%"
    assert words.lower_bound(kept_rate(17, 2)) == "17 / 19"


def test_a_hundred_is_said_of_no_record_with_a_breach() -> None:
    assert words.kept(kept_rate(9_999, 1)).startswith("99.9% (99.9–100.0)")
    assert words.kept(kept_rate(20, 0)) == "100.0% (83.8–100.0)"


def test_intervals_round_outward() -> None:
    for kept in range(61):
        rate = kept_rate(kept, 60 - kept)
        low, high = words.kept(rate).split("(")[1].rstrip(")").split("–")
        assert 0 <= rate.low * 100 - float(low) < 0.1
        assert 0 <= float(high) - rate.high * 100 < 0.1


def test_shares() -> None:
    assert words.share(0, 1_000) == "0.0%"
    assert words.share(1, 1_000_000) == "0.1%"
    assert words.share(373, 1_000) == "37.3%"
    assert words.share(0, 0) == "–"
    assert words.initiative(3, 4) == "3 / 4"
    assert words.initiative(15, 20) == "75.0%"
    assert words.initiative(0, 0) == "–"
    assert words.yuan(1_205) == "¥12.05"


def test_offers_and_no_shows() -> None:
    assert words.accepted(0, 0) == words.no_shows(0, 0) == words.initiative(0, 0) == "–"
    assert words.accepted(12, 1) == words.initiative(12, 13) == "12 / 13"
    assert words.accepted(18, 1) == "18 / 19"
    assert words.accepted(19, 1) == words.initiative(19, 20) == "95.0%"
    assert words.no_shows(1, 19) == "1 / 19"
    assert words.no_shows(1, 20) == "5.0%"
    # Rounded against whom it flatters: up where it blames, down where it praises.
    assert (words.no_shows(1, 30), words.accepted(29, 1)) == ("3.4%", "96.6%")
    assert (words.share(0, 0), words.share(0, 9), words.share(1, 10_000)) == ("–", "0.0%", "0.1%")
