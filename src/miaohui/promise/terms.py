"""Terms: what the refund ladder frozen into a session gives for a record of kept promises."""

from collections.abc import Iterable

from miaohui.wire.journal import RefundTerm


def applies(term: RefundTerm, kept: int, breached: int) -> bool:
    """Whether one step of the ladder applies; none does where there is no turn."""
    turns = kept + breached
    return turns > 0 and term.min_turns <= turns and kept * 100 < term.kept_below * turns


def refund_percent(refunds: Iterable[RefundTerm], kept: int, breached: int) -> int:
    """The largest percent among the steps that apply; 0 where none does."""
    return max((t.refund_percent for t in refunds if applies(t, kept, breached)), default=0)
