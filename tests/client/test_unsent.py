"""Drafts put together: nobody's words are lost, and nothing is said twice."""

from miaohui.client.unsent import EMPTY, MessageDraft, WaitingPicture

ONE = WaitingPicture("m1", "image/png", 4, 3, 80)
TWO = WaitingPicture("m2", "image/png", 4, 3, 80)


def test_the_earlier_one_stands_first() -> None:
    assert MessageDraft("早").joined(MessageDraft("晚")) == MessageDraft("早\n晚")
    assert EMPTY.joined(MessageDraft("晚")) == MessageDraft("晚")
    assert MessageDraft("早").joined(EMPTY) == MessageDraft("早")


def test_what_goes_on_from_the_first_is_not_said_twice() -> None:
    assert MessageDraft("半句").joined(MessageDraft("半句话")) == MessageDraft("半句话")


def test_pictures_are_kept_once_each() -> None:
    both = MessageDraft(pictures=(ONE,)).joined(MessageDraft(pictures=(ONE, TWO)))
    assert both.pictures == (ONE, TWO)


def test_of_two_corrections_the_later_goes_on_and_the_other_stays_as_text() -> None:
    first = MessageDraft("草稿", editing="a", edited="改到一半")
    second = MessageDraft(editing="b", edited="另一处")
    assert first.joined(second) == MessageDraft("草稿\n改到一半", editing="b", edited="另一处")
    assert first.joined(EMPTY) == first
    assert MessageDraft("回来的").joined(second).editing == "b"


def test_an_end_leaves_the_words_of_a_correction() -> None:
    assert MessageDraft("草稿", editing="a", edited="改").uncorrected() == MessageDraft("草稿\n改")
    assert MessageDraft("草稿", quoting="q").uncorrected() == MessageDraft("草稿", quoting="q")
