"""The fold of a session's journal: entries in, live answers out.

`Fold().apply(entry)` for every entry in order; then ask, with `now` in milliseconds since `opened`.
A `now` before the last entry is taken as the last entry's t, one after `closed` as `closed`'s t.
Applying costs amortised O(log n). A recall, and a fault that begins before the entry before it,
change what went before: the next query then folds anew, and `revision` grows. After a recall that
is the whole journal; a fault reaches back only so far, and where nothing was ever recalled the
folding begins at a state that was kept before it. (A relay that was slow says so in all its sessions
at once: it must not be slow again by saying it.)
"""

from enum import StrEnum
from typing import Final, NamedTuple, Self

import msgspec

from miaohui.promise.clockstate import ClockState
from miaohui.promise.constants import HANDOVER_MADE_MS, HANDOVER_OFFERED_MS
from miaohui.promise.errors import JournalBroken
from miaohui.promise.order import EntryOrder
from miaohui.promise.paidtime import Clocks
from miaohui.promise.pieces import TurnShare
from miaohui.promise.recall import Unsent, removed_replies, unsent_asks
from miaohui.promise.report import Figures, report, turn_order
from miaohui.promise.settlement import Settlement, SettlementFacts, settle
from miaohui.promise.silence import Silences
from miaohui.promise.trail import Trail
from miaohui.promise.turns import Instant, OpenTurn, Turn, TurnAsks, TurnState
from miaohui.wire.journal import (
    Closed,
    CloseReason,
    Closing,
    Entry,
    Extended,
    Fault,
    Handover,
    Message,
    Opened,
    Paused,
    Recalled,
    Resumed,
    Terms,
)

_NEVER: Final = 2**62
_KEEP_EVERY: Final = 32  # of two kept states the older one is at least so far back


class _Kept(NamedTuple):
    """The state after the first `length` entries, the last of them at `t`."""

    length: int
    t: int
    state: ClockState


class Phase(StrEnum):
    """Where a session stands; the later name wins where two are true."""

    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSING = "closing"
    CLOSED = "closed"


class TurnParts(NamedTuple):
    """A turn, each person's part in it, and its messages on their own."""

    turn: Turn
    parts: tuple[TurnShare, ...]
    asks: TurnAsks


