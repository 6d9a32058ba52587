"""What is sent behind a command refused for now never overtakes it."""

from miaohui.relay.net.command_order import OWED_MS, CommandOrder
from miaohui.relay.ports import Refused
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code

FAULT = Refused(Code.RELAY_FAULT)


def test_those_behind_wait_until_it_comes_again() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    order.answered("a", FAULT, 1)
    assert not order.enter("s", "b", 2)
    assert order.enter("other", "c", 2)
    assert order.enter("s", "a", 1000)
    assert order.enter("s", "b", 1001)


def test_the_first_of_several_refused_is_the_one_owed() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    assert order.enter("s", "b", 0)
    order.answered("a", FAULT, 1)
    order.answered("b", FAULT, 1)
    assert not order.enter("s", "b", 2)
    assert order.enter("s", "a", 3)
    assert order.enter("s", "b", 4)


def test_what_is_refused_for_good_holds_up_nobody() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    order.answered("a", Refused(Code.TEXT_EMPTY), 1)
    assert order.enter("s", "b", 2)
    order.answered("b", Done(), 3)
    order.answered("b", FAULT, 3)
    assert order.enter("s", "c", 4)


def test_one_that_never_comes_again_is_not_waited_for_for_ever() -> None:
    order = CommandOrder()
    order.refused("s", "a", 0)
    assert not order.enter("s", "b", OWED_MS - 1)
    assert order.enter("s", "b", OWED_MS)


def test_all_that_were_refused_come_again_in_their_order() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    order.answered("a", FAULT, 1)
    assert not order.enter("s", "b", 2)
    assert order.enter("s", "a", 3)
    assert not order.enter("s", "c", 4)
    order.answered("a", FAULT, 5)  # and once more
    assert not order.enter("s", "b", 6)
    assert order.enter("s", "a", 7)
    assert order.enter("s", "b", 8)
    assert order.enter("s", "c", 9)


def test_a_command_that_comes_twice_keeps_its_place() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    assert order.enter("s", "a", 0)
    assert order.enter("s", "b", 0)
    for id in ("a", "a", "b"):
        order.answered(id, FAULT, 1)
    assert not order.enter("s", "b", 2)
    assert order.enter("s", "a", 3)
    assert order.enter("s", "a", 3)
    assert order.enter("s", "b", 4)


def test_what_was_refused_once_and_carried_out_the_second_time_is_not_owed() -> None:
    order = CommandOrder()
    assert order.enter("s", "a", 0)
    assert order.enter("s", "a", 0)
    order.answered("a", FAULT, 1)
    assert not order.enter("s", "b", 2)
    order.answered("a", Done(), 3)
    assert order.enter("s", "b", 4)


def test_what_was_said_to_an_order_stays_before_what_was_said_to_its_session() -> None:
    order = CommandOrder()
    for lane, id in (("order", "a"), ("order", "b"), ("session", "c")):
        assert order.enter(lane, id, 0)
    for id in ("a", "b", "c"):
        order.answered(id, FAULT, 1)
    # All come again to the session; the disk is full once more for the first.
    assert order.enter("session", "a", 2)
    order.answered("a", FAULT, 3)
    assert not order.enter("session", "c", 4)
    assert order.enter("session", "a", 5)
    assert order.enter("session", "b", 6)
    assert order.enter("session", "c", 7)
    assert order.enter("order", "d", 8)


def test_what_moves_to_where_nothing_is_owed_just_comes_in() -> None:
    order = CommandOrder()
    assert order.enter("order", "a", 0)
    order.answered("a", FAULT, 1)
    assert order.enter("session", "a", 2)
    assert order.enter("order", "b", 3)


def test_what_is_owed_under_both_addresses_is_owed_once() -> None:
    order = CommandOrder()
    assert order.enter("order", "a", 0)
    order.answered("a", FAULT, 1)
    order.refused("session", "a", 2)
    assert order.enter("session", "a", 3)
    order.done("a")
    assert order.enter("session", "b", 4)
