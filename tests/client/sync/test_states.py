"""The table of a session's sync, and the documentation that is made from it.

``python -m tests.client.sync.test_states`` writes the diagram anew.
"""

import pytest
from tests.client.state_table import diagram, draw, drawn, reachable

from miaohui.client.sync.states import (
    ATTACHED,
    RETRIED,
    TABLE,
    UNREAD,
    WORKING,
    SyncEvent,
    SyncState,
    after,
)

MAKER = "tests/client/sync/test_states.py"


def test_the_page_shows_the_table() -> None:
    assert drawn(MAKER) == diagram(TABLE, SyncState.UNKNOWN)


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert set(TABLE) == set(SyncState) == reachable(TABLE, SyncState.UNKNOWN, SyncEvent)


@pytest.mark.parametrize("state", SyncState)
def test_whatever_was_read_here_is_not_forgotten(state: SyncState) -> None:
    if state not in UNREAD:
        assert all(after(state, event) not in UNREAD for event in SyncEvent)


@pytest.mark.parametrize("state", sorted(WORKING))
def test_reading_ends(state: SyncState) -> None:
    assert after(state, SyncEvent.ENDED) not in WORKING


@pytest.mark.parametrize("state", SyncState)
def test_no_link_feeds_anything_after_it_changed(state: SyncState) -> None:
    assert after(state, SyncEvent.LINK) not in ATTACHED


@pytest.mark.parametrize("state", sorted(ATTACHED))
@pytest.mark.parametrize("event", [SyncEvent.GAP, SyncEvent.HANDED])
def test_what_has_a_gap_is_asked_for_anew(state: SyncState, event: SyncEvent) -> None:
    following = after(state, event)
    assert following in RETRIED or after(following, SyncEvent.WANTED) is SyncState.ATTACHING


def test_a_position_that_is_named_twice_is_asked_for() -> None:
    once = after(SyncState.LIVE, SyncEvent.AHEAD)
    assert once is SyncState.BEHIND
    assert after(once, SyncEvent.EVEN) is SyncState.LIVE
    assert after(after(once, SyncEvent.AHEAD), SyncEvent.WANTED) is SyncState.ATTACHING


if __name__ == "__main__":
    draw(MAKER, diagram(TABLE, SyncState.UNKNOWN))
