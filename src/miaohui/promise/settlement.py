"""Settlement: what a closed session pays back, in fen."""

from collections.abc import Iterable

from msgspec import Struct

from miaohui.promise.terms import refund_percent
from miaohui.wire.journal import CloseReason, RefundTerm


class Account(Struct, frozen=True, kw_only=True):
    """What a settlement needs to know; price and paid time include extensions."""

    reason: CloseReason
    served: bool
    price_fen: int
    paid_ms: int
    unused_ms: int
    late_ms: int
    kept: int
    breached: int


class Settlement(Struct, frozen=True, kw_only=True):
    """The refund and the two parts that it is made of."""

    time_fen: int
    terms_fen: int
    refund_fen: int


def _ceil_div(value: int, by: int) -> int:
    return -(-value // by)


def settle(account: Account, refunds: Iterable[RefundTerm]) -> Settlement:
    """The refund of a closed session. `served`: a responder wrote a human message at all."""
    price = account.price_fen
    if account.reason == "no_show" or not account.served:
        return Settlement(time_fen=price, terms_fen=0, refund_fen=price)
    unused = account.unused_ms
    if account.reason == "customer":
        unused = min(unused, account.late_ms)
    time_fen = _ceil_div(price * unused, account.paid_ms)
    percent = refund_percent(refunds, account.kept, account.breached)
    terms_fen = _ceil_div(price * percent, 100)
    return Settlement(
        time_fen=time_fen, terms_fen=terms_fen, refund_fen=min(price, time_fen + terms_fen)
    )
