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

__all__ = ["at_home", "evening"]

Tell = Callable[[Stage, str], Awaitable[None]]
Turn = Callable[[Stage], Awaitable[None]]


async def at_home(stage: Stage) -> None:
    """Before anything is bought: one's own card, and what is kept where."""
    await stage.go("settings")
    hand, page = stage.hand, stage.page("settings")
    form = page.own_card
    await stage.until(form.save.isEnabled, "one's own card")
    hand.click(form.address)
    hand.write(form.address, say("小安", "Ann"))
    hand.click(form.avoid)
    hand.write(form.avoid, say("不要开玩笑", "no jokes"))
    hand.click(form.listen)
    hand.click(form.nudge)
    hand.click(form.seconds)
    hand.press("Ctrl+A")
    hand.write_on("10")
    hand.click(form.save)
    await stage.until(form.note.isVisible, "the card is kept")
    await stage.shot("my-card")
    for opener, shown in (("keeping", "what-is-kept-where"), ("reports", "my-reports-and-blocks")):
        hand.click(hand.find(QPushButton, opener, page))
        await stage.until(lambda: hand.all_of(Sheet), shown)
        await stage.shot(shown)
        hand.press("Esc")
        await stage.until(lambda: not hand.all_of(Sheet), "the sheet has gone")


async def evening(stage: Stage, other: Stage, tell: Tell, turn_to: Turn) -> None:
    """``stage``: the customer's window; ``other``: the responder's."""
    hand, talk = stage.hand, stage.talk
    await turn_to(other)
    await other.until(other.talk.card_note.now.isVisible, "a silence to be broken")
    await other.shot("desk-speak-first")
    await tell(other, say("伽V聊，便宜", "Message me on WhatsApp, it is cheaper"))
    await turn_to(stage)
    await stage.until(lambda: talk.lure_bar.isVisible(), "a sentence beside the bait")
    await stage.shot("bait-spoken-of")
    hand.click(hand.find(QPushButton, "lure-away", talk.lure_bar))
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
    hand.click(hand.find(QPushButton, "care-card", talk.stopped))
    await stage.until(lambda: talk.card.state is CardState.OPEN, "the card by hand")
    await stage.shot("help-card-by-hand")
    hand.click(hand.find(QPushButton, "care-away", talk.card))
    await stage.until(lambda: talk.card.state is CardState.AWAY, "the card was put away")
    desk = other.client.view.desk
    colleague = next(one for one in desk.colleagues if one.free) if desk is not None else None
    assert colleague is not None
    await turn_to(other)
    await other.hand.choose(other.talk.peer_card.hand_over, colleague.name)
    await turn_to(stage)
    await stage.until(lambda: stage.hand.says(colleague.name, talk.head), "somebody else answers")
    await stage.shot("handed-over-while-time-stands-still")
    stage.facts["stands_still_after_handover"] = talk.stopped.isVisible()
