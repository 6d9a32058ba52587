"""The account of one session, with the keys that `miaohui figures --json` prints."""

from typing import NamedTuple

from msgspec import Struct

from miaohui.promise.ledger import Ledger
from miaohui.promise.turns import Turn, TurnState


class Own(Struct, frozen=True):
    """One responder's own figures in a session."""

    kept: int
    breached: int
    censored: int


class Figures(Struct, frozen=True, kw_only=True):
    """Everything the fold says about a session at one instant; times in milliseconds."""

    turns: tuple[Turn, ...]
    kept: int
    breached: int
    censored: int
    open: int
    void: int
    by_responder: dict[str, Own]
    late_ms: int
    elapsed_ms: int
    remaining_ms: int
    longest_wait_ms: int | None
    longest_silence_ms: int | None
    silences_60: int
    broken_60_by_responder: int
    refund_fen: int | None
    flags: tuple[str, ...]


class _Order(NamedTuple):
    start: int
    uncovered: bool
    end: int


def _order(turn: Turn) -> _Order:
    return _Order(turn.start, turn.end is None, turn.end or 0)


def report(
    ledger: Ledger,
    now: int,
    *,
    open_turn: Turn | None,
    remaining_ms: int,
    refund_fen: int | None,
    flags: tuple[str, ...],
) -> Figures:
    """The figures of a ledger at `now`."""
    turns = list(ledger.settled)
    counts = dict(ledger.counts)
    longest = ledger.longest_settled
    if open_turn is not None:
        turns.append(open_turn)
        counts[open_turn.state] += 1
        if open_turn.state is not TurnState.VOID:
            longest = max(open_turn.wait, longest or 0)
    turns.sort(key=_order)
    silences = ledger.silences(now)
    return Figures(
        turns=tuple(turns),
        kept=counts[TurnState.KEPT],
        breached=counts[TurnState.BREACHED],
        censored=counts[TurnState.CENSORED],
        open=counts[TurnState.OPEN],
        void=counts[TurnState.VOID],
        by_responder={
            name: Own(own[TurnState.KEPT], own[TurnState.BREACHED], own[TurnState.CENSORED])
            for name, own in sorted(ledger.open_holders(now).counts.items())
        },
        late_ms=ledger.late_ms(now),
        elapsed_ms=ledger.elapsed_ms(now),
        remaining_ms=remaining_ms,
        longest_wait_ms=longest,
        longest_silence_ms=silences.longest_ms,
        silences_60=silences.over_60,
        broken_60_by_responder=silences.broken_60_by_responder,
        refund_fen=refund_fen,
        flags=flags,
    )
