"""Slots: the quotas, within the strata's hours, never more at once than lanes, the same by the seed."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from miaohui.checks.plan.plan import Claim, Day, Plan, Probe, ProbeKind, Scope, Stratum
from miaohui.checks.plan.schedule import (
    DAY_MS,
    MIN_MS,
    Drawn,
    TargetWanted,
    draw,
    session_ms,
    windows,
)

NOW = 1_795_392_000_000  # 2026-11-23, a Monday, 00:00 UTC
SHANGHAI = 480


def plan(
    *strata: Stratum, days: int = 0, parallel: int = 2, seed: int = 1, accounts: int = 0
) -> Plan:
    quota = sum(stratum.quota for stratum in strata)
    scope = Scope(("a", "b"), (), quota, 15, 10**6, parallel=parallel, days=days, accounts=accounts)
    probe = Probe(ProbeKind.PLAIN, 1, texts=("x",))
    return Plan("p", Claim("c", 0.9, 0.95, 0.85), scope, strata, (probe,), seed=seed)


def never(name: str, day: date) -> bool:
    return False


def local(ms: int, offset: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC) + timedelta(minutes=offset)


def targets(offset: int = SHANGHAI, *, trial: bool = False) -> list[TargetWanted]:
    return [TargetWanted("a", "shop-a", offset, trial), TargetWanted("b", "shop-b", offset, trial)]


def at_once(found: list[Drawn], takes: int) -> int:
    starts = [each.at_utc_ms for each in found]
    return max((sum(0 <= at - other < takes for other in starts) for at in starts), default=0)


EVENING = Stratum("evening", 20 * 60, 2 * 60, 3)
MORNING = Stratum("morning", 8 * 60, 11 * 60, 2)
STRATA = (EVENING, MORNING)


@settings(max_examples=20)
@given(
    st.integers(0, 2**53),
    st.integers(0, 30),
    st.integers(1, 4),
    st.integers(-720, 840),
    st.integers(0, 14 * DAY_MS),
)
def test_every_slot_lies_in_its_stratum(
    seed: int, days: int, parallel: int, offset: int, later: int
) -> None:
    made = plan(*STRATA, days=days, parallel=parallel, seed=seed)
    found = draw(made, targets(offset), NOW + later, never)
    assert Counter((each.target, each.stratum) for each in found) == {
        (target, stratum.name): stratum.quota for target in (0, 1) for stratum in STRATA
    }
    takes = session_ms(made)
    for each in found:
        assert NOW + later <= each.at_utc_ms <= each.until_utc_ms
        hour = local(each.at_utc_ms, offset).hour
        assert (hour >= 20 or hour < 2) if each.stratum == "evening" else 8 <= hour < 11
    if days == 0:
        assert at_once(found, takes) <= parallel
    assert found == draw(made, targets(offset), NOW + later, never)


def test_another_seed_draws_otherwise() -> None:
    one, other = (draw(plan(*STRATA, seed=seed), targets(), NOW, never) for seed in (1, 2))
    assert [(e.target, e.stratum) for e in one] != [(e.target, e.stratum) for e in other]


def test_as_soon_as_possible_begins_now_and_fills_its_lanes() -> None:
    made = plan(Stratum("any", 0, 1440, 4), parallel=2)
    # Ten minutes before the shop's midnight: the day's end is no end where the next follows.
    late = NOW + 16 * 60 * MIN_MS - 10 * MIN_MS
    found = draw(made, targets(), late, never)
    assert found[0].at_utc_ms - late <= 3_000
    assert found[-1].at_utc_ms - late <= 3 * (session_ms(made) + 3_000)
    assert Counter(each.account for each in found) == {0: 4, 1: 4}


def test_spread_over_days_each_day_as_often_as_the_others() -> None:
    found = draw(plan(Stratum("any", 0, 1440, 10), days=5, parallel=4), targets(), NOW, never)
    days = Counter((e.target, local(e.at_utc_ms, SHANGHAI).date()) for e in found)
    assert set(days.values()) == {2}
    assert all(each.until_utc_ms - each.at_utc_ms <= 30 * MIN_MS for each in found)


def test_weekdays_weekends_and_festivals() -> None:
    strata = (
        Stratum("week", 600, 720, 3, Day.WEEKDAY),
        Stratum("end", 600, 720, 3, Day.WEEKEND),
        Stratum("feast", 600, 720, 2, Day.FESTIVAL, "元宵"),
    )
    feast = date(2027, 2, 20)
    found = draw(plan(*strata, days=4), targets(), NOW, lambda n, d: (n, d) == ("元宵", feast))
    for each in found:
        day = local(each.at_utc_ms, SHANGHAI).date()
        match each.stratum:
            case "week":
                assert day.weekday() < 5
            case "end":
                assert day.weekday() >= 5
            case _:
                assert day == feast
    assert len(found) == 16


def test_a_festival_that_never_comes_has_no_slots() -> None:
    strata = (Stratum("feast", 0, 1440, 2, Day.FESTIVAL, "x"), Stratum("any", 0, 1440, 1))
    for days in (0, 3):
        found = draw(plan(*strata, days=days), targets(), NOW, never)
        assert [each.stratum for each in found] == ["any", "any"]


def test_a_trial_is_bought_by_accounts_that_are_new_there() -> None:
    found = draw(plan(Stratum("any", 0, 1440, 5)), targets(trial=True), NOW, never)
    pairs = [(each.account, each.target) for each in found]
    assert len(set(pairs)) == len(pairs) == 10


def test_a_window_that_runs_already() -> None:
    at = NOW + 17 * 60 * MIN_MS  # 01:00 in Shanghai: yesterday's evening still runs
    first = next(iter(windows(EVENING, SHANGHAI, at, never)))
    assert (first.from_ms, first.to_ms) == (at, at + 60 * MIN_MS)
