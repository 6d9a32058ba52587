"""The silence contract of a customer's card: who spoke after so long a silence, out of a journal."""

from collections.abc import Iterable

from msgspec import Struct

from miaohui.promise.constants import PROMISE_MS, WAITING_MS
from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.wire.journal import Entry, Fault, Message, Paused, Resumed


class Nudges(Struct, frozen=True, kw_only=True):
    """What became of a customer's wish about silence. With a time: silences that lasted so long, and
    that the responder broke within the promise after it (`kept`), or that went on (`missed`).
    Without one, "wait for me": long silences that the responder broke first (`early`)."""

    kept: int = 0
    missed: int = 0
    early: int = 0


def nudges_of(entries: Iterable[Entry], after_ms: int | None) -> Nudges:
    """`after_ms` None: wait for me. A silence is running time with no ask open, from the first
    reply on; JournalError where the entries are no journal."""
    fold, running = Fold(), RunningTime()
    kept = missed = early = 0
    last: int | None = None
    for entry in entries:
        match entry:
            case Paused(t=t):
                running.pause(t)
            case Resumed(t=t):
                running.resume(t)
            case Fault(from_t=start, to_t=end):
                running.freeze(start, end)
            case Message(t=t, author=author) if author == "customer" or entry.is_reply:
                now = running.at(t)
                if last is not None and fold.first_open_ask is None:
                    length, theirs = now - last, author == "responder"
                    if after_ms is None:
                        early += theirs and length >= WAITING_MS
                    elif length > after_ms + PROMISE_MS:
                        missed += 1
                    elif length >= after_ms and theirs:
                        kept += 1
                if last is not None or author == "responder":
                    last = now
            case _:
                pass
        fold.apply(entry)
    return Nudges(kept=kept, missed=missed, early=early)
