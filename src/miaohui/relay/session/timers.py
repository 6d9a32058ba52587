"""What a session does by itself when a moment comes: breach, handover, pauses, the end."""

import sqlite3
from dataclasses import replace

from miaohui.promise.turns import OpenTurn, TurnState
from miaohui.relay.ports import Free
from miaohui.relay.session.actor import Step, Writer
from miaohui.relay.session.close import CLOSING_MS, begin_closing, close
from miaohui.relay.session.state import Stage
from miaohui.wire.accounts import Done
from miaohui.wire.journal import Handover, Paused, Resumed
from miaohui.wire.sessions import Breach

NO_SHOW_MS = 60_000
OFFLINE_MS = 30_000
OFFLINE_IN_ALL_MS = 30 * 60_000
OFFER_MS = 30_000
MAKE_MS = 60_000
LOOK_AGAIN_MS = 5_000  # for a free colleague, while nobody is


def watch(writer: Writer, now: int) -> None:
    """Does everything that is due at ``now`` and sets the session's next deadline."""
    book = writer.book
    if book.facts.state == "closed":
        writer.tools.deadlines.set(writer.id, None)
        return
    t = book.t_of(now)
    turn = book.fold.open_turn(t)
    if turn is not None:
        _breach(writer, turn, t)
    stage, step = Stage(), Step(Done())
    _act(writer, stage, step, turn, now)
    if stage.rows:
        writer.commit(stage, step)
    writer.tools.deadlines.set(writer.id, due(writer, now))


def due(writer: Writer, now: int) -> int | None:
    """The next moment (relay's mono) at which ``watch`` has something to do."""
    book = writer.book
    if book.facts.state == "closed":
        return None
    t = book.t_of(now)
    moments: list[int] = []
    wake = book.fold.next_wake(t)
    if wake is not None:
        moments.append(book.base + wake)
    paused = book.paused
    if paused is None and not book.fold.began and book.fold.closing_since is None:
        moments.append(book.base + NO_SHOW_MS + book.frozen_ms)
    if book.break_end is not None:
        moments.append(book.base + book.break_end)
    since = book.fold.closing_since
    if since is not None:
        moments.append(book.base + since + CLOSING_MS)
    elif paused is None and writer.offline_since is not None:
        if book.offline_ms < OFFLINE_IN_ALL_MS:
            moments.append(writer.offline_since + OFFLINE_MS)
    elif paused is not None and paused.reason == "customer_offline":
        moments.append(book.base + paused.t + OFFLINE_IN_ALL_MS - book.offline_ms)
    if writer.look_again is not None:
        moments.append(writer.look_again)
    return max(now + 1, min(moments)) if moments else None


def wrote(writer: Writer, now: int, *, ask: bool) -> None:
    """After a message. Only an ask can bring the next moment nearer, and no nearer than its
    promise; whatever else moved is found out when the moment comes that is set already."""
    if writer.book.facts.state != "open":
        writer.watch(now)
    elif ask:
        writer.tools.deadlines.lower(writer.id, now + writer.book.fold.opened.promise_ms + 1)


def _breach(writer: Writer, turn: OpenTurn, t: int) -> None:
    oldest = turn.asks[0]
    if turn.state is not TurnState.BREACHED or writer.told_breach == oldest:
        return
    writer.told_breach = oldest
    facts = writer.book.facts
    passed = t - (turn.wait - writer.book.fold.opened.promise_ms - 1)
    frame = Breach(session=facts.id, seq=oldest, t=passed)
    writer.tools.push.push(facts.customer, frame)
    writer.tools.push.push(facts.responder, frame)


