"""The quiet hours of notifications."""

import pytest

from miaohui.desktop.notices.outside import is_hushed


@pytest.mark.parametrize(
    ("hour", "begins", "ends", "hushed"),
    [
        *((hour, 0, 0, False) for hour in (0, 12, 23)),
        *((hour, 9, 9, False) for hour in (8, 9, 10)),
        (22, 23, 7, False),
        (23, 23, 7, True),
        (0, 23, 7, True),
        (6, 23, 7, True),
        (7, 23, 7, False),
        (12, 12, 14, True),
        (14, 12, 14, False),
    ],
)
def test_quiet_hours_go_over_midnight(hour: int, begins: int, ends: int, *, hushed: bool) -> None:
    assert is_hushed(hour, begins, ends) is hushed
