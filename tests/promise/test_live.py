"""What a fold tells of a session while it goes on, entry by entry."""

from typing import Any

import pytest
from tests.promise.journals import OPENED, chained, message, typed

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold, Phase
from miaohui.promise.turns import TurnState

MIN_MS = 60_000


def folded(*rows: dict[str, Any]) -> Fold:
    fold = Fold()
    for entry in typed(chained([{**OPENED, "t": 0}, *rows])):
        fold.apply(entry)
    return fold


def reply(t: int, number: int, seen: int, **more: Any) -> dict[str, Any]:
    return message("responder", t, number, **{"responder": "r0", "seen_seq": seen, **more})


GREETED = reply(1_000, 2, 0)
ASKED = message("customer", 5_000, 3)
PAUSED = {"kind": "paused", "t": 6_000, "by": "customer", "reason": "asked"}
CLOSING = {"kind": "closing", "t": 7_000}
EXTENDED = {"kind": "extended", "t": 8_000, "paid_ms": 600_000, "price_fen": 1_000}
CLOSED = {"kind": "closed", "t": 9_000, "reason": "customer"}
HANDED = {"kind": "handover", "t": 6_000, "from": "r0", "to": "r1", "reason": "shift"}


@pytest.mark.parametrize(
    ("rows", "phase"),
    [
        ([], Phase.WAITING),
        ([ASKED], Phase.WAITING),
        ([GREETED], Phase.ACTIVE),
        ([GREETED, ASKED, PAUSED], Phase.PAUSED),
        ([PAUSED], Phase.PAUSED),
        ([GREETED, ASKED, CLOSING], Phase.CLOSING),
        ([GREETED, ASKED, CLOSING, EXTENDED], Phase.ACTIVE),
        ([GREETED, ASKED, CLOSING, CLOSED], Phase.CLOSED),
    ],
)
def test_where_a_session_stands(rows: list[dict[str, Any]], phase: Phase) -> None:
    fold = folded(*rows)
    assert fold.phase is phase
    assert fold.began is (GREETED in rows)
    assert (fold.closed is not None) is (CLOSED in rows)
    assert fold.closing_since == (7_000 if rows[-1:] in ([CLOSING], [CLOSED]) else None)
    more = EXTENDED in rows
    assert (fold.paid_ms, fold.price_fen) == ((1_200_000, 3_801) if more else (600_000, 2_801))
    assert (fold.length, fold.last_t) == (1 + len(rows), rows[-1]["t"] if rows else 0)


def test_who_holds_it() -> None:
    assert folded(GREETED).holder == "r0"
    assert folded(GREETED, HANDED).holder == "r1"


def test_what_is_open_and_what_is_settled() -> None:
    second, third = message("customer", 6_000, 4), message("customer", 20_000, 6)
    fold = folded(GREETED, ASKED, second, reply(8_000, 5, 4), third)
    assert fold.opened.session == "s-1"
    (settled,) = fold.turns
    assert (settled.start, settled.end, settled.wait, settled.asks) == (5_000, 8_000, 3_000, (3, 4))
    assert (fold.turns_since(0), fold.turns_since(1), fold.turns_since(-1)) == (
        (settled,),
        (),
        (settled,),
    )
    assert (fold.count(TurnState.KEPT), fold.count(TurnState.BREACHED)) == (1, 0)
    assert (fold.open_asks, fold.first_open_ask) == ((6,), 6)
    (standing,) = fold.open_turns(30_000)
    assert (standing.start, standing.end, standing.wait) == (20_000, None, 10_000)
    assert standing.state is TurnState.OPEN
    assert fold.open_turns(30_001)[0].state is TurnState.BREACHED
    assert (fold.in_time(30_000), fold.in_time(30_001)) == (True, False)
    open_ = fold.open_turn(30_001)
    assert open_ is not None
    assert (open_.first, open_.count, open_.wait, open_.breached) == (6, 1, 10_001, True)
    assert fold.turn_of(3, 30_000) == fold.turn_of(4, 30_000) == settled
    assert fold.turn_of(6, 30_000) == standing
    assert fold.turn_of(5, 30_000) is fold.turn_of(99, 30_000) is None


def test_nothing_is_open_where_all_is_answered() -> None:
    fold = folded(GREETED, ASKED, reply(8_000, 4, 3))
    assert (fold.open_asks, fold.first_open_ask, fold.open_turn(9_000)) == ((), None, None)
    assert fold.open_turns(9_000) == ()
    assert not fold.in_time(9_000)


def test_what_would_be_paid_back_now() -> None:
    fold = folded(GREETED, ASKED, reply(25_000, 4, 3))
    # 10 s of 600 s late at 28.01; of a session that ends for safety all that is unused.
    customer = fold.settlement_if("customer", 301_000)
    assert (customer.time_fen, customer.terms_fen, customer.refund_fen) == (47, 0, 47)
    assert fold.elapsed_ms(301_000) == 300_000
    assert fold.late_ms(301_000) == 10_000
    assert fold.remaining_ms(301_000) == 310_000
    assert fold.settlement_if("safety", 301_000).refund_fen == 1_448
    assert fold.settlement() is None
    assert fold.settlement_under(fold.opened.terms) is None
    closed = folded(
        GREETED, ASKED, reply(25_000, 4, 3), {**CLOSED, "t": 301_000, "reason": "customer"}
    )
    assert closed.settlement() == closed.settlement_under(closed.opened.terms) == customer
    # What comes after the end moves nothing.
    assert closed.figures(10**9) == closed.figures(301_000)
    assert closed.remaining_ms(10**9) == 310_000


def test_an_empty_fold_tells_nothing() -> None:
    with pytest.raises(JournalBroken, match="empty"):
        _ = Fold().opened
