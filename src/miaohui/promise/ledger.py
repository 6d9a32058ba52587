"""The clock state that a session's messages lead to: open asks, settled turns, paid time.

A ledger steps over entries in order and never looks back. What later entries say about earlier
ones (recalls, faults in the past) is given to it beforehand: `removed` are the replies and `unsent`
the asks that count as never sent, and the running time is shared with the fold that owns both.
"""

from collections import deque
from typing import Self

from miaohui.promise.paidtime import LateTime, RunningTime
from miaohui.promise.settled import SettledTurns
from miaohui.promise.silence import Silences, SilenceTally
from miaohui.promise.turns import (
    Ask,
    Faults,
    Holders,
    OpenTurn,
    Turn,
    TurnState,
    severity_of,
)
from miaohui.wire.journal import Closed, Entry, Extended, Handover, LabelName, Message, Opened

TRIPLE = 3


class Ledger:
    """What the entries so far add up to; every query takes `now` and costs O(log n)."""

    __slots__ = (
        "_closing_only",
        "_faults",
        "_last_covered",
        "_late",
        "_open_seqs",
        "_triple",
        "asks",
        "begun",
        "clock",
        "closed",
        "counts",
        "holders",
        "label_flags",
        "longest_settled",
        "opened",
        "paid_ms",
        "price_fen",
        "settled",
        "silence",
    )

    def __init__(self, opened: Opened, clock: RunningTime, faults: Faults) -> None:
        self.opened = opened
        self.clock = clock
        self._faults = faults
        self.paid_ms = opened.paid_ms
        self.price_fen = opened.price_fen
        self.asks: deque[Ask] = deque()
        self.settled = SettledTurns()
        self.counts: dict[TurnState, int] = dict.fromkeys(TurnState, 0)
        self.holders = Holders(opened.responder)
        self.silence = SilenceTally()
        # Running time of t_s.
        self.begun: int | None = None
        self.closed: Closed | None = None
        self.label_flags: set[str] = set()
        self.longest_settled: int | None = None
        self._late = LateTime()
        self._triple = False
        # The open asks' seqs as they were told last: a clock asks for them many times an entry.
        self._open_seqs: tuple[int, ...] | None = None
        # The highest ask of the last covered turn, and whether only a closing phrase covered it.
        self._last_covered = 0
        self._closing_only = False

    def step(self, entry: Entry, *, removed: frozenset[int], unsent: frozenset[int]) -> None:
        if type(entry) is Message:  # nearly every entry is one
            seq = entry.seq
            self._message(entry, removed=seq in removed, unsent=seq in unsent)
            return
        match entry:
            case Handover(to=to):
                self.holders.hand_over(entry.seq, self.clock.at(entry.t), to)
            case Extended(paid_ms=paid_ms, price_fen=price_fen):
                self.paid_ms += paid_ms
                self.price_fen += price_fen
            case Closed():
                self.closed = entry
            case _:
                pass

    def _message(self, entry: Message, *, removed: bool, unsent: bool) -> None:
        running = self.clock.at(entry.t)
        is_reply = entry.is_reply
        if is_reply and self.begun is None:
            self.begun = running
            self._late.begin(running)
        self.silence.message(
            running, quiet=not self.asks, counts=self.begun is not None, by_responder=is_reply
        )
        if entry.author == "customer":
            if not unsent:
                self.asks.append(Ask(entry.seq, entry.t, running))
                if self._open_seqs is not None:
                    self._open_seqs = (*self._open_seqs, entry.seq)
            return
        if entry.labels:
            for label in (LabelName.BEGGING, LabelName.OFF_PLATFORM):
                if entry.bears(label):
                    self.label_flags.add(label.value)
        if is_reply and not removed:
            self._reply(entry, running)

    def _reply(self, entry: Message, running: int) -> None:
        closing = bool(entry.labels) and entry.bears(LabelName.CLOSING_PHRASE)
        asks, seen = self.asks, entry.seen
        if not asks or asks[0].seq > seen:
            if not closing and seen >= self._last_covered:
                self._closing_only = False
            return
        self._triple = self._triple or self._triple_now(running)
        first = asks[0]
        covered: list[int] = []
        while asks and asks[0].seq <= seen:
            covered.append(asks.popleft().seq)
        self._open_seqs = None
        self._last_covered = covered[-1]
        self._closing_only = closing
        self._settle(first, entry, running, tuple(covered))

    def _settle(self, first: Ask, reply: Message, running: int, asks: tuple[int, ...]) -> None:
        promise_ms = self.opened.promise_ms
        wait = running - first.running
        severity = None
        if self._faults.void(first.t, reply.t, promise_ms, self.clock):
            state = TurnState.VOID
        elif wait > promise_ms:
            state = TurnState.BREACHED
            severity = severity_of(wait, covered=True)
            self._late.add(first.running + promise_ms, running)
        else:
            state = TurnState.KEPT
        if state is not TurnState.VOID:
            self.holders.count(first, reply.seq, running, promise_ms)
            if self.longest_settled is None or wait > self.longest_settled:
                self.longest_settled = wait
        self.counts[state] += 1
        self.settled.append(Turn(first.t, reply.t, wait, state, severity, asks))

    # Queries. `now` is never before the last entry and never after `closed`.

    def late_ms(self, now: int) -> int:
        accrual = self.accrual()
        if accrual is None:
            return self._late.total
        return (
            self._late.with_open(accrual, self.clock.at(now))
            if self.breached(now)
            else (self._late.total)
        )

    def accrual(self) -> int | None:
        """Running moment at which the open turn's promise runs out; None where none is open."""
        return self.asks[0].running + self.opened.promise_ms if self.asks else None

    def accrues_from(self) -> int | None:
        """Running moment from which the open turn's lateness adds to late time."""
        accrual = self.accrual()
        return None if accrual is None else self._late.accrues_from(accrual)

    def void_open(self, now: int) -> bool:
        return bool(self.asks) and self._faults.void(
            self.asks[0].t, now, self.opened.promise_ms, self.clock
        )

    def breached(self, now: int) -> bool:
        accrual = self.accrual()
        return accrual is not None and self.clock.at(now) > accrual and not self.void_open(now)

    def elapsed_ms(self, now: int) -> int:
        return 0 if self.begun is None else max(0, self.clock.at(now) - self.begun)

    def open_state(self, now: int) -> TurnState:
        """The state of the turn whose asks are open; meaningless where none is."""
        if self.void_open(now):
            return TurnState.VOID
        if self.breached(now):
            return TurnState.BREACHED
        return TurnState.OPEN if self.closed is None else TurnState.CENSORED

    def open_turn(self, now: int) -> OpenTurn | None:
        if not self.asks:
            return None
        running = self.clock.at(now)
        if self._open_seqs is None:
            self._open_seqs = tuple(ask.seq for ask in self.asks)
        return OpenTurn(
            start=self.asks[0].t,
            wait=running - self.asks[0].running,
            asks=self._open_seqs,
            state=self.open_state(now),
            triple_miss=self._triple_now(running),
        )

    def open_holders(self, now: int) -> Holders:
        """The responders' figures with the open turn's pieces counted in."""
        if not self.asks or self.void_open(now):
            return self.holders
        holders = self.holders.copy()
        holders.count(self.asks[0], None, self.clock.at(now), self.opened.promise_ms)
        return holders

    def silences(self, now: int) -> Silences:
        return self.silence.at(self.clock.at(now), quiet=not self.asks)

    def triple_miss(self, now: int) -> bool:
        """Whether three asks of one open turn were ever each older than the promise at one time."""
        return self._triple or self._triple_now(self.clock.at(now))

    def _triple_now(self, running: int) -> bool:
        return (
            len(self.asks) >= TRIPLE
            and running - self.asks[TRIPLE - 1].running > self.opened.promise_ms
        )

    def unanswered_at_end(self) -> bool:
        return self.closed is not None and (bool(self.asks) or self._closing_only)

    def copy(self, clock: RunningTime, faults: Faults) -> Self:
        twin = type(self)(self.opened, clock, faults)
        twin.paid_ms, twin.price_fen = self.paid_ms, self.price_fen
        twin.asks = self.asks.copy()
        twin.settled = self.settled.copy()
        twin.counts = dict(self.counts)
        twin.holders = self.holders.copy()
        twin.silence = self.silence.copy()
        twin.begun, twin.closed = self.begun, self.closed
        twin.label_flags = set(self.label_flags)
        twin.longest_settled = self.longest_settled
        twin._late = self._late.copy()
        twin._triple, twin._open_seqs = self._triple, self._open_seqs
        twin._last_covered, twin._closing_only = self._last_covered, self._closing_only
        return twin
