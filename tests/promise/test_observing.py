"""What an app holds its relay's word against."""

import msgspec
import pytest
from tests.promise.journals import OPENED, chained, typed

from miaohui.promise.observing import (
    Felt,
    Ordered,
    felt,
    opened_differs,
    refund_differs,
    seen_seq_raised,
    told_wait,
)
from miaohui.promise.settlement import Settlement
from miaohui.wire.journal import Opened, Terms


@pytest.mark.parametrize(
    ("felt_ms", "rtt_ms", "told"),
    [
        (3_997, 2, Felt.SHORTER),
        (3_997, None, Felt.SHORTER),
        (3_998, 2, Felt.FITS),
        (4_304, 2, Felt.FITS),
        (4_305, 2, Felt.LONGER),
        (90_000, None, Felt.FITS),
    ],
)
def test_a_felt_wait_lies_between_the_relays_and_the_round_trip(
    felt_ms: int, rtt_ms: int | None, told: Felt
) -> None:
    assert felt(felt_ms, 4_000, rtt_ms) is told


@pytest.mark.parametrize(
    ("from_t", "to_t", "reason", "least"),
    [
        (2_000, 5_000, "restart", 6_000),
        (500, 5_000, "restart", 5_000),  # of it only what lies in the wait
        (2_000, 12_000, "restart", 1_000),
        (500, 12_000, "restart", 0),
        (0, 1_000, "restart", 9_000),
        (10_000, 12_000, "restart", 9_000),
        (11_000, 12_000, "restart", 9_000),
        (2_000, 5_000, "overload", 9_000),
    ],
)
def test_over_a_restart_a_relay_says_nothing_of_a_wait(
    from_t: int, to_t: int, reason: str, least: int
) -> None:
    gone = {"kind": "fault", "t": 12_000, "from_t": from_t, "to_t": to_t, "reason": reason}
    entries = typed(chained([{**OPENED, "t": 0}, gone]))
    assert told_wait(1_000, 10_000, entries) == (least, 9_000)


def test_two_clocks_may_drift() -> None:
    assert felt(99_978, 100_000, None) is Felt.FITS
    assert felt(99_977, 100_000, None) is Felt.SHORTER


def test_opened_is_the_order_that_was_paid() -> None:
    (opened,) = typed(chained([{**OPENED, "t": 0}]))
    assert isinstance(opened, Opened)
    ordered = Ordered(
        shop=opened.shop,
        paid_ms=opened.paid_ms,
        price_fen=opened.price_fen,
        promise_ms=opened.promise_ms,
        terms=opened.terms,
    )
    assert opened_differs(opened, ordered) == ()
    dearer = msgspec.structs.replace(opened, price_fen=opened.price_fen + 1)
    assert opened_differs(dearer, ordered) == ("price_fen",)
    meaner = Terms(give_back=True, last_question=True, refunds=())
    told = msgspec.structs.replace(opened, terms=meaner, shop="other", promise_ms=20_000)
    assert opened_differs(told, ordered) == ("shop", "promise_ms", "terms")


def test_seen_seq_is_raised_by_right_only() -> None:
    assert not seen_seq_raised(written=4, sent=4, surely=0)
    assert not seen_seq_raised(written=3, sent=4, surely=0)
    assert not seen_seq_raised(written=5, sent=4, surely=5)
    assert seen_seq_raised(written=6, sent=4, surely=5)


def test_the_refund_is_the_journals_own() -> None:
    own = Settlement(time_fen=2_991, terms_fen=0, refund_fen=2_991)
    assert not refund_differs(own, 2_991)
    assert refund_differs(own, 0)
    assert not refund_differs(None, 0)
