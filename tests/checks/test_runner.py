"""When a run is not begun at all."""

import pytest

from miaohui.checks.run.runner import DIAL_MS, FIRST_MS, hopeless
from miaohui.client.snapshots import LinkState


@pytest.mark.parametrize(
    ("link", "waited", "so"),
    [
        (LinkState.CONNECTING, 0, False),
        (LinkState.CONNECTING, FIRST_MS, False),  # a busy relay answers late
        (LinkState.CONNECTING, FIRST_MS + 1, True),
        (LinkState.OFFLINE, DIAL_MS, False),  # it may be starting
        (LinkState.OFFLINE, DIAL_MS + 1, True),
        (LinkState.REFUSED, 0, True),
        (LinkState.LIVE, DIAL_MS + 1, False),
    ],
)
def test_a_relay_that_is_not_there_and_one_that_is_slow(
    link: LinkState, waited: int, *, so: bool
) -> None:
    assert hopeless(link, waited) is so
