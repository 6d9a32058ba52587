"""The account of one session, with the keys that `miaohui figures --json` prints."""

from typing import NamedTuple

from msgspec import Struct

from miaohui.promise.clockstate import ClockState
from miaohui.promise.pieces import count
from miaohui.promise.turns import Instant, Turn, TurnState


class Own(Struct, frozen=True):
    """One responder's own figures in a session."""

    kept: int
    breached: int
    censored: int


class AskCounts(Struct, frozen=True, kw_only=True):
    """The messages' figures: asks on their own, a nudge in the same stall once in ten seconds."""

    kept: int
    breached: int
    censored: int
    open: int
    void: int


class Figures(Struct, frozen=True, kw_only=True):
    """Everything the fold says about a session at one instant; times in milliseconds."""

    turns: tuple[Turn, ...]
    kept: int
    breached: int
    censored: int
    open: int
    void: int
    asks: AskCounts
    by_responder: dict[str, Own]
    late_ms: int
    elapsed_ms: int
    remaining_ms: int
    longest_wait_ms: int | None
    longest_silence_ms: int | None
    silences_60: int
    broken_60_by_responder: int
    silences_300: int
    broken_300_by_responder: int
    refund_fen: int | None
    flags: tuple[str, ...]


class _Order(NamedTuple):
    start: int
    uncovered: bool
    end: int
    first: int


def turn_order(turn: Turn) -> _Order:
    """By start, then end (open last), then first ask."""
    return _Order(turn.start, turn.end is None, turn.end or 0, turn.asks[0])


def report(
    state: ClockState, now: Instant, *, remaining_ms: int, flags: tuple[str, ...]
) -> Figures:
    """The figures of a clock state at `now`, without the refund."""
    turns = list(state.settled)
    counts, asks = dict(state.counts), dict(state.ask_counts)
    own = {name: dict(each) for name, each in state.own.items()}
    longest = state.longest_settled
    for standing in state.standing():
        turn = state.as_turn(standing, now)
        turns.append(turn)
        counts[turn.state] += 1
        count(own, state.parts_of(standing, now))
        for each in state.asks_of(standing, now):
            asks[each] += 1
        if turn.state is not TurnState.VOID:
            longest = max(turn.wait, longest or 0)
    turns.sort(key=turn_order)
    silences = state.silences(now.t)
    return Figures(
        turns=tuple(turns),
        kept=counts[TurnState.KEPT],
        breached=counts[TurnState.BREACHED],
        censored=counts[TurnState.CENSORED],
        open=counts[TurnState.OPEN],
        void=counts[TurnState.VOID],
        asks=AskCounts(**{each.value: asks[each] for each in TurnState}),
        by_responder={
            name: Own(each[TurnState.KEPT], each[TurnState.BREACHED], each[TurnState.CENSORED])
            for name, each in sorted(own.items())
        },
        late_ms=state.late_ms(now.t),
        elapsed_ms=state.elapsed_ms(now.t),
        remaining_ms=remaining_ms,
        longest_wait_ms=longest,
        longest_silence_ms=silences.longest_ms,
        silences_60=silences.over_60,
        broken_60_by_responder=silences.broken_60_by_responder,
        silences_300=silences.over_300,
        broken_300_by_responder=silences.broken_300_by_responder,
        refund_fen=None,
        flags=flags,
    )
