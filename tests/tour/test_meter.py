"""The meter: gaps between beats are blocks, the tour's own work is none."""

import sys

import pytest
from tests.tour.meter import Meter, place_of

MS = 1_000_000


class Hands:
    """Two clocks moved by hand."""

    def __init__(self) -> None:
        self.wall = self.cpu = MS

    def pass_(self, wall_ms: int, cpu_ms: int) -> None:
        self.wall += wall_ms * MS
        self.cpu += cpu_ms * MS


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def meter(qapp: object, hands: Hands) -> Meter:
    return Meter(lambda: hands.wall, lambda: hands.cpu)


def test_a_gap_is_a_block_with_its_own_share(meter: Meter, hands: Hands) -> None:
    meter.beat()
    meter.step = "search"
    hands.pass_(6, 1)
    meter.beat()
    hands.pass_(85, 60)
    meter.beat()
    hands.pass_(205, 3)
    meter.beat()
    assert [(one.ms, one.own_ms, one.step) for one in meter.blocks] == [
        (80.0, 60.0, "search"),
        (200.0, 3.0, "search"),
    ]
    longest = meter.longest()
    assert longest is not None
    assert longest.own_ms == 60.0


def test_what_the_tour_does_itself_does_not_count(meter: Meter, hands: Hands) -> None:
    meter.beat()
    with meter.aside():
        hands.pass_(500, 500)
    hands.pass_(6, 1)
    meter.beat()
    assert meter.blocks == []
    assert meter.longest() is None


def test_tells_where_only_of_our_own_code(qapp: object) -> None:
    here = sys._getframe()
    assert place_of(here) == "" or "test_meter.py" in place_of(here)
