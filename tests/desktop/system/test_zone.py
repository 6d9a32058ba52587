"""The hour of the day in a zone by its name."""

from miaohui.desktop.system.zone import hour_in, zone_name

NOON_MS = 1_787_140_800_000  # 2026-08-19, 12:00 UTC
HALF_A_YEAR_MS = 122 * 86_400_000


def test_hours_are_of_the_zone_that_is_named() -> None:
    assert hour_in("Asia/Shanghai", NOON_MS) == 20
    assert hour_in("UTC", NOON_MS) == 12
    # In summer and in winter.
    assert hour_in("Europe/Paris", NOON_MS) == 14
    assert hour_in("Europe/Paris", NOON_MS + HALF_A_YEAR_MS) == 13


def test_what_is_no_zone_is_this_machines() -> None:
    assert hour_in("Atlantis/Main", NOON_MS) == hour_in(None, NOON_MS)
    name = zone_name()
    if name is not None:
        assert hour_in(name, NOON_MS) == hour_in(None, NOON_MS)
