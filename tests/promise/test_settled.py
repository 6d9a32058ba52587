"""Turns in columns come back as they were."""

import pytest

from miaohui.promise.settled import SettledTurns
from miaohui.promise.turns import Severity, Turn, TurnAsks, TurnState

ONE = TurnAsks(1, 0)
TURNS = (
    Turn(10, 20, 10, TurnState.KEPT, None, (2,)),
    Turn(30, 15_000, 14_970, TurnState.BREACHED, Severity.LATE, (4, 5, 9)),
    Turn(15_000, 15_000, 0, TurnState.VOID, None, (11,)),
    Turn(20_000, 900_000, 880_000, TurnState.BREACHED, Severity.GONE, (12, 14)),
)


def test_turns_come_back_as_they_were() -> None:
    settled = SettledTurns()
    for at, turn in enumerate(TURNS):
        settled.append(turn, turn.asks[-1] + 1, TurnAsks(len(turn.asks), at))
    assert [settled.asks_of(at) for at in range(4)] == [(1, 0), (3, 1), (1, 2), (2, 3)]
    assert tuple(settled) == settled[:] == TURNS
    assert settled[1:3] == TURNS[1:3]
    assert settled[-1] == TURNS[-1]
    assert settled[-1:] == TURNS[-1:]
    assert [settled.end_seq(at) for at in range(4)] == [3, 10, 12, 15]
    with pytest.raises(IndexError):
        settled[4]


def test_a_turn_is_found_by_each_of_its_asks_and_by_nothing_else() -> None:
    settled = SettledTurns()
    for turn in TURNS:
        settled.append(turn, turn.asks[-1] + 1, ONE)
    found = {seq: settled.with_ask(seq) for seq in range(16)}
    assert found == {
        seq: next((turn for turn in TURNS if seq in turn.asks), None) for seq in range(16)
    }


def test_a_copy_goes_its_own_way() -> None:
    settled = SettledTurns()
    settled.append(TURNS[0], 3, ONE)
    twin = settled.copy()
    twin.append(TURNS[1], 10, TurnAsks(2, 1))
    assert (settled.asks_of(0), twin.asks_of(1)) == (ONE, (2, 1))
    assert (tuple(settled), tuple(twin)) == (TURNS[:1], TURNS[:2])


@pytest.mark.parametrize("length", range(6))
def test_what_is_cut_off_was_never_there(length: int) -> None:
    settled, other = SettledTurns(), SettledTurns()
    for turn in TURNS:
        settled.append(turn, turn.asks[-1] + 1, ONE)
    settled.cut(length)
    for turn in TURNS[:length]:
        other.append(turn, turn.asks[-1] + 1, ONE)
    for each in (settled, other):
        each.append(TURNS[3], 15, TurnAsks(2, 1))
    assert tuple(settled) == tuple(other) == (*TURNS[:length], TURNS[3])
    last = len(settled) - 1
    assert (settled.end_seq(last), settled.asks_of(last)) == (15, (2, 1))


def test_an_open_turn_is_not_settled() -> None:
    with pytest.raises(ValueError, match="not settled"):
        SettledTurns().append(Turn(10, None, 10, TurnState.OPEN, None, (2,)), 3, ONE)
