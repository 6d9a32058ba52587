"""Festival dates: known ones, their order, and a source for each."""

import tomllib
from datetime import date

import pytest

from miaohui import resources
from miaohui.checks.plan import festivals


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("七夕", date(2026, 8, 19)),
        ("七夕", date(2027, 8, 8)),
        ("七夕", date(2028, 8, 26)),
        ("除夕", date(2026, 2, 16)),
        ("元宵", date(2026, 3, 3)),
        ("中秋", date(2026, 9, 25)),
        ("国庆", date(2026, 10, 7)),
        ("春节", date(2026, 2, 23)),
        ("Mid-Autumn Festival", date(2025, 10, 6)),
    ],
)
def test_known_dates(name: str, day: date) -> None:
    assert day in festivals.dates(name)


def test_days_off_that_were_announced_are_counted_whole() -> None:
    days = [day for day in festivals.dates("春节") if day.year == 2026]
    assert (len(days), days[0]) == (9, date(2026, 2, 15))
    assert sum(day.year == 2026 for day in festivals.dates("国庆")) == 7
    assert sum(day.year == 2025 for day in festivals.dates("国庆")) == 8


def test_every_festival_has_its_dates_in_order_and_a_known_source() -> None:
    raw = tomllib.loads(resources.path("festivals.toml").read_text(encoding="utf-8"))
    assert len(festivals.names()) == len(raw["festivals"]) >= 15
    for each in raw["festivals"]:
        found = festivals.dates(each["name"])
        assert list(found) == sorted(set(found))
        assert found[0].year == 2025
        assert set(each["source"]) <= set(raw["sources"])
        assert each["source"]


def test_the_eve_is_the_day_before_the_first() -> None:
    for eve in festivals.dates("除夕"):
        assert date.fromordinal(eve.toordinal() + 1) in festivals.dates("春节")


def test_an_unknown_one_has_no_dates() -> None:
    assert festivals.find("立秋") is None
    assert festivals.dates("立秋") == ()
