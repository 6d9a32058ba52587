"""The Qixi evening, eight times the orders within an hour: the promise is kept as on any evening."""

import asyncio
from pathlib import Path

from tests.relay.orders.festival import CROWD, evenings


def test_a_festival_keeps_what_an_ordinary_evening_keeps(tmp_path: Path) -> None:
    (ordinary, festival), _ = asyncio.run(evenings(tmp_path, 1, (1.0, CROWD), pace=0.12))
    assert festival.orders > 2 * ordinary.orders
    assert abs(festival.kept_percent - ordinary.kept_percent) <= 3
    assert festival.longer_percent <= 12
    assert ordinary.beyond == festival.beyond == []
    assert festival.unserved == 0
    assert festival.sold == festival.sessions
