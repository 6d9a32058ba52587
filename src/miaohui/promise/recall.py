"""What recalls make of a session: the replies and the asks that count as never sent."""

from collections.abc import Iterable

from miaohui.promise.paidtime import RunningTime
from miaohui.wire.journal import Entry, Message, Recalled


def removed_replies(entries: Iterable[Entry]) -> frozenset[int]:
    """Seqs of the messages that a responder recalled, whenever that was."""
    return frozenset(
        entry.target
        for entry in entries
        if isinstance(entry, Recalled) and entry.author == "responder"
    )


def unsent_asks(
    entries: Iterable[Entry], removed: frozenset[int], clock: RunningTime, promise_ms: int
) -> frozenset[int]:
    """Seqs of the asks recalled while open and no older than the promise.

    Whether an ask was open is judged as though the removed replies had never been sent, also where
    their recall came after the customer's; its age is running time, like every duration.
    """
    waiting: dict[int, int] = {}
    unsent: set[int] = set()
    for entry in entries:
        match entry:
            case Message():
                if entry.is_ask:
                    waiting[entry.seq] = entry.t
                elif entry.is_reply and entry.seq not in removed:
                    while waiting and (oldest := next(iter(waiting))) <= entry.seen:
                        del waiting[oldest]
            case Recalled(target=target, author="customer"):
                sent = waiting.get(target)
                if sent is not None and clock.at(entry.t) - clock.at(sent) <= promise_ms:
                    del waiting[target]
                    unsent.add(target)
            case _:
                pass
    return frozenset(unsent)
