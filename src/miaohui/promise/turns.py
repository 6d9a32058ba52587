"""Turns: the asks that one reply is the first to cover, and how long they waited."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

from msgspec import Struct

from miaohui.promise.constants import GONE_MS, LONG_MS


class TurnState(StrEnum):
    """What became of a turn, or of one ask."""

    KEPT = "kept"
    BREACHED = "breached"
    CENSORED = "censored"
    OPEN = "open"
    VOID = "void"

    __hash__ = str.__hash__  # an enum's own is Python, and tallies go by states


class Severity(StrEnum):
    """How bad a breach was."""

    LATE = "late"
    LONG = "long"
    GONE = "gone"
    NEVER = "never"


class Turn(Struct, frozen=True):
    """One turn; `end` is None where no standing reply has covered all of it. Milliseconds."""

    start: int
    end: int | None
    wait: int
    state: TurnState
    severity: Severity | None
    asks: tuple[int, ...]


class TurnAsks(NamedTuple):
    """How many of a turn's messages, each on its own, were kept and breached."""

    kept: int
    breached: int

    @classmethod
    def of(cls, states: Iterable[TurnState]) -> Self:
        kept = breached = 0
        for state in states:
            kept += state is TurnState.KEPT
            breached += state is TurnState.BREACHED
        return cls(kept, breached)


class OpenTurn(Struct, frozen=True, kw_only=True):
    """The oldest open turn; `first` is the seq of its oldest ask, `count` how many asks are open at
    all."""

    start: int
    wait: int
    first: int
    count: int
    state: TurnState
    triple_miss: bool

    @property
    def breached(self) -> bool:
        return self.state is TurnState.BREACHED


class Instant(Struct, frozen=True, gc=False):
    """A moment on the three clocks: seq of the entry, t, running time, and time less pauses alone."""

    seq: int
    t: int
    running: int
    unpaused: int


def severity_of(wait: int, *, covered: bool) -> Severity:
    if not covered:
        return Severity.NEVER
    if wait >= GONE_MS:
        return Severity.GONE
    return Severity.LONG if wait >= LONG_MS else Severity.LATE


def judge(
    start: Instant, end: Instant, promise_ms: int, *, covered: bool, closed: bool, left: bool
) -> TurnState:
    """The state of a wait from start to end; `left`: the responder ended the session with it open."""
    wait = end.running - start.running
    if wait > promise_ms or (left and not covered):
        return TurnState.BREACHED
    if end.unpaused - start.unpaused > wait:
        return TurnState.VOID
    if covered:
        return TurnState.KEPT
    return TurnState.CENSORED if closed else TurnState.OPEN
