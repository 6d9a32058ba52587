"""What people may do in a session besides writing: each a rule that adds to the journal or refuses.

A rule is ``(writer, stage, caller, frame, now) → Step``; it raises Refused before it changes
anything.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from miaohui.relay.ports import Caller, Free, Refused
from miaohui.relay.session.actor import Step, Writer
from miaohui.relay.session.close import begin_closing, close
from miaohui.relay.session.messages import checked_text, plain_body
from miaohui.relay.session.state import Stage
from miaohui.relay.session.timers import hand_over
from miaohui.runtime.clock import rfc3339
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command
from miaohui.wire.journal import Paused, Recalled, Resumed
from miaohui.wire.sessions import (
    AnswerBreak,
    AskBreak,
    AskHandover,
    Edit,
    EditedItem,
    End,
    HandOver,
    Pause,
    Recall,
    RefuseHandover,
    Resume,
)

RECALL_MS = 120_000
EDIT_MS = 15 * 60_000
BREAK_MS = 300_000
REASON_CHARS = 128

Rule = Callable[[Writer, Stage, Caller, Any, int], Step]


def _side(writer: Writer, caller: Caller) -> str:
    side = writer.book.side_of(caller.account)
    if side is None:
        raise Refused(Code.NOT_ALLOWED, "handed_over")
    return side


def _only(writer: Writer, caller: Caller, side: str) -> None:
    if _side(writer, caller) != side:
        raise Refused(Code.NOT_ALLOWED, "role")


def _open(writer: Writer) -> None:
    if writer.book.facts.state == "closed":
        raise Refused(Code.SESSION_CLOSED)


def _active(writer: Writer) -> None:
    _open(writer)
    if writer.book.facts.state != "open":
        raise Refused(Code.WRONG_STATE, "closing")


def _own(writer: Writer, caller: Caller, seq: int, within_ms: int, now: int) -> None:
    """Refused unless ``seq`` is a message of the caller's, young enough and not recalled."""
    found = writer.book.authors.get(seq)
    if found is None or found[0] != caller.account:
        raise Refused(Code.NOT_FOUND, "seq")
    if seq in writer.book.recalled:
        raise Refused(Code.ALREADY_DONE)
    if writer.book.t_of(now) - found[1] > within_ms:
        raise Refused(Code.TOO_LATE)


def edit(writer: Writer, stage: Stage, caller: Caller, frame: Edit, now: int) -> Step:
    """The text changes beside the journal; the clock does not move."""
    side = _side(writer, caller)
    _open(writer)
    _own(writer, caller, frame.seq, EDIT_MS, now)
    checked_text(frame.body)
    body = plain_body(writer, side, caller, frame.body)
    utc = rfc3339(writer.tools.clock.utc_ms())
    writer.book.beside(stage, EditedItem(seq=frame.seq, body=body, utc=utc), now)
    return Step(Done())


def recall(writer: Writer, stage: Stage, caller: Caller, frame: Recall, now: int) -> Step:
    """The text goes, wherever it stood; what it means for the clock is the fold's business."""
    side = _side(writer, caller)
    _open(writer)
    _own(writer, caller, frame.seq, RECALL_MS, now)
    writer.book.add(stage, Recalled, now, target=frame.seq, author=side)
    num = writer.book.facts.num

    def remove(conn: sqlite3.Connection) -> None:
        conn.execute("UPDATE feed SET body = NULL WHERE session = ? AND seq = ?", (num, frame.seq))
        conn.execute(
            "UPDATE feed SET line = json_set(line, '$.body.text', '') WHERE session = ?"
            " AND seq IS NULL AND line ->> '$.type' = 'edited_item' AND line ->> '$.seq' = ?",
            (num, frame.seq),
        )

    writer.forget_body(frame.seq)
    return Step(Done(), sides=[remove])


def pause(writer: Writer, stage: Stage, caller: Caller, frame: Pause, now: int) -> Step:
    _only(writer, caller, "customer")
    _active(writer)
    if writer.book.paused is not None:
        raise Refused(Code.ALREADY_DONE)
    writer.book.add(stage, Paused, now, by="customer", reason=frame.reason)
    return Step(Done())


