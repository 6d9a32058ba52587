"""The numbers to call: their dates hold, and a host's bad file is one sentence."""

from datetime import date

import pytest

from miaohui import resources
from miaohui.care.lines import Audience, LinesError, national, overdue, read, shown
from miaohui.care.rules import rules
from miaohui.runtime.clock import SystemClock

TODAY = date.fromtimestamp(SystemClock().utc_ms() / 1000)
OWN = """
format = "lines/1"
[[lines]]
number = "010-8888 1234"
for = "anyone"
chinese = "本地心理热线"
english = "local help line"
hours_zh = "8:00 到 22:00"
hours_en = "8:00 to 22:00"
always = false
source = "市卫健委网站"
checked = 2026-01-01
review = 2027-01-01
"""


def test_no_line_is_released_past_its_review() -> None:
    assert not overdue(national(), TODAY), "look the numbers up anew, then move their dates"
    assert rules().review >= TODAY


def test_12356_is_shown_with_its_hours() -> None:
    first = national()[0]
    assert first.number == "12356"
    assert "至少 18 小时" in first.hours_zh
    assert all(line.source for line in national())


def numbers(local: str = "", hour: int = 12, *, danger: bool = False, today: date = TODAY) -> str:
    lines = read(local.encode()) if local else ()
    return " ".join(each.number for each in shown(lines, today=today, hour=hour, danger=danger))


def test_at_night_and_in_danger_110_and_120_come_first() -> None:
    assert numbers() == "12356 110 120 12355"
    assert numbers(hour=1) == "110 120 12356 12355"
    assert numbers(danger=True) == "110 120 12356 12355"
    assert numbers(hour=6) == "12356 110 120 12355"


def test_local_lines_stand_beside_the_national_ones_until_their_review() -> None:
    day = date(2027, 1, 1)
    assert numbers(OWN, today=day).endswith("010-8888 1234")
    assert numbers(OWN, today=date(2027, 1, 2)) == "12356 110 120 12355"


def test_whom_a_line_is_for() -> None:
    assert {each.audience for each in national()} == set(Audience)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        'format = "lines/2"',
        'format = "lines/1"',
        OWN.replace("010-8888 1234", "call me"),
        OWN.replace("2027-01-01", '"soon"'),
        OWN.replace("review = 2027", "review = 2025"),
        OWN.replace('for = "anyone"', 'for = "all"'),
        OWN.replace("always = false", "always = 0"),
        OWN.replace("本地心理热线", "a\\u0007b"),
        OWN.replace("本地心理热线", "长" * 61),
        OWN + 'colour = "red"',
        OWN + OWN.replace('format = "lines/1"', "") * 6,
    ],
)
def test_a_bad_file_is_one_sentence(text: str) -> None:
    with pytest.raises(LinesError) as told:
        read(text.encode())
    assert str(told.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(LinesError):
        read(b"\xff\xfe")


def test_the_national_file_has_the_hosts_form() -> None:
    assert read(resources.path("care", "lines-1.toml").read_bytes()) == national()
