"""A closed session's part in the figures: whole waits for the shop, pieces for its people."""

from collections.abc import Iterable

from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.promise.turns import Turn, TurnState
from miaohui.relay.directory.statistics import MeasuredWait, Measurement
from miaohui.relay.session.facts import Facts
from miaohui.wire.journal import Fault, Handover, Paused, Resumed

COUNTED = {TurnState.KEPT, TurnState.BREACHED, TurnState.CENSORED}
HOUR_MS = 3_600_000


def stretches(stops: Iterable[Paused | Resumed | Fault]) -> RunningTime:
    """A session's running time, for cutting waits at handovers."""
    running = RunningTime()
    for entry in stops:
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
    """The session's waits: whole turns, and the same cut by responder."""
    figures = fold.figures(fold.last_t)
    waits: list[MeasuredWait] = []
    pieces: list[MeasuredWait] = []
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
) -> MeasuredWait:
    utc = facts.opened_utc_ms + start
    hour = (utc + facts.utc_offset_min * 60_000) // HOUR_MS % 24
    return MeasuredWait(
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
