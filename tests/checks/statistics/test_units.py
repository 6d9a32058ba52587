"""A session counted three ways, and whether the ways agree."""

import random
from dataclasses import dataclass

from miaohui.checks.plan.plan import Unit
from miaohui.checks.statistics.units import counts_of, differing


@dataclass(frozen=True)
class Session:
    kept: int
    breached: int
    asks_kept: int
    asks_breached: int
    late_ms: int
    elapsed_ms: int


def test_each_unit_counts_its_own() -> None:
    session = Session(8, 1, 10, 4, 60_001, 300_000)
    assert counts_of(session, Unit.TURNS) == (8, 1)
    assert counts_of(session, Unit.MESSAGES) == (10, 4)
    assert counts_of(session, Unit.LATE_SHARE) == (239, 61)


def test_one_stall_of_three_minutes_in_most_sessions_is_one_turn_and_a_fifth_of_the_time() -> None:
    draws = random.Random(1)
    stalled = [
        Session(19 - (k := draws.randrange(2)), 1 + k, 19, 2 + k, 180_000, 900_000)
        for _ in range(10)
    ]
    assert (Unit.TURNS, Unit.LATE_SHARE) in differing(stalled)


def test_what_chance_explains_is_no_difference() -> None:
    draws = random.Random(2)
    alike = []
    for _ in range(12):
        late = draws.randrange(3)
        alike.append(Session(20 - late, late, 20 - late, late, late * 45_000, 900_000))
    assert differing(alike) == ()
    assert differing(alike[:1]) == ()
    assert differing([]) == ()
    assert differing([Session(5, 0, 5, 0, 0, 60_000)] * 4) == ()
