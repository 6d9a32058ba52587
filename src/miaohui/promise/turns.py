"""Turns: the asks that one reply covers, how long they waited, and whose wait it was."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, Self

from msgspec import Struct

from miaohui.promise.paidtime import RunningTime

LONG_MS = 30_000
GONE_MS = 180_000


class TurnState(StrEnum):
    """What became of a turn."""

    KEPT = "kept"
    BREACHED = "breached"
    CENSORED = "censored"
    OPEN = "open"
    VOID = "void"


class Severity(StrEnum):
    """How bad a breach was."""

    LATE = "late"
    LONG = "long"
    GONE = "gone"
    NEVER = "never"


class Turn(Struct, frozen=True):
    """One turn; `end` is None where no reply has covered it."""

    start: int
    end: int | None
    wait: int
    state: TurnState
    severity: Severity | None
    asks: tuple[int, ...]


class OpenTurn(Struct, frozen=True, kw_only=True):
    """The asks open now, as one turn."""

    start: int
    wait: int
    asks: tuple[int, ...]
    state: TurnState
    triple_miss: bool

    @property
    def breached(self) -> bool:
        return self.state is TurnState.BREACHED


class Ask(NamedTuple):
    """An ask that waits: its seq, its time, its running time."""

    seq: int
    t: int
    running: int


def severity_of(wait: int, *, covered: bool) -> Severity:
    if not covered:
        return Severity.NEVER
    if wait >= GONE_MS:
        return Severity.GONE
    return Severity.LONG if wait >= LONG_MS else Severity.LATE


class Faults:
    """The faulty stretches of a session.

    A turn overlaps a stretch where they share more than an end point: a reply received in the very
    millisecond in which the relay could still vouch for its clock is a reply it vouches for.
    """

    __slots__ = ("_reach", "_stretches")

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = []
        # The furthest end among the stretches up to this one: where the backward scan may stop.
        self._reach: list[int] = []

    def add(self, start: int, end: int) -> None:
        self._stretches.append((start, end))
        self._reach.append(max(end, self._reach[-1]) if self._reach else end)

    def void(self, start: int, end: int, promise_ms: int, clock: RunningTime) -> bool:
        """Whether a fault took [start, end] before its wait had passed the promise."""
        if not self._stretches:
            return False
        began = clock.at(start)
        for index in range(len(self._stretches) - 1, -1, -1):
            if self._reach[index] <= start:
                return False
            fault_start, fault_end = self._stretches[index]
            if fault_start < end and fault_end > start:
                waited = clock.at(fault_start) - began if fault_start > start else 0
                if waited <= promise_ms:
                    return True
        return False

    def copy(self) -> Self:
        twin = type(self)()
        twin._stretches = self._stretches.copy()
        twin._reach = self._reach.copy()
        return twin


class Holders:
    """Who held the session when, and the responders' own figures.

    A turn is cut at the handovers that the journal has between its oldest ask and its end, by seq,
    so that a handover in the same millisecond as either still falls on its right side.
    """

    __slots__ = ("_names", "_running", "_seqs", "counts")

    def __init__(self, first: str) -> None:
        self._names = [first]
        self._seqs: list[int] = []
        self._running: list[int] = []
        self.counts: dict[str, dict[TurnState, int]] = {}

    def hand_over(self, seq: int, running: int, to: str) -> None:
        self._seqs.append(seq)
        self._running.append(running)
        self._names.append(to)

    def pieces(self, first: Ask, end_seq: int | None, end: int) -> Iterator[tuple[str, int]]:
        """(responder, running wait) of each piece from the oldest ask to the end."""
        if not self._seqs:
            yield self._names[0], end - first.running
            return
        low = bisect_right(self._seqs, first.seq)
        high = len(self._seqs) if end_seq is None else bisect_left(self._seqs, end_seq)
        began = first.running
        for index in range(low, high):
            yield self._names[index], self._running[index] - began
            began = self._running[index]
        yield self._names[high], end - began

    def count(self, first: Ask, end_seq: int | None, end: int, promise_ms: int) -> None:
        """Count the pieces of one turn; `end_seq` is the covering reply's, None where uncovered."""
        pieces = list(self.pieces(first, end_seq, end))
        last = len(pieces) - 1
        for index, (name, wait) in enumerate(pieces):
            if wait > promise_ms:
                state = TurnState.BREACHED
            elif end_seq is not None and index == last:
                state = TurnState.KEPT
            else:
                state = TurnState.CENSORED
            own = self.counts.get(name)
            if own is None:
                own = {TurnState.KEPT: 0, TurnState.BREACHED: 0, TurnState.CENSORED: 0}
                self.counts[name] = own
            own[state] += 1

    def copy(self) -> Self:
        twin = type(self)(self._names[0])
        twin._names = self._names.copy()
        twin._seqs = self._seqs.copy()
        twin._running = self._running.copy()
        twin.counts = {name: dict(own) for name, own in self.counts.items()}
        return twin
