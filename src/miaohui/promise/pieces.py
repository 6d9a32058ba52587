"""Pieces: a turn cut at the handovers within it, and what each person who held it answers for."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from miaohui.promise.constants import BLAMED_FROM_MS
from miaohui.promise.turns import TurnState


class Piece(NamedTuple):
    """One person's stretch of a turn: its running time, and whether it ended in a handover that
    the customer had not asked for."""

    responder: str
    wait: int
    handed_on: bool


class TurnShare(NamedTuple):
    """One person's result in a turn: all their stretches of it together."""

    responder: str
    wait: int
    state: TurnState
    last: bool


class _Handed(NamedTuple):
    seq: int
    running: int
    to: str
    by_customer: bool


class Holders:
    """Who held the session when. Handovers lie within a turn by seq, so that one in the millisecond
    of an ask or of its reply still falls on its right side."""

    __slots__ = ("_first", "_handed", "_seqs")

    def __init__(self, first: str) -> None:
        self._first = first
        self._handed: list[_Handed] = []
        self._seqs: list[int] = []

    def hand_over(self, seq: int, running: int, to: str, *, by_customer: bool) -> None:
        self._seqs.append(seq)
        self._handed.append(_Handed(seq, running, to, by_customer))

    def pieces(
        self, first_seq: int, began: int, end_seq: int | None, ended: int
    ) -> tuple[Piece, ...]:
        """The stretches of a turn from its oldest ask (`first_seq`; it starts at running time
        `began`) to its end; `end_seq` is None where no reply has ended it."""
        low = bisect_right(self._seqs, first_seq)
        high = len(self._seqs) if end_seq is None else bisect_left(self._seqs, end_seq)
        holder = self._handed[low - 1].to if low else self._first
        made: list[Piece] = []
        for each in self._handed[low:high]:
            until = max(began, each.running)  # one before an ask in a pause has started
            made.append(Piece(holder, until - began, not each.by_customer))
            holder, began = each.to, until
        made.append(Piece(holder, ended - began, False))
        return tuple(made)

    def copy(self) -> Self:
        twin = type(self)(self._first)
        twin._handed = self._handed.copy()
        twin._seqs = self._seqs.copy()
        return twin


def parts(
    pieces: Sequence[Piece], state: TurnState, promise_ms: int, *, covered: bool, left: bool
) -> tuple[TurnShare, ...]:
    """What each person answers for, by when they first held it; nothing of a void turn.

    `left`: the last one ended the session with the turn open.
    """
    if state is TurnState.VOID:
        return ()
    last = pieces[-1].responder
    if len(pieces) == 1:  # nearly every turn
        wait = pieces[0].wait
        return (TurnShare(last, wait, _judge(wait, promise_ms, covered=covered, left=left), True),)
    made: list[TurnShare] = []
    for name in dict.fromkeys(piece.responder for piece in pieces):
        own = [piece for piece in pieces if piece.responder == name]
        wait = sum(piece.wait for piece in own)
        is_last = name == last
        if not wait and not is_last:
            continue
        blamed = (
            state is TurnState.BREACHED
            and wait >= BLAMED_FROM_MS
            and any(piece.handed_on for piece in own)
        )
        result = (
            TurnState.BREACHED
            if blamed
            else _judge(wait, promise_ms, covered=covered and is_last, left=left and is_last)
        )
        made.append(TurnShare(name, wait, result, is_last))
    return tuple(made)


def _judge(wait: int, promise_ms: int, *, covered: bool, left: bool) -> TurnState:
    if wait > promise_ms or (left and not covered):
        return TurnState.BREACHED
    return TurnState.KEPT if covered else TurnState.CENSORED


def count(tally: dict[str, dict[TurnState, int]], made: Iterable[TurnShare]) -> None:
    """Add results to a tally by person."""
    for part in made:
        own = tally.get(part.responder)
        if own is None:
            own = {TurnState.KEPT: 0, TurnState.BREACHED: 0, TurnState.CENSORED: 0}
            tally[part.responder] = own
        own[part.state] += 1
