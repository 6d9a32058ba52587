"""The tour's hard evening: somebody is not well; the card, stopped time, the responder's own card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QPushButton
from tests.tour.stage import Stage

from miaohui.desktop.look.language import say
from miaohui.desktop.pages.sessions.carecard import CardState
from miaohui.desktop.strings import care as words
from miaohui.desktop.strings import lures, reports
from miaohui.desktop.widgets.sheet import Sheet

__all__ = ["evening"]

Tell = Callable[[Stage, str], Awaitable[None]]
Turn = Callable[[Stage], Awaitable[None]]


async def evening(stage: Stage, other: Stage, tell: Tell, turn_to: Turn) -> None:
    """``stage``: the customer's window; ``other``: the responder's."""
    hand, talk = stage.hand, stage.talk
    await turn_to(stage)
    await hand.choose(talk.head.more, words.boundary_title())
    await stage.until(lambda: hand.all_of(Sheet), "who answers, and who does not")
    await stage.shot("who-answers")
    hand.press("Esc")
    await stage.until(lambda: not hand.all_of(Sheet), "the sheet has gone")
    for entry, shown in ((lures.menu(), "about-fraud"), (reports.menu(), "report-or-block")):
        await hand.choose(talk.head.more, entry)
        await stage.until(lambda: hand.all_of(Sheet), shown)
        await stage.shot(shown)
        hand.press("Esc")
        await stage.until(lambda: not hand.all_of(Sheet), "the sheet has gone")
    await tell(stage, say("在吗", "Are you there?"))
    await tell(stage, say("今晚真的撑不住了", "I can't go on tonight"))
    await stage.until(lambda: talk.card.state is CardState.LINE, "the quiet line")
    await stage.shot("help-line")
    hand.click(hand.find(QPushButton, "care-open", talk.card))
    await stage.until(lambda: talk.card.state is CardState.OPEN, "the help card")
    await stage.shot("help-card")
    hand.click(hand.find(QPushButton, "care-stop", talk.card))
    await stage.until(lambda: talk.stopped.isVisible(), "time stands still")
    await tell(stage, say("我想死", "I want to die"))
    stage.facts["card_came_again"] = talk.card.state is not CardState.AWAY
    await turn_to(other)
    await other.until(lambda: other.talk.peer_card.isVisible(), "the responder's own card")
    await other.shot("desk-their-clock-stands-still")
    await tell(other, say("我在，不着急。你现在安全吗？", "I am here. Are you safe right now?"))
    await turn_to(stage)
    await stage.shot("time-stopped")
    await hand.choose(talk.head.more, words.card())
    await stage.until(lambda: talk.card.state is CardState.OPEN, "the card by hand")
    await stage.shot("help-card-by-hand")
    hand.click(hand.find(QPushButton, "care-away", talk.card))
    await stage.until(lambda: talk.card.state is CardState.AWAY, "the card was put away")
