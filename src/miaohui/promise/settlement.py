"""Settlement: what a closed session pays back, in fen."""

from collections.abc import Iterable

from msgspec import Struct

from miaohui.promise.constants import ENDS_FREE_AFTER_MS
from miaohui.wire.journal import CloseReason, RefundTerm


def applies(term: RefundTerm, kept: int, breached: int) -> bool:
    """Whether one step of the ladder applies; none does where there is no turn."""
    turns = kept + breached
    return turns > 0 and term.min_turns <= turns and kept * 100 < term.kept_below * turns


def refund_percent(refunds: Iterable[RefundTerm], kept: int, breached: int) -> int:
    """The largest percent among the steps that apply; 0 where none does."""
    return max((t.refund_percent for t in refunds if applies(t, kept, breached)), default=0)


class SettlementFacts(Struct, frozen=True, kw_only=True):
    """What a settlement needs to know; price and paid time include extensions.

    `served`: a human message of a responder's stands. `late_ms` is 0 where nothing is given back.
    `paused_ms` is how long, by the clock, the customer's own pause lasted that the session ended in.
    """

    reason: CloseReason
    served: bool
    price_fen: int
    paid_ms: int
    unused_ms: int
    late_ms: int
    kept: int
    breached: int
    paused_ms: int = 0


class Settlement(Struct, frozen=True, kw_only=True):
    """The refund and the two parts that it is made of."""

    time_fen: int
    terms_fen: int
    refund_fen: int


def _ceil_div(value: int, by: int) -> int:
    return -(-value // by)


def unused_ms(account: SettlementFacts) -> int:
    """The part of unused time that is paid back: who leaves of their own accord gets late time."""
    unused = account.unused_ms
    own = min(unused, account.late_ms)
    if account.reason == "customer":
        return own
    if account.reason == "responder" and account.paused_ms > ENDS_FREE_AFTER_MS:
        return max(own, unused - account.paused_ms)
    return unused


def settle(account: SettlementFacts, refunds: Iterable[RefundTerm]) -> Settlement:
    """The refund of a closed session."""
    price = account.price_fen
    if account.reason == "no_show" or not account.served:
        return Settlement(time_fen=price, terms_fen=0, refund_fen=price)
    time_fen = _ceil_div(price * unused_ms(account), account.paid_ms)
    percent = refund_percent(refunds, account.kept, account.breached)
    terms_fen = _ceil_div(price * percent, 100)
    return Settlement(
        time_fen=time_fen, terms_fen=terms_fen, refund_fen=min(price, time_fen + terms_fen)
    )
