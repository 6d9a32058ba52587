"""The verdict's error rates, in short: the long run is ``python -m tests.checks.error_rates``."""

import random
from dataclasses import replace

import pytest
from tests.checks.error_rates import CLAIM, TURNS, at, main, needed, simulate, verdict_of
from tests.checks.simulated_shop import PROMISE_MS, SimulatedShop, journal

from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.verdicts import follow
from miaohui.promise.fold import Fold

SHORT = 600


def test_the_fold_of_a_simulated_session_counts_what_was_drawn() -> None:
    draws = random.Random(5)
    shop = SimulatedShop(0.8, 0.1, (1, 5, 12))
    for _ in range(30):
        waits = shop.waits(draws)
        fold = Fold()
        for entry in journal(waits, draws):
            fold.apply(entry)
        figures = fold.figures(fold.last_t)
        kept = sum(wait <= PROMISE_MS for wait in waits)
        assert (figures.kept, figures.breached) == (kept, len(waits) - kept)
        assert [turn.wait for turn in figures.turns] == waits


def test_a_simulated_shop_keeps_what_it_is_said_to_keep() -> None:
    draws = random.Random(6)
    shop = SimulatedShop(0.9, 0.1, (12,))
    counted = shop.beta_binomial(draws, 8000)
    folded = [shop.folded(draws) for _ in range(120)]
    assert sum(kept for kept, _ in counted) / (8000 * 12) == pytest.approx(0.9, abs=0.005)
    assert sum(kept for kept, _ in folded) / (120 * 12) == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(("truth", "looks"), [(0.85, 1), (0.9, 1), (0.9, 3), (0.95, 1)])
def test_error_rates_are_what_the_plan_claims(truth: float, looks: int) -> None:
    claim = replace(CLAIM, looks=looks)
    case = at("short", claim, truth, claim.icc, needed(CLAIM), (TURNS,))
    rates = simulate(case, seed=11, count=SHORT, folded=4)
    assert rates.broken(case) == ""
    assert sum(rates.counts.values()) == SHORT


def test_turns_more_alike_than_planned_are_noticed() -> None:
    # With the plan's own ICC alone, and four times that in truth, a fifth of the verdicts would be
    # wrong at the threshold; the ICC that was found takes nearly all of them back.
    blind = at("short", replace(CLAIM, icc=0.0), 0.9, 0.2, 80, (TURNS,))
    found = simulate(blind, seed=3, count=SHORT, folded=0)
    assert found.rate(ClaimVerdict.MET) + found.rate(ClaimVerdict.NOT_MET) < 0.14


def test_a_broken_claim_is_told() -> None:
    case = at("short", CLAIM, 0.9, 0.05, 38, (TURNS,))
    # Held to half of what it is: as though the plan claimed alpha .01.
    strict = replace(case, most=0.005)
    assert "claimed" in simulate(strict, seed=1, count=800, folded=0).broken(strict)


def test_a_run_is_followed_as_it_is_simulated() -> None:
    claim = replace(CLAIM, looks=4)
    draws = random.Random(8)
    shop = SimulatedShop(0.86, 0.05, (TURNS,))
    for _ in range(25):
        sessions = shop.beta_binomial(draws, 30)
        assert follow(claim, sessions, 30, over=True).verdict is verdict_of(claim, sessions)


def test_a_table_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clustered", "--count", "2", "--folded", "0"]) in (0, 1)  # two plans prove nothing
    assert capsys.readouterr().out.count("| 0.9 |") == 40
