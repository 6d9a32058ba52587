"""The tour's middle: a kept answer, a breach, a handover, an extension, the last question."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QPushButton
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

from miaohui.client.snapshots import MessageView, PanelView
from miaohui.desktop.chat.layout import RowPart
from miaohui.desktop.look.language import say
from miaohui.desktop.strings import chat as chat_words
from miaohui.desktop.strings import conversation as words
from miaohui.desktop.widgets.sheet import Sheet

__all__ = ["breach", "edit", "extend", "first_answer", "hand_over", "last_question", "measured"]

GIVEN_BACK_MS = 3000
AMBER_MS = 7000


async def first_answer(stage: Stage) -> None:
    """A message and its answer, with the wait on it; then as many more as come before the one
    that stalls."""
    stage.bridge.messages_changed.connect(lambda *_: _note_answers(stage))
    lines = [
        say("今天加班到很晚，想找人说说话。", "A long day at work; can we talk a little?"),
        say("你平时怎么让自己静下来？", "How do you calm down after such a day?"),
    ]
    stall = stage.slow.stall
    before = 1 if stall is None else max(1, min(len(lines), stall.ask - 1))
    for line in lines[:before]:
        key = await _ask(stage, line)
        if line is lines[0]:
            await stage.shot("message-sent")
        await _answered(stage, key, 60)
    await stage.shot("answered-in-time")
    first = next(iter(stage.asked))
    at = _place(stage, first, RowPart.CHIP)
    if at is not None:
        await stage.hand.hint(stage.talk.view.viewport(), at)
        await stage.shot("how-much-was-the-network")


async def breach(stage: Stage) -> None:
    """The responder is gone: amber at 7 s, the breach at 10 s by the relay, time given back."""
    stall = stage.slow.stall
    word = stall.word if stall is not None else ""
    line = say(f"说到这里我就{word}了，你会怎么做？", f"Here I always {word}. What would you do?")
    await _ask(stage, line)
    await stage.until(lambda: (_panel(stage).wait_ms or 0) >= AMBER_MS, "seven seconds")
    await stage.shot("seven-seconds")
    await stage.until(lambda: _panel(stage).breach_confirmed, "the breach, by the relay")
    stage.facts["breach_shown_at_ms"] = _panel(stage).wait_ms
    await stage.shot("breach-at-ten-seconds")
    await stage.until(lambda: _panel(stage).given_back_ms >= GIVEN_BACK_MS, "time is given back")
    await stage.shot("time-given-back")
    await stage.go("orders")
    await stage.shot("orders-while-it-runs")
    await stage.go("settings")
    stage.hand.tick(stage.page("settings").calm)
    await stage.go("sessions")
    await stage.shot("late-in-calm-mode")
    await stage.go("settings")
    stage.hand.tick(stage.page("settings").calm)
    await stage.go("sessions")


async def hand_over(stage: Stage) -> None:
    """Offered at half a minute, taken; whoever is free answers what was open."""
    hand = stage.hand
    before = _peer(stage)
    await stage.until(lambda: _panel(stage).handover_offered, "a handover is offered")
    await stage.shot("handover-offered")
    hand.click(hand.find(QPushButton, words.hand_over(), stage.talk.banners))
    await stage.until(lambda: _peer(stage) != before, "somebody else takes over")
    stage.facts["handed_over"] = {"from": before, "to": _peer(stage)}
    await stage.shot("handed-over")
    await _answered(stage, list(stage.asked)[-1], 60)
    await stage.shot("answered-late")


async def extend(stage: Stage) -> None:
    """More time: asked about once, with the price on the button."""
    paid = _panel(stage).paid_ms
    side = stage.talk.panel
    await stage.until(
        lambda: stage.hand.seek(QPushButton, "extend", side), "the button for more time"
    )
    stage.hand.click(stage.hand.find(QPushButton, "extend", side))
    await stage.until(lambda: stage.hand.all_of(Sheet), "the question with the price")
    await stage.shot("more-time-asked")
    # After "cancel" the one answer.
    stage.hand.click(stage.hand.all_of(QPushButton, stage.hand.all_of(Sheet)[-1])[-1])
    await stage.until(lambda: _panel(stage).paid_ms > paid, "more time")
    stage.facts["extended_ms"] = _panel(stage).paid_ms - paid
    await stage.shot("more-time")


async def edit(stage: Stage) -> None:
    """A message corrected after it was sent: the clock does not move."""
    line = say("谢谢你接着聊。今晚吃点神么好？", "Thanks for taking over. What should I eet?")
    key = await _ask(stage, line)
    await _answered(stage, key, 60)
    with stage.meter.aside():  # an eye would find it at once
        at = _place(stage, key, RowPart.TEXT)
    if at is None:
        raise CannotDo("the message to correct is not on screen")
    view = stage.talk.view
    await stage.hand.context(view.viewport(), at, chat_words.edit())
    await stage.shot("editing")
    stage.hand.press("Ctrl+A")
    stage.hand.write_on(say("谢谢你接着聊。今晚吃点什么好？", "Thanks! What should I eat?"))
    await stage.hand.rest(0.05)
    stage.hand.press("Return")
    await stage.until(lambda: _message(stage, key).edited, "the correction is there")
    await stage.shot("edited")


async def last_question(stage: Stage) -> None:
    """Ending with an open question: it is still owed its answer."""
    hand = stage.hand
    key = await _ask(
        stage, say("最后一问：明天从哪里开始好？", "One last question: where do I begin tomorrow?")
    )
    await stage.until(lambda: _panel(stage).wait_ms is not None, "the relay has the last question")
    await hand.choose(stage.talk.head.more, words.end())
    await stage.until(
        lambda: hand.seek(QPushButton, words.end_after_answer()), "the question how to end"
    )
    await stage.shot("ending-asks")
    hand.click(hand.find(QPushButton, words.end_after_answer()))
    await stage.until(lambda: _panel(stage).phase in ("closing", "closed"), "the end is under way")
    owed = _panel(stage).last_question
    stage.facts["last_question_owed"] = owed
    await stage.shot("last-question-owed")
    await stage.until(lambda: _panel(stage).phase == "closed", "the session is closed")
    stage.facts["last_question"] = _message(stage, key).verdict
    await stage.shot("session-ended")


def measured(stage: Stage) -> list[dict[str, object]]:
    """Every message of ours: the wait as the relay saw it, as felt, and what the network was."""
    told: list[dict[str, object]] = []
    for key, sent in stage.asked.items():
        one = _message(stage, key)
        felt = None
        if one.wait_ms is not None and one.network_ms is not None:
            felt = one.wait_ms + one.network_ms
        seen = stage.answered.get(key)
        told.append(
            {
                "seq": one.seq,
                "text": one.text,
                "verdict": one.verdict,
                "relay_ms": one.wait_ms,
                "felt_ms": felt,
                "network_ms": one.network_ms,
                "enter_to_answer_on_screen_ms": None if seen is None else seen - sent,
                "given_back_ms": one.given_back_ms,
            }
        )
    return told


async def _ask(stage: Stage, text: str) -> str:
    """Writes a message and sends it by Enter; returns its key."""
    client, session = stage.client, stage.session
    stage.hand.write(stage.talk.composer.edit, text)
    await stage.hand.rest(0.05)  # a Return in the turn of a commit is the input method's own
    before = len(client.messages(session))
    stage.hand.press("Return")
    stamp = stage.clock.mono()
    await stage.until(lambda: len(client.messages(session)) > before, "the message on screen")
    own = [one for one in client.messages(session)[before:] if one.mine and one.text == text]
    if not own:
        raise CannotDo("what was written did not appear in the conversation")
    stage.asked[own[-1].key] = stamp
    return own[-1].key


async def _answered(stage: Stage, key: str, seconds: float) -> None:
    await stage.until(
        lambda: (
            _message(stage, key).verdict in ("kept", "breached")
            and _message(stage, key).verdict_final
            and _panel(stage).wait_ms is None
        ),
        "the answer",
        at_most=seconds,
    )


def _note_answers(stage: Stage) -> None:
    """When an answer was on screen, by our own clock."""
    now = stage.clock.mono()
    for key in stage.asked:
        one = stage.client.panel_of_message(stage.session, key)
        if one is not None and one.verdict in ("kept", "breached") and one.delivery == "answered":
            stage.answered.setdefault(key, now)


def _message(stage: Stage, key: str) -> MessageView:
    found = stage.client.panel_of_message(stage.session, key)
    if found is None:
        raise CannotDo("a message of ours has gone")
    return found


def _panel(stage: Stage) -> PanelView:
    found = stage.client.panel(stage.session)
    if found is None:
        raise CannotDo("the session has no panel")
    return found


def _peer(stage: Stage) -> str:
    found = stage.client.session(stage.session)
    return "" if found is None else found.card.peer_name


def _place(stage: Stage, key: str, part: RowPart) -> QPoint | None:
    view = stage.talk.view
    row = view.chat_model.index_of(key)
    if row is None:
        return None
    box = view.visualRect(view.chat_model.index(row)).intersected(view.viewport().rect())
    # As an eye does it: from the right, where our own messages are.
    for y in range(box.bottom() - 2, box.top(), -4):
        for x in range(box.right() - 4, box.left(), -6):
            found = view.hit(QPointF(x, y))
            if found is not None and found[0] == row and found[1].part is part:
                return QPoint(x, y)
    return None
