"""What recalls make of a session: the replies and the asks that count as never sent."""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from miaohui.promise.paidtime import RunningTime
from miaohui.wire.journal import Entry, Message, Paused, Recalled, Resumed


def removed_replies(entries: Iterable[Entry]) -> frozenset[int]:
    """Seqs of the messages that a responder recalled, whenever that was."""
    return frozenset(
        entry.target
        for entry in entries
        if isinstance(entry, Recalled) and entry.author == "responder"
    )


class _Recalls:
    """One pass over a journal; running times of asks by seq, None where they have not started."""

    def __init__(self, removed: frozenset[int], clock: RunningTime, promise_ms: int) -> None:
        self._removed = removed
        self._clock = clock
        self._promise_ms = promise_ms
        self._waiting: dict[int, int | None] = {}
        self._taken: dict[int, int | None] = {}
        self._taken_seqs: list[int] = []
        self._paused = False
        self.unsent: set[int] = set()

    def step(self, entry: Entry) -> None:
        match entry:
            case Message(author="customer"):
                running = None if self._paused else self._clock.at(entry.t)
                self._waiting[entry.seq] = running
            case Message() if entry.is_reply and entry.seq not in self._removed:
                self._cover(entry)
            case Recalled(author="customer", target=target) if target in self._waiting:
                start = self._waiting[target]
                if start is None or self._clock.at(entry.t) - start <= self._promise_ms:
                    self._taken[target] = self._waiting.pop(target)
                    heappush(self._taken_seqs, target)
            case Paused():
                self._paused = True
            case Resumed():
                self._paused = False
                running = self._clock.at(entry.t)
                for asks in (self._waiting, self._taken):
                    for seq in reversed(asks):
                        if asks[seq] is not None:
                            break
                        asks[seq] = running
            case _:
                pass

    def _cover(self, reply: Message) -> None:
        waiting, taken = self._waiting, self._taken_seqs
        while waiting and (oldest := next(iter(waiting))) <= reply.seen:
            del waiting[oldest]
        while taken and taken[0] <= reply.seen:
            seq = heappop(taken)
            start = self._taken.pop(seq)
            if start is None or self._clock.at(reply.t) - start > self._promise_ms:
                self.unsent.add(seq)

    def end(self) -> "Unsent":
        return Unsent(frozenset(self.unsent.union(self._taken)), frozenset(self._taken))


class Unsent(NamedTuple):
    """Seqs of the asks that count as never sent, and those among them that a reply may still save."""

    asks: frozenset[int] = frozenset()
    alive: frozenset[int] = frozenset()


def unsent_asks(
    entries: Iterable[Entry], removed: frozenset[int], clock: RunningTime, promise_ms: int
) -> Unsent:
    """The asks recalled while open and no older than the promise, and not answered in time all the
    same.

    Both are judged as though the removed replies had never been sent, also where their recall came
    after the customer's; ages are running time. An ask recalled in the pause that it came in has
    no age yet, and a reply before its start does not save it.
    """
    recalls = _Recalls(removed, clock, promise_ms)
    for entry in entries:
        recalls.step(entry)
    return recalls.end()
