"""A responder's part of a session's turns: turns are cut at handovers, as the promise has it.

Where the whole session counts (the target is a shop), every turn is one piece.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from miaohui.promise.paidtime import RunningTime
from miaohui.promise.turns import Ask, Holders, Severity, Turn, TurnState, severity_of
from miaohui.wire.journal import Entry, Fault, Handover, Message, Opened, Paused, Resumed


@dataclass(frozen=True, slots=True)
class Piece:
    """A wait: when it began, how long it was, how it ended; ``ask``: seq of its turn's oldest ask."""

    start: int
    wait: int
    state: TurnState
    severity: Severity | None
    ask: int


def of_session(turns: Sequence[Turn]) -> tuple[Piece, ...]:
    """Every turn as it is."""
    return tuple(Piece(t.start, t.wait, t.state, t.severity, t.asks[0]) for t in turns)


def of_responder(
    entries: Sequence[Entry], turns: Sequence[Turn], responder: str
) -> tuple[Piece, ...]:
    """The pieces that one responder answers for."""
    opened = entries[0]
    if not isinstance(opened, Opened):
        return ()
    handovers = [entry for entry in entries if isinstance(entry, Handover)]
    if not handovers:
        return of_session(turns) if opened.responder == responder else ()
    clock = _clock(entries)
    holders = Holders(opened.responder)
    for entry in handovers:
        holders.hand_over(entry.seq, clock.at(entry.t), entry.to)
    found: list[Piece] = []
    for turn in turns:
        first = Ask(turn.asks[0], turn.start, clock.at(turn.start))
        pieces = list(holders.pieces(first, _end_seq(entries, turn), first.running + turn.wait))
        for index, (name, wait) in enumerate(pieces):
            if name == responder:
                last = index == len(pieces) - 1
                found.append(_piece(turn, wait, opened.promise_ms, last=last))
    return tuple(found)


def _piece(turn: Turn, wait: int, promise_ms: int, *, last: bool) -> Piece:
    covered = last and turn.end is not None
    if turn.state is TurnState.VOID:
        return Piece(turn.start, wait, TurnState.VOID, None, turn.asks[0])
    if wait > promise_ms:
        severity = severity_of(wait, covered=covered)
        return Piece(turn.start, wait, TurnState.BREACHED, severity, turn.asks[0])
    state = TurnState.KEPT if covered else TurnState.CENSORED
    return Piece(turn.start, wait, state, None, turn.asks[0])


def _clock(entries: Sequence[Entry]) -> RunningTime:
    clock = RunningTime()
    for entry in entries:
        match entry:
            case Paused():
                clock.pause(entry.t)
            case Resumed():
                clock.resume(entry.t)
            case Fault(from_t=from_t, to_t=to_t):
                clock.freeze(from_t, to_t)
            case _:
                pass
    return clock


def _end_seq(entries: Sequence[Entry], turn: Turn) -> int | None:
    """The seq of the reply that covered a turn."""
    if turn.end is None:
        return None
    return next(
        (
            entry.seq
            for entry in entries
            if isinstance(entry, Message)
            and entry.is_reply
            and entry.t == turn.end
            and entry.seen >= turn.asks[-1]
        ),
        None,
    )
