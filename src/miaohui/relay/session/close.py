"""The end of a session: closing, closed, settlement, figures, receipt, in one transaction."""

import sqlite3
from dataclasses import replace

from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.promise.receipt import sign
from miaohui.promise.turns import Turn, TurnState
from miaohui.relay.ports import Ended, Measurement, Wait
from miaohui.relay.session.actor import Step, Writer
from miaohui.relay.session.facts import Facts
from miaohui.relay.session.state import Book, Stage
from miaohui.runtime.clock import rfc3339
from miaohui.wire.journal import Closed, Closing, Handover, Paused, Resumed
from miaohui.wire.sessions import ReceiptItem

CLOSING_MS = 120_000
COUNTED = {TurnState.KEPT, TurnState.BREACHED, TurnState.CENSORED}
HOUR_MS = 3_600_000


def wake_up(book: Book, stage: Stage, now: int) -> None:
    """Ends a pause, so that what follows happens in running time."""
    if book.paused is not None:
        book.add(stage, Resumed, now, by="relay", reason=book.paused.reason)


def begin_closing(writer: Writer, stage: Stage, step: Step, ending: str, now: int) -> None:
    """Writes ``closing``, and ``closed`` with it where no answer is owed."""
    book, orders = writer.book, writer.tools.orders
    wake_up(book, stage, now)
    book.add(stage, Closing, now)
    book.facts = replace(book.facts, ending=ending)
    facts = book.facts

    def side(conn: sqlite3.Connection) -> None:
        conn.execute(
            "UPDATE session SET state = 'closing', ending = ? WHERE num = ?", (ending, facts.num)
        )
        orders.moved_in(conn, facts.order, "closing")

    step.sides.append(side)
    owed = book.fold.opened.terms.last_question
    if book.fold.open_turn(book.t_of(now)) is None or not owed:
        close(writer, stage, step, ending, now)
    else:
        step.after.append(lambda: orders.announce(facts.order))


def close(writer: Writer, stage: Stage, step: Step, reason: str, now: int) -> None:
    """Writes ``closed`` and settles. Nothing can follow but what lies outside the journal."""
    book, tools = writer.book, writer.tools
    book.add(stage, Closed, now, reason=reason)
    fold, facts = book.fold, book.facts
    settlement = fold.settlement()
    refund = 0 if settlement is None else settlement.refund_fen
    closed_utc = book.utc_of(fold.last_t)
    signed = sign(
        tools.key.private,
        session=facts.id,
        head=book.head,
        length=fold.length,
        key_id=tools.key.key_id,
    )
    book.beside(stage, ReceiptItem(receipt=signed.as_dict()), now)
    book.facts = replace(
        facts, state="closed", ending=reason, closed_utc_ms=closed_utc, refund_fen=refund
    )
    ended = Ended(
        order=facts.order,
        session=facts.id,
        reason=reason,
        refund_fen=refund,
        given_back_ms=fold.late_ms(fold.last_t),
        closed_utc=rfc3339(closed_utc),
    )
    measured = measure(fold, facts, book.handovers, stretches(book))
    people = {facts.responder, *(each.from_ for each in book.handovers)}
    prints = tools.marks.of_session(facts.num, people)

    def side(conn: sqlite3.Connection) -> None:
        conn.execute(
            "UPDATE session SET state = 'closed', ending = ?, closed_utc_ms = ?, refund_fen = ?"
            " WHERE num = ?",
            (reason, closed_utc, refund, facts.num),
        )
        tools.orders.settled_in(conn, ended)
        tools.orders.measured_in(conn, measured)
        tools.marks.save_in(conn, facts.num, prints)

    step.sides.append(side)
    step.after.append(lambda: tools.orders.announce(facts.order))


def stretches(book: Book) -> RunningTime:
    """The session's running time, for cutting waits at handovers."""
    running = RunningTime()
    for entry in book.stops:
        if isinstance(entry, Paused):
            running.pause(entry.t)
        elif isinstance(entry, Resumed):
            running.resume(entry.t)
        else:
            running.freeze(entry.from_t, entry.to_t)
    return running


def measure(
    fold: Fold, facts: Facts, handovers: list[Handover], running: RunningTime
) -> Measurement:
    """What the session adds to the figures: whole turns, and the same cut by responder."""
    figures = fold.figures(fold.last_t)
    waits: list[Wait] = []
    pieces: list[Wait] = []
    first = handovers[0].from_ if handovers else facts.responder
    for turn in figures.turns:
        if turn.state not in COUNTED:
            continue
        cut = _pieces(turn, fold, first, handovers, running)
        made = [
            _wait(facts, responder, turn.start, wait, state, covered=False)
            for responder, wait, state in cut[:-1]
        ]
        responder, wait, state = cut[-1]
        covered = turn.end is not None
        made.append(_wait(facts, responder, turn.start, wait, state, covered=covered))
        pieces += made
        waits.append(_wait(facts, responder, turn.start, turn.wait, turn.state, covered=covered))
    return Measurement(
        session=facts.id,
        shop=facts.shop,
        closed_utc_ms=facts.opened_utc_ms + fold.last_t,
        waits=tuple(waits),
        pieces=tuple(pieces),
        late_ms=figures.late_ms,
        elapsed_ms=figures.elapsed_ms,
    )


def _wait(
    facts: Facts, responder: str, start: int, wait: int, state: TurnState, *, covered: bool
) -> Wait:
    utc = facts.opened_utc_ms + start
    hour = (utc + facts.utc_offset_min * 60_000) // HOUR_MS % 24
    return Wait(
        responder=responder,
        start_utc_ms=utc,
        hour=hour,
        wait_ms=wait,
        state=state.value,
        covered=covered,
    )


def _pieces(
    turn: Turn, fold: Fold, first: str, handovers: list[Handover], running: RunningTime
) -> list[tuple[str, int, TurnState]]:
    """(responder, wait, state) of each responder's part of a turn."""
    end = fold.last_t if turn.end is None else turn.end
    holder = first
    began = running.at(turn.start)
    parts: list[tuple[str, int]] = []
    for each in handovers:
        if each.seq < turn.asks[0]:
            holder = each.to
        elif each.t < end or turn.end is None:
            parts.append((holder, running.at(each.t) - began))
            holder, began = each.to, running.at(each.t)
    parts.append((holder, running.at(end) - began))
    promise_ms = fold.opened.promise_ms
    made = []
    for index, (who, wait) in enumerate(parts):
        if wait > promise_ms:
            state = TurnState.BREACHED
        elif turn.end is not None and index == len(parts) - 1:
            state = TurnState.KEPT
        else:
            state = TurnState.CENSORED
        made.append((who, wait, state))
    return made
