"""What customers said of their cards, as owner, responder and strangers see it."""

from miaohui.desktop.pages.people import cards_line
from miaohui.wire.catalogue import CardsKept


def answers(yes: int, partly: int, no: int) -> CardsKept:
    return CardsKept(yes=yes, partly=partly, no=no, low=0.7051, high=0.95, days=180)


def test_few_answers_are_for_those_they_are_about() -> None:
    assert cards_line(None, few=True) == ""
    assert "3 / 5" in cards_line(answers(3, 1, 1), few=True)
    assert cards_line(answers(3, 1, 1), few=False) == ""


def test_many_are_a_share_with_its_interval_for_everybody() -> None:
    line = cards_line(answers(18, 2, 1), few=False)
    assert "85.7% (70.5–95.0)" in line
    assert "2" in line
    assert "180" in line
