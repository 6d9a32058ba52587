"""Festival dates: known ones, their order, and a source for each."""

import tomllib
from datetime import date, timedelta

import ephem
import pytest
from borax.calendars.lunardate import LunarDate
from lunar_python import Lunar

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


# The Chinese calendar's month and day of each.
LUNAR = {
    "元宵": (1, 15),
    "七夕": (7, 7),
    "重阳": (9, 9),
    "春节": (1, 1),
    "端午": (5, 5),
    "中秋": (8, 15),
}
YEARS = range(2026, 2032)


def by_table(year: int, month: int, day: int) -> date:
    found: date = LunarDate(year, month, day).to_solar_date()
    return found


def by_rule(year: int, month: int, day: int) -> date:
    found = Lunar.fromYmd(year, month, day).getSolar()
    return date(found.getYear(), found.getMonth(), found.getDay())


def by_the_moon(year: int, month: int, day: int) -> date:
    """The day counted from the new moon that the table's month begins with, in Beijing."""
    first = by_table(year, month, 1)
    moon = ephem.next_new_moon(ephem.Date((first - timedelta(days=3)).isoformat()))
    return ephem.Date(moon + 8 * ephem.hour).datetime().date() + timedelta(days=day - 1)


@pytest.mark.parametrize("name", LUNAR)
def test_two_calendars_and_the_moon_agree_with_the_table(name: str) -> None:
    for year in YEARS:
        month, day = LUNAR[name]
        days = {way(year, month, day) for way in (by_table, by_rule, by_the_moon)}
        assert len(days) == 1, (name, year, days)
        assert days <= set(festivals.dates(name)), (name, year, days)


def test_a_new_moon_near_midnight_is_counted_by_beijings_clock() -> None:
    for year, day, hour, zone, theirs in (
        (2027, date(2027, 2, 6), "23:56", 9, date(2027, 2, 7)),  # Korea's calendar
        (2030, date(2030, 2, 3), "00:07", 7, date(2030, 2, 2)),  # Vietnam's
    ):
        moon = ephem.next_new_moon(f"{year}/1/25")
        here = ephem.Date(moon + 8 * ephem.hour).datetime()
        assert (here.date(), f"{here:%H:%M}") == (day, hour)
        assert day in festivals.dates("春节")
        there = ephem.Date(moon + zone * ephem.hour).datetime().date()
        assert there == theirs
        assert there not in festivals.dates("春节")


def test_every_year_has_every_festival_that_needs_no_notice() -> None:
    for name in festivals.names():
        years = {day.year for day in festivals.dates(name)}
        assert name == "清明" or years >= set(YEARS), name


def test_an_unknown_one_has_no_dates() -> None:
    assert festivals.find("立秋") is None
    assert festivals.dates("立秋") == ()