def resume(writer: Writer, stage: Stage, caller: Caller, frame: Resume, now: int) -> Step:
    """The customer ends any pause, a responder only a break of their own."""
    side = _side(writer, caller)
    _open(writer)
    paused = writer.book.paused
    if paused is None:
        raise Refused(Code.ALREADY_DONE)
    if side == "responder" and paused.reason != "break":
        raise Refused(Code.NOT_ALLOWED, "pause")
    writer.book.add(stage, Resumed, now, by=side, reason=paused.reason)
    return Step(Done())


def ask_break(writer: Writer, stage: Stage, caller: Caller, frame: AskBreak, now: int) -> Step:
    _only(writer, caller, "responder")
    _active(writer)
    book = writer.book
    if not 1000 <= frame.ms <= BREAK_MS:
        raise Refused(Code.BAD_FRAME, "ms")
    if book.paused is not None or book.fold.open_turn(book.t_of(now)) is not None:
        raise Refused(Code.WRONG_STATE, "open_turn")
    book.notice(stage, "break_asked", now, ms=frame.ms, name=caller.display)
    return Step(Done())


def answer_break(
    writer: Writer, stage: Stage, caller: Caller, frame: AnswerBreak, now: int
) -> Step:
    _only(writer, caller, "customer")
    _active(writer)
    book = writer.book
    if book.break_ask is None:
        raise Refused(Code.NO_CONSENT, "not_asked")
    if not frame.agree:
        book.notice(stage, "break_refused", now)
    elif book.paused is not None or book.fold.open_turn(book.t_of(now)) is not None:
        raise Refused(Code.WRONG_STATE, "open_turn")
    else:
        book.add(stage, Paused, now, by="responder", reason="break")
    return Step(Done())


def _colleague(writer: Writer) -> Free:
    book = writer.book
    free = writer.tools.orders.free_colleague(book.facts.shop, frozenset({book.responder}))
    if free is None:
        raise Refused(Code.NOBODY_FREE)
    return free


def ask_handover(
    writer: Writer, stage: Stage, caller: Caller, frame: AskHandover, now: int
) -> Step:
    """Made at once where a colleague is free."""
    _only(writer, caller, "customer")
    _active(writer)
    free = _colleague(writer)
    step = Step(Done())
    writer.book.notice(stage, "handover_asked", now)
    hand_over(writer, stage, step, free, "asked", now)
    return step


def refuse_handover(
    writer: Writer, stage: Stage, caller: Caller, frame: RefuseHandover, now: int
) -> Step:
    _only(writer, caller, "customer")
    _active(writer)
    writer.book.notice(stage, "handover_refused", now)
    return Step(Done())


def hand_on(writer: Writer, stage: Stage, caller: Caller, frame: HandOver, now: int) -> Step:
    _only(writer, caller, "responder")
    _active(writer)
    book, orders = writer.book, writer.tools.orders
    free = _colleague(writer)
    if frame.to is not None and frame.to != free.responder:
        # Everybody else of the shop is left out, one after another, until the one asked for is it.
        passed = {book.responder}
        while free.responder != frame.to:
            passed.add(free.responder)
            found = orders.free_colleague(book.facts.shop, frozenset(passed))
            if found is None:
                raise Refused(Code.NOBODY_FREE, "to")
            free = found
    step = Step(Done())
    reason = frame.reason.strip()[:REASON_CHARS] or "responder"
    hand_over(writer, stage, step, free, reason, now)
    return step


def end(writer: Writer, stage: Stage, caller: Caller, frame: End, now: int) -> Step:
    """An open question is still owed its answer, unless its asker waives it."""
    side = _side(writer, caller)
    _open(writer)
    step = Step(Done())
    if frame.now and side != "customer":
        raise Refused(Code.NOT_ALLOWED, "now")
    if writer.book.facts.state == "open":
        begin_closing(writer, stage, step, side, now)
    elif not frame.now:
        raise Refused(Code.ALREADY_DONE)
    if frame.now and writer.book.facts.state != "closed":
        close(writer, stage, step, writer.book.facts.ending or side, now)
    return step


RULES: dict[type[Command], Rule] = {
    Edit: edit,
    Recall: recall,
    Pause: pause,
    Resume: resume,
    AskBreak: ask_break,
    AnswerBreak: answer_break,
    AskHandover: ask_handover,
    RefuseHandover: refuse_handover,
    HandOver: hand_on,
    End: end,
}
