"""What is sent behind a command refused for now never overtakes it."""

from miaohui.relay.net.command_order import OWED_MS, Lanes
from miaohui.relay.ports import Refused
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code

FAULT = Refused(Code.RELAY_FAULT)


def test_those_behind_wait_until_it_comes_again() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    lanes.answered("a", FAULT, 1)
    assert not lanes.enter("s", "b", 2)
    assert lanes.enter("other", "c", 2)
    assert lanes.enter("s", "a", 1000)
    assert lanes.enter("s", "b", 1001)


def test_the_first_of_several_refused_is_the_one_owed() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    assert lanes.enter("s", "b", 0)
    lanes.answered("a", FAULT, 1)
    lanes.answered("b", FAULT, 1)
    assert not lanes.enter("s", "b", 2)
    assert lanes.enter("s", "a", 3)
    assert lanes.enter("s", "b", 4)


def test_what_is_refused_for_good_holds_up_nobody() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    lanes.answered("a", Refused(Code.TEXT_EMPTY), 1)
    assert lanes.enter("s", "b", 2)
    lanes.answered("b", Done(), 3)
    lanes.answered("b", FAULT, 3)
    assert lanes.enter("s", "c", 4)


def test_one_that_never_comes_again_is_not_waited_for_for_ever() -> None:
    lanes = Lanes()
    lanes.refused("s", "a", 0)
    assert not lanes.enter("s", "b", OWED_MS - 1)
    assert lanes.enter("s", "b", OWED_MS)


def test_all_that_were_refused_come_again_in_their_order() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    lanes.answered("a", FAULT, 1)
    assert not lanes.enter("s", "b", 2)
    assert lanes.enter("s", "a", 3)
    assert not lanes.enter("s", "c", 4)
    lanes.answered("a", FAULT, 5)  # and once more
    assert not lanes.enter("s", "b", 6)
    assert lanes.enter("s", "a", 7)
    assert lanes.enter("s", "b", 8)
    assert lanes.enter("s", "c", 9)


def test_a_command_that_comes_twice_keeps_its_place() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    assert lanes.enter("s", "a", 0)
    assert lanes.enter("s", "b", 0)
    for id in ("a", "a", "b"):
        lanes.answered(id, FAULT, 1)
    assert not lanes.enter("s", "b", 2)
    assert lanes.enter("s", "a", 3)
    assert lanes.enter("s", "a", 3)
    assert lanes.enter("s", "b", 4)


def test_what_was_refused_once_and_carried_out_the_second_time_is_not_owed() -> None:
    lanes = Lanes()
    assert lanes.enter("s", "a", 0)
    assert lanes.enter("s", "a", 0)
    lanes.answered("a", FAULT, 1)
    assert not lanes.enter("s", "b", 2)
    lanes.answered("a", Done(), 3)
    assert lanes.enter("s", "b", 4)


def test_what_was_said_to_an_order_stays_before_what_was_said_to_its_session() -> None:
    lanes = Lanes()
    for lane, id in (("order", "a"), ("order", "b"), ("session", "c")):
        assert lanes.enter(lane, id, 0)
    for id in ("a", "b", "c"):
        lanes.answered(id, FAULT, 1)
    # All come again to the session; the disk is full once more for the first.
    assert lanes.enter("session", "a", 2)
    lanes.answered("a", FAULT, 3)
    assert not lanes.enter("session", "c", 4)
    assert lanes.enter("session", "a", 5)
    assert lanes.enter("session", "b", 6)
    assert lanes.enter("session", "c", 7)
    assert lanes.enter("order", "d", 8)


def test_what_moves_to_where_nothing_is_owed_just_comes_in() -> None:
    lanes = Lanes()
    assert lanes.enter("order", "a", 0)
    lanes.answered("a", FAULT, 1)
    assert lanes.enter("session", "a", 2)
    assert lanes.enter("order", "b", 3)


def test_what_is_owed_under_both_addresses_is_owed_once() -> None:
    lanes = Lanes()
    assert lanes.enter("order", "a", 0)
    lanes.answered("a", FAULT, 1)
    lanes.refused("session", "a", 2)
    assert lanes.enter("session", "a", 3)
    lanes.done("a")
    assert lanes.enter("session", "b", 4)