def _act(writer: Writer, stage: Stage, step: Step, turn: OpenTurn | None, now: int) -> None:
    book = writer.book
    t = book.t_of(now)
    since = book.fold.closing_since
    if since is not None:
        if turn is None or t - since >= CLOSING_MS:
            close(writer, stage, step, book.facts.ending or "time", now)
        return
    paused = book.paused
    if paused is not None:
        if book.break_end is not None and t >= book.break_end:
            book.add(stage, Resumed, now, by="relay", reason="break")
        elif paused.reason == "customer_offline":
            used = book.offline_ms + t - paused.t
            if writer.offline_since is None or used >= OFFLINE_IN_ALL_MS:
                book.add(stage, Resumed, now, by="relay", reason="customer_offline")
        return
    if not book.fold.began and t - book.frozen_ms >= NO_SHOW_MS:
        close(writer, stage, step, "no_show", now)
        return
    if book.fold.began and book.fold.remaining_ms(t) == 0:
        begin_closing(writer, stage, step, "time", now)
        return
    writer.look_again = None
    if turn is not None and turn.wait >= OFFER_MS:
        _colleague(writer, stage, step, turn, now)
        if _wants_colleague(writer, turn):
            writer.look_again = now + LOOK_AGAIN_MS
    offline = writer.offline_since
    if offline is not None and now - offline >= OFFLINE_MS and book.offline_ms < OFFLINE_IN_ALL_MS:
        book.add(stage, Paused, now, by="relay", reason="customer_offline")


def refused_handover(writer: Writer, turn: OpenTurn) -> bool:
    """Whether the customer said, during this turn, that they would rather wait."""
    said = writer.book.notices.get("handover_refused")
    return said is not None and said >= turn.start


def _wants_colleague(writer: Writer, turn: OpenTurn) -> bool:
    """Whether an offer or a handover is still to be made for this turn."""
    if refused_handover(writer, turn):
        return False
    offline = not writer.tools.push.online(writer.book.responder)
    return writer.offered != turn.asks[0] or offline


def _colleague(writer: Writer, stage: Stage, step: Step, turn: OpenTurn, now: int) -> None:
    """Offers a handover at 30 s of an open turn; makes it at 60 s where the link is down."""
    book, tools = writer.book, writer.tools
    if not _wants_colleague(writer, turn):
        return
    free = tools.orders.free_colleague(book.facts.shop, frozenset({book.responder}))
    if free is None:
        return
    if turn.wait >= MAKE_MS and not tools.push.online(book.responder):
        hand_over(writer, stage, step, free, "offline", now)
    elif writer.offered != turn.asks[0]:
        writer.offered = turn.asks[0]
        book.notice(stage, "handover_offered", now, name=free.name)


def hand_over(writer: Writer, stage: Stage, step: Step, to: Free, reason: str, now: int) -> None:
    """Passes the session on: the next responder gets the whole feed, the former no more of it."""
    book, tools = writer.book, writer.tools
    former = book.responder
    pos = book.add(stage, Handover, now, from_=former, to=to.responder, reason=reason)
    book.facts = replace(book.facts, responder_name=to.name)
    facts = book.facts
    writer.reach.forget_responder()

    def side(conn: sqlite3.Connection) -> None:
        conn.execute(
            "UPDATE session SET responder = ?, responder_name = ? WHERE num = ?",
            (to.responder, to.name, facts.num),
        )
        conn.execute(
            "UPDATE seat SET to_pos = ? WHERE account = ? AND session = ?",
            (pos, former, facts.num),
        )
        conn.execute(
            "INSERT INTO seat (account, session, side, name) VALUES (?, ?, 'responder', ?)"
            " ON CONFLICT (account, session) DO UPDATE SET to_pos = NULL",
            (to.responder, facts.num, to.name),
        )
        tools.orders.handed_in(conn, facts.order, to.responder)

    def after() -> None:
        for line, attached in list(writer.lines.items()):
            # Who gets it back reads on from where it was handed away: that reader ended there.
            if attached.side == "responder" and (
                attached.to_pos is not None or (line.caller and line.caller.account == former)
            ):
                writer.detach(line)
        tools.orders.announce(facts.order)

    step.sides.append(side)
    step.after.append(after)


__all__ = ["due", "hand_over", "refused_handover", "watch", "wrote"]
