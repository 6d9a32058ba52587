"""A closed session's part in the figures: whole waits for the shop, parts for its people."""

from dataclasses import replace

from miaohui.promise.constants import FAULTY_SHARE
from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.promise.turns import TurnAsks, TurnState
from miaohui.relay.directory.statistics import FLOOR_PERCENT, MeasuredWait, Measurement
from miaohui.relay.session.facts import Facts

COUNTED = {TurnState.KEPT, TurnState.BREACHED, TurnState.CENSORED}
HOUR_MS = 3_600_000
NO_ASKS = TurnAsks(0, 0)


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
    made = fold.parts()
    alone = len({part.responder for each in made for part in each.parts}) == 1
    void = NO_ASKS
    for turn, parts, own in made:
        if turn.state not in COUNTED:
            # Messages are judged on their own: those of a void turn go with the next that counts.
            void = _both(void, own)
            continue
        asks, void = _both(void, own), NO_ASKS
        answered = turn.end is not None
        for part in parts:
            pieces.append(
                _wait(
                    facts,
                    part.responder,
                    turn.start,
                    part.wait,
                    part.state,
                    covered=answered and part.last,
                    # Those of a session that several answered belong to none of them alone.
                    asks=asks if alone else NO_ASKS,
                )
            )
        holder = parts[-1].responder if parts else facts.responder
        waits.append(
            _wait(facts, holder, turn.start, turn.wait, turn.state, covered=answered, asks=asks)
        )
    if void != NO_ASKS:
        for made_of in (waits, pieces if alone else []):
            if made_of:
                made_of[-1] = _with(made_of[-1], void)
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
    facts: Facts,
    responder: str,
    start: int,
    wait: int,
    state: TurnState,
    *,
    covered: bool,
    asks: TurnAsks,
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
        asks_kept=asks.kept,
        asks_breached=asks.breached,
    )


def _both(one: TurnAsks, other: TurnAsks) -> TurnAsks:
    return TurnAsks(one.kept + other.kept, one.breached + other.breached)


def _with(wait: MeasuredWait, more: TurnAsks) -> MeasuredWait:
    return replace(
        wait,
        asks_kept=wait.asks_kept + more.kept,
        asks_breached=wait.asks_breached + more.breached,
    )
