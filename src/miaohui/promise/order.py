"""What may follow what in a journal, apart from the hash chain."""

from typing import Self

from miaohui.promise.errors import JournalBroken
from miaohui.wire.journal import Closed, Entry, Fault, Handover, Message, Opened, Recalled

_CUSTOMER = 1
_RESPONDER = 2


class Order:
    """The rules of sequence: gapless seq, time that never goes back, sensible references."""

    __slots__ = ("_authors", "_closed", "holder", "last_t", "length")

    def __init__(self) -> None:
        # One byte per entry: who wrote it where it is a message, else 0.
        self._authors = bytearray()
        self._closed = False
        self.length = 0
        self.last_t = 0
        self.holder = ""

    def accept(self, entry: Entry) -> None:
        """Take the next entry or raise `JournalBroken`, which changes nothing."""
        seq, t = entry.seq, entry.t
        expected = self.length + 1
        if self._closed:
            raise JournalBroken("stands after `closed`", entry=expected)
        if seq != expected:
            raise JournalBroken(f"seq {seq} stands where {expected} belongs", entry=expected)
        if (seq == 1) is not (type(entry) is Opened):
            raise JournalBroken("`opened` is the first entry and no other", entry=seq)
        if t < self.last_t:
            raise JournalBroken(f"time goes back from {self.last_t} to {t}", entry=seq)
        if type(entry) is Message:  # nearly every entry is one
            if entry.author == "customer":
                author = _CUSTOMER
            elif entry.seen < seq:
                author = _RESPONDER
            else:
                raise JournalBroken("`seen_seq` names an entry that was not there yet", entry=seq)
        else:
            author = 0
            self._other(entry)
        self._authors.append(author)
        self.length = seq
        self.last_t = t

    def _other(self, entry: Entry) -> None:
        seq = entry.seq
        match entry:
            case Recalled():
                self._recalled(entry)
            case Fault(from_t=from_t, to_t=to_t):
                if not from_t <= to_t <= entry.t:
                    raise JournalBroken("a fault must end after its start, by now", entry=seq)
            case Handover(from_=name, to=to):
                if name != self.holder:
                    raise JournalBroken(f"{name!r} did not hold the session", entry=seq)
                self.holder = to
            case Opened(responder=name):
                if entry.t != 0:
                    raise JournalBroken("`opened` has t = 0", entry=seq)
                self.holder = name
            case Closed():
                self._closed = True
            case _:
                pass

    def _recalled(self, entry: Recalled) -> None:
        author = self._authors[entry.target - 1] if entry.target < entry.seq else 0
        if not author:
            raise JournalBroken(f"recalls entry {entry.target}, no message", entry=entry.seq)
        if author != (_CUSTOMER if entry.author == "customer" else _RESPONDER):
            raise JournalBroken("recalls a message of somebody else", entry=entry.seq)

    def copy(self) -> Self:
        twin = type(self)()
        twin._authors = self._authors.copy()
        twin._closed = self._closed
        twin.length = self.length
        twin.last_t = self.last_t
        twin.holder = self.holder
        return twin
