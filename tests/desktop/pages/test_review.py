"""The pause before a review: known from the end of the session, never longer than it is."""

from datetime import UTC, datetime, timedelta

import pytest

from miaohui.desktop.pages.review import pause_left

END = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("minutes", "left"), [(0, 60), (1, 59), (59, 1), (60, 0), (600, 0), (-30, 60)]
)
def test_what_is_left_of_the_pause(minutes: int, left: int) -> None:
    now = int((END + timedelta(minutes=minutes)).timestamp() * 1000)
    for text in (END.isoformat(), END.isoformat().replace("+00:00", "Z")):
        assert pause_left(text, HOUR, now) == left * 60_000


def test_a_relay_without_a_pause() -> None:
    assert pause_left(END.isoformat(), 0, int(END.timestamp() * 1000)) == 0
