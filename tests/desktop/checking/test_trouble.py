"""Which sentence stands above a run's results."""

import pytest
from msgspec.structs import replace
from tests.desktop.checking.sample import sample

from miaohui.desktop.checking.trouble import trouble_of

GONE, BACK = ("relay_gone", "refused", ""), ("relay_back", "after 9 s", "")


def test_a_run_without_trouble_has_no_sentence() -> None:
    assert trouble_of(sample(), live=False) == ""


@pytest.mark.parametrize(
    ("deviations", "live", "code"),
    [
        ((GONE,), True, "relay_away"),
        ((GONE,), False, "relay_gone"),
        ((GONE, BACK), True, ""),
        ((GONE, BACK, GONE), True, "relay_away"),
        ((GONE, BACK), False, ""),
    ],
)
def test_a_relay_that_is_gone(
    deviations: tuple[tuple[str, str, str], ...], code: str, *, live: bool
) -> None:
    results = replace(sample(running=True), deviations=deviations)
    assert trouble_of(results, live=live) == code


def test_a_relay_that_was_gone_at_the_end_of_a_finished_run_is_past() -> None:
    assert trouble_of(replace(sample(), deviations=(GONE,)), live=False) == ""


@pytest.mark.parametrize("reason", ["banned", "budget", "relay_gone"])
def test_why_slots_were_left_out(reason: str) -> None:
    results = sample()
    first, *rest = results.sessions
    skipped = replace(results, sessions=(replace(first, skipped=reason), *rest))
    assert trouble_of(skipped, live=False) == reason


def test_an_account_that_was_shut_out_in_its_last_session() -> None:
    results = sample()
    *rest, last = results.sessions
    assert trouble_of(
        replace(results, sessions=(*rest, replace(last, end_reason="banned"))), live=True
    ) == ("banned")
