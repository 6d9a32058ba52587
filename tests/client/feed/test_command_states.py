"""The table of the outbox, and the documentation that is made from it.

``python -m tests.client.feed.test_command_states`` writes the diagram anew.
"""

import pytest
from tests.client.state_table import diagram, draw, drawn, reachable

from miaohui.client.feed.command_states import (
    PASSED,
    TABLE,
    UNSENT,
    CommandEvent,
    CommandState,
    after,
)

MAKER = "tests/client/feed/test_command_states.py"


def test_the_page_shows_the_table() -> None:
    assert drawn(MAKER) == diagram(TABLE, CommandState.WRITING)


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert set(TABLE) == set(CommandState) == reachable(TABLE, CommandState.WRITING, CommandEvent)


@pytest.mark.parametrize("state", CommandState)
def test_only_what_is_durable_and_ready_goes_onto_the_link(state: CommandState) -> None:
    went = after(state, CommandEvent.WENT)
    assert (went is CommandState.SENT) == (state in (CommandState.READY, CommandState.SENT))


@pytest.mark.parametrize("state", CommandState)
def test_the_link_changes_only_what_is_on_it(state: CommandState) -> None:
    for event in (CommandEvent.CUT, CommandEvent.PUT_OFF):
        sent = state is CommandState.SENT
        assert after(state, event) is (CommandState.READY if sent else state)


@pytest.mark.parametrize("event", CommandEvent)
def test_what_was_accepted_stays_so(event: CommandEvent) -> None:
    assert after(CommandState.ACCEPTED, event) is CommandState.ACCEPTED


def test_nothing_becomes_unwritten_and_what_holds_up_nobody_is_not_on_its_way() -> None:
    for state in CommandState:
        if state is not CommandState.WRITING:
            assert CommandState.WRITING not in TABLE[state].values()
    assert CommandState.SENT not in PASSED | UNSENT


if __name__ == "__main__":
    draw(MAKER, diagram(TABLE, CommandState.WRITING))
