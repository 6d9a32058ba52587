"""The fold of a session's journal: entries in, live answers out.

`Fold().apply(entry)` for every entry in order; then ask, with `now` in milliseconds since `opened`.
A `now` before the last entry is taken as the last entry's t, one after `closed` as `closed`'s t.
Applying costs amortised O(log n). A recall, and a fault that begins before the entry before it,
change what went before: the next query then folds the whole journal again, and `revision` grows.
"""

from enum import StrEnum
from typing import Self

from miaohui.promise.errors import JournalBroken
from miaohui.promise.ledger import TRIPLE, Ledger
from miaohui.promise.order import Order
from miaohui.promise.paidtime import RunningTime
from miaohui.promise.recall import removed_replies, unsent_asks
from miaohui.promise.report import Figures, report
from miaohui.promise.settlement import Account, Settlement, settle
from miaohui.promise.silence import Silences
from miaohui.promise.trail import Trail
from miaohui.promise.turns import Faults, OpenTurn, Severity, Turn, TurnState
from miaohui.wire.journal import (
    Closed,
    Closing,
    Entry,
    Extended,
    Fault,
    Message,
    Opened,
    Paused,
    Recalled,
    Resumed,
)

HANDOVER_OFFERED_MS = 30_000
HANDOVER_MADE_MS = 60_000


class Phase(StrEnum):
    """Where a session stands; the later name wins where two are true."""

    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSING = "closing"
    CLOSED = "closed"