class Fold:
    """One session's journal, folded. `keep_every`: entries from one kept state to the next."""

    __slots__ = (
        "_clocks",
        "_closing",
        "_entries",
        "_keep_every",
        "_kept",
        "_order",
        "_recalls",
        "_removed",
        "_since",
        "_stale",
        "_state",
        "_unsent",
        "revision",
        "steps",
    )

    def __init__(self, *, keep_every: int = _KEEP_EVERY) -> None:
        self._keep_every = keep_every
        self._entries = Trail()
        self._order = EntryOrder(self._entries)
        self._clocks = Clocks()
        self._state: ClockState | None = None
        self._removed: frozenset[int] = frozenset()
        self._unsent = Unsent()
        self._closing: int | None = None
        self._recalls = False  # something was recalled
        self._stale = False
        self._since = _NEVER  # from this t on the past has changed by a fault
        self._kept: list[_Kept] = []  # two at most
        # How often the past was folded anew: settled turns may differ from those read before.
        self.revision = 0
        # Steps made so far: what an entry costs, countable without a clock.
        self.steps = 0

    def apply(self, entry: Entry) -> None:
        """Take the next entry; raises `JournalBroken` and changes nothing where it cannot follow."""
        before = self._entries.last_t
        self._order.check(entry)
        if type(entry) is not Message:  # nearly every entry is one
            self._check_open(entry)
        self._entries.append(entry)
        self._order.take(entry)
        state = self._state
        if state is None:
            assert isinstance(entry, Opened)
            state = self._state = ClockState(entry, self._clocks)
        if type(entry) is not Message:
            self._take(entry, before)
        elif self._unsent.alive and entry.is_reply:
            self._stale = self._stale or min(self._unsent.alive) <= entry.seen
        if not self._stale:
            self.steps += 1
            state.step(entry, removed=self._removed, unsent=self._unsent.asks)
            if self._entries.length % self._keep_every == 0:
                self._keep(state)

    def _keep(self, state: ClockState) -> None:
        if not self._recalls:
            kept = _Kept(self._entries.length, self._entries.last_t, state.copy(self._clocks))
            self._kept = [*self._kept[-1:], kept]

    def _check_open(self, entry: Entry) -> None:
        """The rules that go by what is open, as the entries so far have it."""
        match entry:
            case Paused() if entry.by == "responder" or entry.reason == "break":
                if self._now.asks:
                    raise JournalBroken("a break begins while an ask is open", entry=entry.seq)
            case Handover(reason="customer"):
                if self.in_time(entry.t):
                    raise JournalBroken(
                        "the customer's handover comes while a turn is open and in time",
                        entry=entry.seq,
                    )
            case _:
                pass

    def _take(self, entry: Entry, before: int) -> None:
        """What an entry that is no message does to the clocks and to the past."""
        match entry:
            case Paused():
                self._clocks.pause(entry.t)
            case Resumed():
                self._clocks.resume(entry.t)
            case Fault(from_t=from_t, to_t=to_t):
                self._clocks.fault(from_t, to_t)
                if from_t < before:
                    self._stale, self._since = True, min(self._since, from_t)
            case Recalled():
                self._recalls = True
                self._kept.clear()
                # A customer's recall of what a standing reply covered changes nothing, now or ever,
                # unless that reply is recalled, which folds everything anew.
                self._stale = self._stale or entry.author == "responder" or self._open(entry.target)
            case Closing():
                self._closing = entry.t if self._closing is None else self._closing
            case Extended():
                self._closing = None
            case _:
                pass

    def _open(self, seq: int) -> bool:
        assert self._state is not None
        asks = self._state.asks
        return bool(asks) and asks[0].seq <= seq

    @property
    def _now(self) -> ClockState:
        """The state, folded anew where something has changed the past."""
        if self._state is None:
            raise JournalBroken("the journal is empty")
        if self._stale:
            self._state = self._folded_anew(self._state.opened)
            self._stale, self._since = False, _NEVER
            self.revision += 1
        return self._state

    def _folded_anew(self, opened: Opened) -> ClockState:
        entries, known = self._entries, 0
        state = ClockState(opened, self._clocks)
        while self._kept and self._kept[-1].t > self._since:
            self._kept.pop()
        if self._kept:
            known = self._kept[-1].length
            state = self._kept[-1].state.copy(self._clocks)
        elif self._recalls:
            clock = self._clocks.running
            self._removed = removed_replies(entries)
            self._unsent = unsent_asks(entries, self._removed, clock, opened.promise_ms)
        for index in range(known, len(entries)):
            state.step(entries[index], removed=self._removed, unsent=self._unsent.asks)
        self.steps += len(entries) - known
        return state

    def _at(self, now: int) -> int:
        closed = len(self._entries) and isinstance(self._entries[-1], Closed)
        last = self._entries.last_t
        return last if closed or now < last else now

    @property
    def opened(self) -> Opened:
        return self._now.opened

    @property
    def closed(self) -> Closed | None:
        return self._now.closed

    @property
    def length(self) -> int:
        """How many entries; also the seq of the last."""
        return self._entries.length

    @property
    def last_t(self) -> int:
        return self._entries.last_t

    @property
    def holder(self) -> str:
        """The responder who holds the session now."""
        return self._order.holder

    @property
    def began(self) -> bool:
        """Whether paid time has begun."""
        return self._now.begun is not None

    @property
    def paid_ms(self) -> int:
        """Paid time with extensions."""
        return self._now.paid_ms

    @property
    def price_fen(self) -> int:
        """The price with extensions."""
        return self._now.price_fen

    @property
    def closing_since(self) -> int | None:
        """The t of `closing`; None before it and after an extension."""
        return self._closing

    @property
    def phase(self) -> Phase:
        state = self._now
        if state.closed is not None:
            return Phase.CLOSED
        if self._closing is not None:
            return Phase.CLOSING
        if self._clocks.running.paused:
            return Phase.PAUSED
        return Phase.WAITING if state.begun is None else Phase.ACTIVE

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Every settled (covered) turn so far."""
        return tuple(self._now.settled)

    def turns_since(self, index: int) -> tuple[Turn, ...]:
        """Settled turns from `index` on; start again at 0 when `revision` has grown."""
        return self._now.settled[index:]

    def count(self, state: TurnState) -> int:
        """How many settled turns ended in this state."""
        return self._now.counts[state]

    def late_ms(self, now: int) -> int:
        return self._now.late_ms(self._at(now))

    def elapsed_ms(self, now: int) -> int:
        return self._now.elapsed_ms(self._at(now))

    def remaining_ms(self, now: int) -> int:
        """Paid time left. Where the frozen terms give nothing back, late time does not come back."""
        state, now = self._now, self._at(now)
        given = state.late_ms(now) if state.opened.terms.give_back else 0
        return max(0, state.paid_ms + given - state.elapsed_ms(now))

    def open_turn(self, now: int) -> OpenTurn | None:
        """The oldest open turn; an ask without a start is in none."""
        return self._now.open_turn(self._at(now))

    def open_turns(self, now: int) -> tuple[Turn, ...]:
        """Every turn that no standing reply has covered, oldest first; void ones among them."""
        state, at = self._now, self._instant(now)
        return tuple(state.as_turn(each, at) for each in state.standing())

    def in_time(self, now: int) -> bool:
        """Whether a turn is open that is not breached: a handover for the customer then waits."""
        return self._now.in_time(self._at(now))

    @property
    def open_asks(self) -> tuple[int, ...]:
        """The seqs of the asks that no standing reply has covered, oldest first."""
        return tuple(ask.seq for ask in self._now.asks)

    @property
    def first_open_ask(self) -> int | None:
        """The oldest of `open_asks`."""
        asks = self._now.asks
        return asks[0].seq if asks else None

    def turn_of(self, seq: int, now: int) -> Turn | None:
        """The turn that an ask belongs to; None for what is no ask, or in no turn."""
        state = self._now
        settled = state.settled.with_ask(seq)
        if settled is not None:
            return settled
        at = self._instant(now)
        for each in state.standing():
            if each.asks[0].seq <= seq <= each.asks[-1].seq:
                turn = state.as_turn(each, at)
                return turn if seq in turn.asks else None
        return None

    def _instant(self, now: int) -> Instant:
        return self._clocks.instant(self.length + 1, self._at(now))

    def silences(self, now: int) -> Silences:
        return self._now.silences(self._at(now))

    def next_wake(self, now: int) -> int | None:
        """The next t after `now` at which something happens without an entry, or None.

        That is: an open turn's breach, the oldest one's 30 s and 60 s for a handover,
        `triple_miss`, and paid time reaching zero (which a breached turn puts off, since its time
        comes back).
        """
        state, now = self._now, self._at(now)
        if state.closed is not None or self._clocks.running.paused:
            return None
        running = self._clocks.running.at(now)
        promise_ms = state.opened.promise_ms
        starts = state.open_starts()
        moments = [start + promise_ms + 1 for start in starts]
        if starts:
            moments += [starts[0] + HANDOVER_OFFERED_MS, starts[0] + HANDOVER_MADE_MS]
        third = state.third_open
        if third is not None:
            moments.append(third + promise_ms + 1)
        if state.begun is not None:
            zero = running + self.remaining_ms(now)
            accrues = state.accrues_from() if state.opened.terms.give_back else None
            if accrues is None or zero <= accrues:
                moments.append(zero)
        later = [moment for moment in moments if moment > running]
        return now + min(later) - running if later else None

    def flags(self, now: int) -> tuple[str, ...]:
        state, now = self._now, self._at(now)
        flags = set(state.label_flags)
        if state.triple_miss(now):
            flags.add("triple_miss")
        if state.unanswered_at_end():
            flags.add("unanswered_at_end")
        closed = state.closed
        if closed is not None and (closed.reason == "no_show" or not state.served):
            flags.add("no_show")
        return tuple(sorted(flags))

    def settlement(self) -> Settlement | None:
        """What the session pays back; None before `closed`."""
        closed = self._now.closed
        if closed is None:
            return None
        return self._settlement(closed.reason, closed.t, self.figures(closed.t))

    def settlement_under(self, terms: Terms) -> Settlement | None:
        """What the session, held as it was, would have paid back under other terms; None before
        `closed`."""
        closed = self._now.closed
        if closed is None:
            return None
        return self._settlement(closed.reason, closed.t, self.figures(closed.t), terms)

    def settlement_if(self, reason: CloseReason, now: int) -> Settlement:
        """What the session would pay back if it closed at `now` for this reason."""
        return self._settlement(reason, self._at(now), self.figures(now))

    def _settlement(
        self, reason: CloseReason, t: int, told: Figures, other: Terms | None = None
    ) -> Settlement:
        state = self._now
        pause, paused_ms = state.pause, 0
        if pause is not None and pause.by == "customer" and pause.reason == "asked":
            paused_ms = t - pause.t
        terms, unused = state.opened.terms, told.remaining_ms
        if other is not None:
            terms = other
            given = told.late_ms if terms.give_back else 0
            unused = max(0, state.paid_ms + given - told.elapsed_ms)
        return settle(
            SettlementFacts(
                reason=reason,
                served=state.served,
                price_fen=state.price_fen,
                paid_ms=state.paid_ms,
                unused_ms=unused,
                late_ms=told.late_ms if terms.give_back else 0,
                kept=told.kept,
                breached=told.breached,
                paused_ms=paused_ms,
            ),
            terms.refunds,
        )

    def parts(self) -> tuple[TurnParts, ...]:
        """Every turn as it stands now, with what each person answers for in it: by start."""
        state, now = self._now, self._instant(0)
        made = [
            TurnParts(turn, state.parts_of_settled(at), state.settled.asks_of(at))
            for at, turn in enumerate(state.settled)
        ]
        made += [
            TurnParts(
                state.as_turn(each, now),
                state.parts_of(each, now),
                TurnAsks.of(state.asks_of(each, now)),
            )
            for each in state.standing()
        ]
        return tuple(sorted(made, key=lambda each: turn_order(each.turn)))

    def asks(self, now: int) -> TurnAsks:
        """The messages kept and breached at `now`, each on its own."""
        state, instant = self._now, self._instant(now)
        standing = TurnAsks.of(
            each for turn in state.standing() for each in state.asks_of(turn, instant)
        )
        settled = state.ask_counts
        return TurnAsks(
            settled[TurnState.KEPT] + standing.kept, settled[TurnState.BREACHED] + standing.breached
        )

    def figures(self, now: int) -> Figures:
        """The whole account of the session at `now`."""
        state, now = self._now, self._at(now)
        told = report(
            state,
            self._instant(now),
            remaining_ms=self.remaining_ms(now),
            flags=self.flags(now),
        )
        if state.closed is None:
            return told
        refund_fen = self._settlement(state.closed.reason, state.closed.t, told).refund_fen
        return msgspec.structs.replace(told, refund_fen=refund_fen)

    def copy(self) -> Self:
        """A fold of its own to speculate on; entries and turns themselves are shared."""
        twin = type(self)(keep_every=self._keep_every)
        twin._entries = self._entries.copy()
        twin._order = self._order.copy(twin._entries)
        twin._clocks = self._clocks.copy()
        if self._state is not None:
            twin._state = self._state.copy(twin._clocks)
        twin._removed, twin._unsent = self._removed, self._unsent
        twin._recalls, twin._kept = self._recalls, self._kept.copy()
        twin._closing, twin._stale, twin._since = self._closing, self._stale, self._since
        twin.revision, twin.steps = self.revision, self.steps
        return twin
