"""Two hours on end: sessions that follow each other count as one."""

import pytest

from miaohui.desktop.notices.rest import REST_MS, on_end_ms
from miaohui.runtime.clock import rfc3339
from miaohui.wire.sessions import SessionCard

NOW = 1_800_000_000_000
MIN = 60_000


def card(opened_min: int, closed_min: int | None) -> SessionCard:
    closed = None if closed_min is None else rfc3339(NOW - closed_min * MIN)
    return SessionCard(
        session=f"s{opened_min}",
        order="o",
        shop="shop",
        shop_name="店",
        peer_name="云朵",
        minutes=30,
        state="open" if closed is None else "closed",
        opened_utc=rfc3339(NOW - opened_min * MIN),
        head=1,
        last_utc=rfc3339(NOW),
        closed_utc=closed,
    )


@pytest.mark.parametrize(
    ("cards", "minutes"),
    [
        ([], 0),
        ([card(300, 10)], 0),  # nothing is open
        ([card(50, None)], 50),
        ([card(50, None), card(130, 60)], 130),
        ([card(50, None), card(130, 66)], 50),  # a break of sixteen minutes
        ([card(50, None), card(100, 52), card(170, 110)], 170),
        ([card(20, None), card(200, None)], 200),
    ],
)
def test_how_long_on_end(cards: list[SessionCard], minutes: int) -> None:
    assert on_end_ms(cards, NOW) == minutes * MIN
    assert REST_MS == 120 * MIN