class Fold:
    """One session's journal, folded."""

    __slots__ = (
        "_clock",
        "_closing",
        "_entries",
        "_faults",
        "_ledger",
        "_order",
        "_removed",
        "_stale",
        "_unsent",
        "revision",
        "steps",
    )

    def __init__(self) -> None:
        self._order = Order()
        self._entries = Trail()
        self._clock = RunningTime()
        self._faults = Faults()
        self._ledger: Ledger | None = None
        self._removed: frozenset[int] = frozenset()
        self._unsent: frozenset[int] = frozenset()
        self._closing: int | None = None
        self._stale = False
        # How often the past was folded anew: settled turns may differ from those read before.
        self.revision = 0
        # Ledger steps made so far: what an entry costs, countable without a clock.
        self.steps = 0

    def apply(self, entry: Entry) -> None:
        """Take the next entry; raises `JournalBroken` and changes nothing where it cannot follow."""
        before = self._order.last_t
        self._order.accept(entry)
        self._entries.append(entry)
        if self._ledger is None:
            if not isinstance(entry, Opened):
                raise JournalBroken("`opened` is missing", entry=entry.seq)
            self._ledger = Ledger(entry, self._clock, self._faults)
        if type(entry) is not Message:  # nearly every entry is one
            self._take(entry, self._ledger, before)
        if not self._stale:
            self.steps += 1
            self._ledger.step(entry, removed=self._removed, unsent=self._unsent)

    def _take(self, entry: Entry, ledger: Ledger, before: int) -> None:
        """What an entry that is no message does to the clock and to the past."""
        match entry:
            case Paused():
                self._clock.pause(entry.t)
            case Resumed():
                self._clock.resume(entry.t)
            case Fault(from_t=from_t, to_t=to_t):
                self._clock.freeze(from_t, to_t)
                self._faults.add(from_t, to_t)
                self._stale = self._stale or from_t < before
            case Recalled():
                self._stale = self._stale or self._matters(entry, ledger)
            case Closing():
                self._closing = entry.t if self._closing is None else self._closing
            case Extended():
                self._closing = None
            case _:
                pass

    def _matters(self, entry: Recalled, ledger: Ledger) -> bool:
        """Whether a recall changes the past; a customer's only while its ask is open and young."""
        if entry.author == "responder":
            return entry.target not in self._removed
        age_limit = ledger.opened.promise_ms
        running = self._clock.at(entry.t)
        return any(
            ask.seq == entry.target and running - ask.running <= age_limit for ask in ledger.asks
        )

    @property
    def _now(self) -> Ledger:
        """The ledger, folded anew where something has changed the past."""
        if self._ledger is None:
            raise JournalBroken("the journal is empty")
        if self._stale:
            opened = self._ledger.opened
            self._removed = removed_replies(self._entries)
            self._unsent = unsent_asks(self._entries, self._removed, self._clock, opened.promise_ms)
            self._ledger = Ledger(opened, self._clock, self._faults)
            for entry in self._entries:
                self._ledger.step(entry, removed=self._removed, unsent=self._unsent)
            self.steps += len(self._entries)
            self._stale = False
            self.revision += 1
        return self._ledger

    def _at(self, now: int) -> int:
        closed = len(self._entries) and isinstance(self._entries[-1], Closed)
        return self._order.last_t if closed else max(now, self._order.last_t)

    @property
    def opened(self) -> Opened:
        return self._now.opened

    @property
    def closed(self) -> Closed | None:
        return self._now.closed

    @property
    def length(self) -> int:
        """How many entries; also the seq of the last."""
        return self._order.length

    @property
    def last_t(self) -> int:
        return self._order.last_t

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
        ledger = self._now
        if ledger.closed is not None:
            return Phase.CLOSED
        if self._closing is not None:
            return Phase.CLOSING
        if self._clock.paused:
            return Phase.PAUSED
        return Phase.WAITING if ledger.begun is None else Phase.ACTIVE

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
        ledger, now = self._now, self._at(now)
        given = ledger.late_ms(now) if ledger.opened.terms.give_back else 0
        return max(0, ledger.paid_ms + given - ledger.elapsed_ms(now))

    def open_turn(self, now: int) -> OpenTurn | None:
        return self._now.open_turn(self._at(now))

    def would_cover(self, seen_seq: int) -> tuple[int, ...]:
        """The asks that a reply with this `seen_seq` would cover now."""
        covered = []
        for ask in self._now.asks:
            if ask.seq > seen_seq:
                break
            covered.append(ask.seq)
        return tuple(covered)

    def turn_of(self, seq: int, now: int) -> Turn | None:
        """The turn that an ask belongs to, settled or open; None for what is no ask on the clock."""
        ledger = self._now
        settled = ledger.settled.with_ask(seq)
        if settled is not None:
            return settled
        turn = self._open_as_turn(ledger, self._at(now))
        return turn if turn is not None and seq in turn.asks else None

    def _open_as_turn(self, ledger: Ledger, now: int) -> Turn | None:
        turn = ledger.open_turn(now)
        if turn is None:
            return None
        severity = Severity.NEVER if turn.breached else None
        return Turn(turn.start, None, turn.wait, turn.state, severity, turn.asks)

    def silences(self, now: int) -> Silences:
        return self._now.silences(self._at(now))

    def next_wake(self, now: int) -> int | None:
        """The next t after `now` at which something happens without an entry, or None.

        That is: the open turn's breach, its 30 s and 60 s for a handover, `triple_miss`, and paid
        time reaching zero (which a breached turn puts off, since its time comes back).
        """
        ledger, now = self._now, self._at(now)
        if ledger.closed is not None or self._clock.paused:
            return None
        running = self._clock.at(now)
        moments: list[int] = []
        if ledger.asks:
            promise_ms = ledger.opened.promise_ms
            start = ledger.asks[0].running
            if not ledger.void_open(now):
                moments.append(start + promise_ms + 1)
            moments += [start + HANDOVER_OFFERED_MS, start + HANDOVER_MADE_MS]
            if len(ledger.asks) >= TRIPLE:
                moments.append(ledger.asks[TRIPLE - 1].running + promise_ms + 1)
        if ledger.begun is not None:
            zero = running + self.remaining_ms(now)
            accrues = ledger.accrues_from() if ledger.opened.terms.give_back else None
            if accrues is None or zero <= accrues or ledger.void_open(now):
                moments.append(zero)
        later = [moment for moment in moments if moment > running]
        return now + min(later) - running if later else None

    def flags(self, now: int) -> tuple[str, ...]:
        ledger, now = self._now, self._at(now)
        flags = set(ledger.label_flags)
        if ledger.triple_miss(now):
            flags.add("triple_miss")
        if ledger.unanswered_at_end():
            flags.add("unanswered_at_end")
        if ledger.closed is not None and ledger.closed.reason == "no_show":
            flags.add("no_show")
        return tuple(sorted(flags))

    def settlement(self) -> Settlement | None:
        """What the session pays back; None before `closed`."""
        ledger = self._now
        if ledger.closed is None:
            return None
        now = ledger.closed.t
        breached = ledger.counts[TurnState.BREACHED] + ledger.breached(now)
        return settle(
            Account(
                reason=ledger.closed.reason,
                served=ledger.begun is not None,
                price_fen=ledger.price_fen,
                paid_ms=ledger.paid_ms,
                unused_ms=self.remaining_ms(now),
                late_ms=ledger.late_ms(now),
                kept=ledger.counts[TurnState.KEPT],
                breached=breached,
            ),
            ledger.opened.terms.refunds,
        )

    def figures(self, now: int) -> Figures:
        """The whole account of the session at `now`."""
        ledger, now = self._now, self._at(now)
        settlement = self.settlement()
        return report(
            ledger,
            now,
            open_turn=self._open_as_turn(ledger, now),
            remaining_ms=self.remaining_ms(now),
            refund_fen=None if settlement is None else settlement.refund_fen,
            flags=self.flags(now),
        )

    def copy(self) -> Self:
        """A fold of its own to speculate on; entries and turns themselves are shared."""
        twin = type(self)()
        twin._order = self._order.copy()
        twin._entries = self._entries.copy()
        twin._clock = self._clock.copy()
        twin._faults = self._faults.copy()
        if self._ledger is not None:
            twin._ledger = self._ledger.copy(twin._clock, twin._faults)
        twin._removed, twin._unsent = self._removed, self._unsent
        twin._closing, twin._stale = self._closing, self._stale
        twin.revision, twin.steps = self.revision, self.steps
        return twin
