"""What may follow what in a journal, apart from the hash chain and from what is open.

Each entry is judged by the entries before it: nothing that comes later makes it right or wrong.
"""

from array import array
from bisect import bisect_right
from typing import Self

from miaohui.promise.constants import OVERLOAD_LENGTH_MS, OVERLOAD_WRITTEN_MS, SEEN_GRACE_MS
from miaohui.promise.errors import JournalBroken
from miaohui.promise.trail import Trail
from miaohui.wire.journal import (
    Closed,
    Edited,
    Entry,
    Fault,
    Handover,
    Message,
    Opened,
    Paused,
    Recalled,
    Resumed,
)


def ends_pause(pause: Paused) -> bool:
    """Whether a customer's message ends this pause."""
    return pause.reason == "customer_offline" or (
        pause.by == "customer" and pause.reason == "asked"
    )


class EntryOrder:
    """The rules of sequence: gapless seq, time that never goes back, references that fit."""

    __slots__ = ("_asks", "_checked", "_closed", "_ids", "_recalled", "_trail", "holder", "pause")

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._asks = array("I")  # the seqs of the customer's messages
        self._ids: set[int] = set()
        self._checked = 0  # the id of the message that was checked last
        self._recalled: set[int] = set()
        self._closed = False
        self.holder = ""
        self.pause: Paused | None = None

    def check(self, entry: Entry) -> None:
        """Raise `JournalBroken` where the entry cannot follow; `take` it next, or none."""
        seq, t = entry.seq, entry.t
        expected = self._trail.length + 1
        if seq != expected:
            raise JournalBroken(f"seq {seq} stands where {expected} belongs", entry=expected)
        if self._closed:
            raise JournalBroken("it stands after `closed`", entry=seq)
        if (seq == 1) is not (type(entry) is Opened):
            raise JournalBroken("`opened` is the first entry and no other", entry=seq)
        if t < self._trail.last_t:
            raise JournalBroken(f"time goes back from {self._trail.last_t} to {t}", entry=seq)
        if type(entry) is Message:  # nearly every entry is one
            self._message(entry)
        else:
            self._other(entry)

    def _message(self, entry: Message) -> None:
        seq = entry.seq
        self._checked = int(entry.id.replace("-", ""), 16)
        if self._checked in self._ids:
            raise JournalBroken("its `id` was there before", entry=seq)
        if entry.author == "customer":
            if self.pause is not None and ends_pause(self.pause):
                raise JournalBroken("it should have ended the pause first", entry=seq)
            return
        self._holds(entry.responder, seq)
        seen = entry.seen
        if seen >= seq:
            raise JournalBroken("`seen_seq` names an entry that was not there yet", entry=seq)
        newest = bisect_right(self._asks, seen) - 1
        if newest >= 0:
            sent = self._trail.t_of(self._asks[newest])
            if sent > 0 and entry.t - sent < SEEN_GRACE_MS:
                raise JournalBroken(
                    f"`seen_seq` reaches an ask that is less than {SEEN_GRACE_MS} ms older",
                    entry=seq,
                )

    def _holds(self, responder: object, seq: int) -> None:
        if responder != self.holder:
            raise JournalBroken(f"{responder!r} does not hold the session", entry=seq)

    def _other(self, entry: Entry) -> None:
        seq = entry.seq
        match entry:
            case Recalled() | Edited():
                self._target(entry)
            case Fault():
                self._fault(entry)
            case Handover(from_=name, to=to):
                self._holds(name, seq)
                if to == name:
                    raise JournalBroken(f"{to!r} holds the session already", entry=seq)
            case Resumed() if self.pause is None:
                raise JournalBroken("it ends no pause", entry=seq)
            case Opened() if entry.t != 0:
                raise JournalBroken("`opened` has t = 0", entry=seq)
            case _:
                pass

    def _target(self, entry: Recalled | Edited) -> None:
        seq, target = entry.seq, entry.target
        message = self._trail[target - 1] if target < seq else None
        if not isinstance(message, Message):
            raise JournalBroken(f"its target, entry {target}, is no earlier message", entry=seq)
        if message.author != entry.author:
            raise JournalBroken(f"its target, entry {target}, is somebody else's", entry=seq)
        if target in self._recalled:
            raise JournalBroken(f"its target, entry {target}, was recalled before", entry=seq)
        if entry.author == "responder":
            self._holds(entry.responder, seq)
            if message.responder != entry.responder:
                raise JournalBroken(f"{message.responder!r} wrote entry {target}", entry=seq)

    def _fault(self, entry: Fault) -> None:
        seq, start, end = entry.seq, entry.from_t, entry.to_t
        if not start < end <= entry.t:
            raise JournalBroken("a fault ends after its start, and by now", entry=seq)
        if entry.reason == "overload":
            if end - start > OVERLOAD_LENGTH_MS:
                raise JournalBroken("it is too long for an overload", entry=seq)
            if entry.t - end > OVERLOAD_WRITTEN_MS:
                raise JournalBroken("it was written too late for an overload", entry=seq)
            return
        inside = self._trail.first_after(start)
        if inside is not None and self._trail.t_of(inside) < end:
            raise JournalBroken(f"entry {inside} lies inside the stretch", entry=seq)

    def take(self, entry: Entry) -> None:
        """Remember an entry that was checked; the trail has it by then."""
        if type(entry) is Message:
            self._ids.add(self._checked)
            if entry.author == "customer":
                self._asks.append(entry.seq)
            return
        match entry:
            case Recalled(target=target):
                self._recalled.add(target)
            case Handover(to=to):
                self.holder = to
            case Opened(responder=name):
                self.holder = name
            case Paused():
                self.pause = entry if self.pause is None else self.pause
            case Resumed():
                self.pause = None
            case Closed():
                self._closed = True
            case _:
                pass

    def copy(self, trail: Trail) -> Self:
        twin = type(self)(trail)
        twin._asks, twin._ids = self._asks[:], self._ids.copy()
        twin._recalled = self._recalled.copy()
        twin._closed, twin.holder, twin.pause = self._closed, self.holder, self.pause
        return twin
