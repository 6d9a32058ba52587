"""The table of a session's sync, and the documentation that is made from it.

``python -m tests.client.sync.test_states`` writes the diagram anew.
"""

from itertools import product
from pathlib import Path

import pytest

from miaohui.client.sync.states import (
    ATTACHED,
    RETRIED,
    TABLE,
    UNREAD,
    WORKING,
    SyncEvent,
    SyncState,
    after,
    diagram,
)

DOCS = Path(__file__).parents[3] / "docs" / "architecture.md"
BEGIN, END = "<!-- made by tests/client/sync/test_states.py -->\n```mermaid\n", "\n```\n"


def drawn() -> str:
    return DOCS.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def draw() -> None:
    """Puts the table's diagram into the page."""
    before, mark, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    DOCS.write_text(before + mark + diagram() + END + rest.partition(END)[2], encoding="utf-8")


def test_the_page_shows_the_table() -> None:
    assert drawn() == diagram()


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert set(TABLE) == set(SyncState)
    reached, found = set(), {SyncState.UNKNOWN}
    while found - reached:
        reached |= found
        found = {after(state, event) for state, event in product(reached, SyncEvent)}
    assert reached == set(SyncState)


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
    draw()
