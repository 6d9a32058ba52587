"""The waits of a session that one target answers for.

A shop answers for every turn as it is; a responder for their own part of each turn that they held, as
the promise judges it.
"""

from dataclasses import dataclass

from miaohui.promise.fold import Fold
from miaohui.promise.pieces import TurnShare
from miaohui.promise.turns import Severity, Turn, TurnState, severity_of


@dataclass(frozen=True, slots=True)
class MeasuredPiece:
    """A wait: when it began, how long it was, how it ended; ``ask``: seq of its turn's oldest ask."""

    start: int
    wait: int
    state: TurnState
    severity: Severity | None
    ask: int


def of_session(fold: Fold) -> tuple[MeasuredPiece, ...]:
    """Every turn as it is."""
    return tuple(
        MeasuredPiece(turn.start, turn.wait, turn.state, turn.severity, turn.asks[0])
        for turn, _, _ in fold.parts()
    )


def of_responder(fold: Fold, responder: str) -> tuple[MeasuredPiece, ...]:
    """The parts that one responder answers for."""
    return tuple(
        _piece(turn, part)
        for turn, parts, _ in fold.parts()
        for part in parts
        if part.responder == responder
    )


def _piece(turn: Turn, part: TurnShare) -> MeasuredPiece:
    severity = None
    if part.state is TurnState.BREACHED:
        severity = severity_of(part.wait, covered=part.last and turn.end is not None)
    return MeasuredPiece(turn.start, part.wait, part.state, severity, turn.asks[0])
