"""What an app holds its relay's word against: pure rules, each telling what does not fit.

The app knows what it sent, when a reply was shown, the order that it paid and the round trip that it
measured; what does not fit goes into the session's seal, for good.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from miaohui.promise.constants import CUT_MS, DRIFT_PPM, FELT_SLACK_MS
from miaohui.promise.settlement import Settlement
from miaohui.wire.journal import Entry, Fault, Opened, Terms


class Felt(StrEnum):
    """A felt wait beside the relay's."""

    FITS = "fits"
    SHORTER = "shorter"  # no way there and back is negative
    LONGER = "longer"  # nor much longer than the round trip measured beside it


def felt(felt_ms: int, wait_ms: int, rtt_ms: int | None) -> Felt:
    """Enter to display against W: the difference is the way there and back, but for how two clocks
    are cut and drift."""
    way = felt_ms - wait_ms
    clocks = CUT_MS + wait_ms * DRIFT_PPM // 1_000_000
    if way < -clocks:
        return Felt.SHORTER
    if rtt_ms is not None and way > rtt_ms + FELT_SLACK_MS + clocks:
        return Felt.LONGER
    return Felt.FITS


def told_wait(asked: int, answered: int, entries: Iterable[Entry]) -> tuple[int, int]:
    """From a question to its reply by the relay's clock, pauses and all (the person felt them too):
    the least and the most that it says. Over a restart it vouches for nothing."""
    whole = answered - asked
    unsure = sum(
        max(0, min(answered, each.to_t) - max(asked, each.from_t))
        for each in entries
        if isinstance(each, Fault) and each.reason == "restart"
    )
    return max(0, whole - unsure), whole


class Ordered(Struct, frozen=True, kw_only=True):
    """The order that a customer paid, in the words of `opened`."""

    shop: str
    paid_ms: int
    price_fen: int
    promise_ms: int
    terms: Terms


def opened_differs(opened: Opened, ordered: Ordered) -> tuple[str, ...]:
    """The fields in which `opened` is not the order."""
    return tuple(
        name
        for name in ordered.__struct_fields__
        if getattr(opened, name) != getattr(ordered, name)
    )


def seen_seq_raised(written: int, sent: int, surely: int) -> bool:
    """Whether the relay wrote a higher `seen_seq` than this app sent, without a right to: `surely` is
    the highest ask that this link had acknowledged `SEEN_SURELY_MS` before."""
    return written > max(sent, surely)


def refund_differs(settlement: Settlement | None, told_fen: int) -> bool:
    """Whether the relay's refund is another than the journal's own."""
    return settlement is not None and settlement.refund_fen != told_fen


__all__ = [
    "Felt",
    "Ordered",
    "felt",
    "opened_differs",
    "refund_differs",
    "seen_seq_raised",
    "told_wait",
]
