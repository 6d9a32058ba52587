"""A closed session's part in the figures: whole waits for the shop, parts for its people."""

from miaohui.promise.constants import FAULTY_SHARE
from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.promise.turns import TurnState
from miaohui.relay.directory.statistics import FLOOR_PERCENT, MeasuredWait, Measurement
from miaohui.relay.session.facts import Facts

COUNTED = {TurnState.KEPT, TurnState.BREACHED, TurnState.CENSORED}
HOUR_MS = 3_600_000


def measure(
    fold: Fold, facts: Facts, sound: RunningTime, floor_percent: int = FLOOR_PERCENT
) -> Measurement | None:
    """The session's waits: whole turns, and each person's part of them. None where more of it was
    faulty than a session that counts may have; ``sound``: the time without what was."""
    if fold.last_t - sound.at(fold.last_t) > FAULTY_SHARE * fold.last_t:
        return None
    figures = fold.figures(fold.last_t)
    waits: list[MeasuredWait] = []
    pieces: list[MeasuredWait] = []
    for turn, parts in fold.parts():
        if turn.state not in COUNTED:
            continue
        answered = turn.end is not None
        for part in parts:
            covered = answered and part.last
            pieces.append(
                _wait(facts, part.responder, turn.start, part.wait, part.state, covered=covered)
            )
        holder = parts[-1].responder if parts else facts.responder
        waits.append(_wait(facts, holder, turn.start, turn.wait, turn.state, covered=answered))
    return Measurement(
        session=facts.id,
        shop=facts.shop,
        customer=facts.customer,
        closed_utc_ms=facts.opened_utc_ms + fold.last_t,
        waits=tuple(waits),
        pieces=tuple(pieces),
        late_ms=figures.late_ms,
        elapsed_ms=figures.elapsed_ms,
        asks_kept=figures.asks.kept,
        asks_breached=figures.asks.breached,
        price_fen=fold.price_fen,
        paid_ms=fold.paid_ms,
        floor_percent=floor_percent,
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
