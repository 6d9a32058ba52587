"""The clock state that a session's entries lead to: open asks, settled turns, paid time.

It steps over entries in order and never looks back. What later entries say about earlier ones
(recalls, faults in the past) is given to it beforehand: `removed` are the replies and `unsent` the
asks that count as never sent, and the clocks are shared with the fold that owns both.

An ask is open until a standing reply covers it. It is fresh until any reply covers it, recalled or
not: the asks that stop being fresh together are one turn. Where that reply was recalled the turn
hangs until a standing one has covered all of it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self

from msgspec import Struct

from miaohui.promise.constants import TRIPLE
from miaohui.promise.paidtime import Clocks, LateTime
from miaohui.promise.pieces import Holders, TurnShare, count, parts
from miaohui.promise.settled import SettledTurns
from miaohui.promise.silence import Silences, SilenceTally
from miaohui.promise.turns import (
    Instant,
    OpenTurn,
    Severity,
    Turn,
    TurnAsks,
    TurnState,
    judge,
    severity_of,
)
from miaohui.wire.journal import (
    Closed,
    Closing,
    Edited,
    Entry,
    Extended,
    Handover,
    LabelName,
    Message,
    Opened,
    Paused,
    Resumed,
)

_FLAGGED = (LabelName.BEGGING, LabelName.OFF_PLATFORM)
_NEVER = 2**62  # the seq of an end that no entry makes
_NONE_YET = dict.fromkeys(TurnState, 0)


class Ask(Struct, eq=False, gc=False):
    """A question that counts: `start` is None in the pause that it came in, `cover` until a
    standing reply covers it; with a cover and no start it was settled in the pause."""

    seq: int
    start: Instant | None
    cover: Instant | None = None

    @property
    def settled_in_pause(self) -> bool:
        return self.start is None and self.cover is not None


class UnsettledTurn(NamedTuple):
    """A turn that is not settled yet, as it stands: its asks with a start, its end where it has one."""

    asks: tuple[Ask, ...]
    start: Instant
    end: Instant | None


class _Closing(NamedTuple):
    running: int
    late: int


class ClockState:
    """What the entries so far add up to; every query takes `now` and costs O(log n) while no reply
    of an unsettled turn was recalled."""

    __slots__ = (
        "_closing",
        "_closing_only",
        "_fresh",
        "_hanging",
        "_late",
        "_newest",
        "_pending",
        "_triple",
        "_unused",
        "ask_counts",
        "asks",
        "begun",
        "clocks",
        "closed",
        "counts",
        "holders",
        "label_flags",
        "longest_settled",
        "opened",
        "own",
        "paid_ms",
        "pause",
        "price_fen",
        "served",
        "settled",
        "silence",
    )

    def __init__(self, opened: Opened, clocks: Clocks) -> None:
        self.opened = opened
        self.clocks = clocks
        self.paid_ms = opened.paid_ms
        self.price_fen = opened.price_fen
        self.asks: deque[Ask] = deque()  # the open ones
        self._fresh: deque[Ask] = deque()
        self._hanging: deque[tuple[Ask, ...]] = deque()
        self._pending: list[Ask] = []  # open, without a start
        self.settled = SettledTurns()
        self.counts: dict[TurnState, int] = _NONE_YET.copy()
        self.ask_counts: dict[TurnState, int] = _NONE_YET.copy()
        self.own: dict[str, dict[TurnState, int]] = {}
        self.holders = Holders(opened.responder)
        self.silence = SilenceTally()
        # Running time of t_s.
        self.begun: int | None = None
        # Whether a human message of a responder's stands.
        self.served = False
        self.pause: Paused | None = None
        self.closed: Closed | None = None
        self.label_flags: set[str] = set()
        self.longest_settled: int | None = None
        self._late = LateTime()
        self._closing: _Closing | None = None
        # Running time after t_s that an extension took back: it was not used.
        self._unused = 0
        self._triple = False
        # The newest ask that counts, and whether only closing phrases and hollow words cover it.
        self._newest = 0
        self._closing_only = False

    def step(self, entry: Entry, *, removed: frozenset[int], unsent: frozenset[int]) -> None:
        """Take the next entry."""
        if type(entry) is Message:  # nearly every entry is one
            seq = entry.seq
            self._message(entry, removed=seq in removed, unsent=seq in unsent)
            return
        match entry:
            case Handover(to=to):
                running = self.clocks.running.at(entry.t)
                by_customer = entry.reason == "customer"
                self.holders.hand_over(entry.seq, running, to, by_customer=by_customer)
            case Paused():
                self.pause = entry if self.pause is None else self.pause
            case Resumed():
                self.pause = None
                self._start_pending(entry)
            case Edited(author="responder"):
                self._flag(entry)
            case Closing():
                if self._closing is None:
                    running = self.clocks.running.at(entry.t)
                    self._closing = _Closing(running, self.late_ms(entry.t))
            case Extended():
                self._extend(entry)
            case Closed():
                self.closed = entry
            case _:
                pass

    def _extend(self, entry: Extended) -> None:
        self.paid_ms += entry.paid_ms
        self.price_fen += entry.price_fen
        if self._closing is not None and self.begun is not None:
            since = max(self._closing.running, self.begun)
            self._unused += self.clocks.running.at(entry.t) - since
            self._late.take_back(self.late_ms(entry.t) - self._closing.late)
        self._closing = None

    def _start_pending(self, entry: Resumed) -> None:
        for ask in self._pending:
            if ask.cover is None:
                ask.start = self.clocks.instant(ask.seq, entry.t)
        self._pending.clear()
        if self._hanging:
            self._drain()

    def _flag(self, entry: Message | Edited) -> None:
        if entry.labels:
            for label in _FLAGGED:
                if entry.bears(label):
                    self.label_flags.add(label.value)

    def _message(self, entry: Message, *, removed: bool, unsent: bool) -> None:
        now = self.clocks.instant(entry.seq, entry.t)
        is_reply = entry.is_reply
        if is_reply and self.begun is None:
            self.begun = now.running
            self._late.begin(now.running)
            self.silence.begin(now.t)
        if entry.author == "customer":
            self.silence.message(now, quiet=not self.asks, by_responder=False)
            if not unsent:
                self._ask(now)
            return
        if entry.labels:
            self._flag(entry)
        if is_reply:
            seen = entry.seen
            if not removed:
                self.served = True
                self.silence.message(now, quiet=not self.asks, by_responder=True)
                self._cover(entry, seen, now)
            self._first_cover(seen, now, removed=removed)

    def _ask(self, now: Instant) -> None:
        ask = Ask(now.seq, now)
        if self.pause is not None:
            ask.start = None
            self._pending.append(ask)
        self.asks.append(ask)
        self._fresh.append(ask)
        self._newest = now.seq
        self._closing_only = False

    def _cover(self, entry: Message, seen: int, now: Instant) -> None:
        """A standing reply: what it covers is open no more."""
        asks = self.asks
        if not asks or asks[0].seq > seen:
            if self._closing_only and seen >= self._newest:
                self._closing_only = entry.bears(LabelName.CLOSING_PHRASE) or entry.bears(
                    LabelName.HOLLOW
                )
            return
        self._triple = self._triple or self._triple_now(now.running)
        while asks and asks[0].seq <= seen:
            asks.popleft().cover = now
        if not asks:
            self._closing_only = bool(entry.labels) and entry.bears(LabelName.CLOSING_PHRASE)

    def _first_cover(self, seen: int, now: Instant, *, removed: bool) -> None:
        """Any reply: the asks that it is the first to cover are one turn."""
        fresh = self._fresh
        if fresh and fresh[0].seq <= seen:
            members: list[Ask] = []
            while fresh and fresh[0].seq <= seen:
                ask = fresh.popleft()
                if not ask.settled_in_pause:
                    members.append(ask)
            if members:
                if not removed and not self._hanging:
                    self._settle(tuple(members), now)
                    return
                self._hanging.append(tuple(members))
        if self._hanging and not removed:
            self._drain()

    def _drain(self) -> None:
        """Settle the hanging turns of which nothing is open any more, oldest first."""
        while self._hanging:
            members = tuple(ask for ask in self._hanging[0] if not ask.settled_in_pause)
            if any(ask.cover is None for ask in members):
                return
            self._hanging.popleft()
            if members:
                end = members[-1].cover
                assert end is not None
                self._settle(members, end)

    def _settle(self, members: tuple[Ask, ...], end: Instant) -> None:
        first = members[0]
        start = first.start
        assert start is not None
        promise_ms = self.opened.promise_ms
        state = judge(start, end, promise_ms, covered=True, closed=False, left=False)
        wait = end.running - start.running
        severity = None
        if state is TurnState.BREACHED:
            severity = severity_of(wait, covered=True)
            self._late.add(start.running + promise_ms, end.running)
        if state is not TurnState.VOID:
            pieces = self.holders.pieces(first.seq, start.running, end.seq, end.running)
            count(self.own, parts(pieces, state, promise_ms, covered=True, left=False))
            if self.longest_settled is None or wait > self.longest_settled:
                self.longest_settled = wait
        self.counts[state] += 1
        # One ask alone, as in nearly every turn, waited as long as its turn.
        asks = (state,) if len(members) == 1 else tuple(self._judged(members, end))
        for each in asks:
            self.ask_counts[each] += 1
        seqs = (first.seq,) if len(members) == 1 else tuple(ask.seq for ask in members)
        turn = Turn(start.t, end.t, wait, state, severity, seqs)
        self.settled.append(turn, end.seq, TurnAsks.of(asks))

    def _judged(self, members: Iterable[Ask], now: Instant) -> Iterator[TurnState]:
        """The states of a turn's asks that count, each on its own."""
        promise_ms = self.opened.promise_ms
        last: int | None = None
        for ask in members:
            start = ask.start
            if start is None or (last is not None and start.running - last < promise_ms):
                continue
            last = start.running
            covered = ask.cover is not None
            yield judge(
                start,
                ask.cover or now,
                promise_ms,
                covered=covered,
                closed=self.closed is not None,
                left=self._left,
            )

    # Queries. `now` is never before the last entry and never after `closed`.

    @property
    def _left(self) -> bool:
        """Whether the responder ended the session, out of no pause."""
        closed = self.closed
        return closed is not None and closed.reason == "responder" and self.pause is None

    @property
    def first_open(self) -> UnsettledTurn | None:
        """The oldest turn that is open; None where none is."""
        if self._hanging:
            return next((each for each in self.standing() if each.end is None), None)
        first = self._fresh[0] if self._fresh else None
        if first is None or first.start is None:
            return None
        return UnsettledTurn((first,), first.start, None)

    def standing(self) -> Iterator[UnsettledTurn]:
        """The turns that are not settled, in order; those of recalled replies may have an end."""
        for group in (*self._hanging, self._fresh):
            started = tuple(ask for ask in group if ask.start is not None)
            if started:
                start = started[0].start
                assert start is not None
                yield UnsettledTurn(started, start, started[-1].cover)

    def _starts(self) -> Iterator[tuple[int, Instant | None]]:
        """(running start, end) of every unsettled turn: the fresh one without its asks."""
        if self._hanging:
            for each in self.standing():
                yield each.start.running, each.end
        elif self._fresh and self._fresh[0].start is not None:
            yield self._fresh[0].start.running, None

    def late_ms(self, now: int) -> int:
        total = self._late.total
        if not self._fresh and not self._hanging:
            return total
        promise_ms, running = self.opened.promise_ms, self.clocks.running.at(now)
        late = self._late
        if self._hanging:
            late = late.copy()
            for start, end in self._starts():
                late.add(start + promise_ms, running if end is None else end.running)
            return late.total
        first = self._fresh[0].start
        return total if first is None else late.with_open(first.running + promise_ms, running)

    def open_starts(self) -> tuple[int, ...]:
        """The running moments at which the open turns began, oldest first."""
        return tuple(start for start, end in self._starts() if end is None)

    def accrues_from(self) -> int | None:
        """The running moment from which an open turn's lateness adds to late time."""
        starts = self.open_starts()
        return self._late.accrues_from(starts[0] + self.opened.promise_ms) if starts else None

    def elapsed_ms(self, now: int) -> int:
        if self.begun is None:
            return 0
        return max(0, self.clocks.running.at(now) - self.begun - self._unused)

    def state_of(self, turn: UnsettledTurn, now: Instant) -> TurnState:
        return judge(
            turn.start,
            turn.end or now,
            self.opened.promise_ms,
            covered=turn.end is not None,
            closed=self.closed is not None,
            left=self._left,
        )

    def in_time(self, t: int) -> bool:
        """Whether an open turn is not breached at t."""
        now = self.clocks.instant(_NEVER, t)
        promise_ms = self.opened.promise_ms
        return any(now.running - start <= promise_ms for start in self.open_starts())

    def open_turn(self, t: int) -> OpenTurn | None:
        turn = self.first_open
        if turn is None:
            return None
        now = self.clocks.instant(_NEVER, t)
        return OpenTurn(
            start=turn.start.t,
            wait=now.running - turn.start.running,
            first=turn.asks[0].seq,
            count=len(self.asks),
            state=self.state_of(turn, now),
            triple_miss=self._triple_now(now.running),
        )

    def as_turn(self, turn: UnsettledTurn, now: Instant) -> Turn:
        end = turn.end or now
        state = self.state_of(turn, now)
        wait = end.running - turn.start.running
        severity: Severity | None = None
        if state is TurnState.BREACHED:
            severity = severity_of(wait, covered=turn.end is not None)
        return Turn(
            turn.start.t,
            None if turn.end is None else turn.end.t,
            wait,
            state,
            severity,
            tuple(ask.seq for ask in turn.asks),
        )

    def parts_of(self, turn: UnsettledTurn, now: Instant) -> tuple[TurnShare, ...]:
        """What each person answers for in an unsettled turn."""
        end = turn.end
        pieces = self.holders.pieces(
            turn.asks[0].seq,
            turn.start.running,
            None if end is None else end.seq,
            (end or now).running,
        )
        return parts(
            pieces,
            self.state_of(turn, now),
            self.opened.promise_ms,
            covered=end is not None,
            left=self._left,
        )

    def parts_of_settled(self, index: int) -> tuple[TurnShare, ...]:
        """What each person answers for in the settled turn at this index."""
        turn = self.settled[index]
        start, end_seq = self.clocks.running.at(turn.start), self.settled.end_seq(index)
        pieces = self.holders.pieces(turn.asks[0], start, end_seq, start + turn.wait)
        return parts(pieces, turn.state, self.opened.promise_ms, covered=True, left=False)

    def asks_of(self, turn: UnsettledTurn, now: Instant) -> Iterator[TurnState]:
        """The states of an unsettled turn's asks that count."""
        return self._judged(turn.asks, now)

    def silences(self, now: int) -> Silences:
        return self.silence.at(self.clocks.running.at(now), quiet=not self.asks)

    def triple_miss(self, now: int) -> bool:
        """Whether three open asks were ever each older than the promise at one time."""
        return self._triple or self._triple_now(self.clocks.running.at(now))

    @property
    def third_open(self) -> int | None:
        """Running start of the third oldest open ask; None where there is none, or no start yet."""
        start = self.asks[TRIPLE - 1].start if len(self.asks) >= TRIPLE else None
        return None if start is None else start.running

    def _triple_now(self, running: int) -> bool:
        third = self.third_open
        return third is not None and running - third > self.opened.promise_ms

    def unanswered_at_end(self) -> bool:
        return self.closed is not None and (bool(self.asks) or self._closing_only)

    def copy(self, clocks: Clocks) -> Self:
        twin = type(self)(self.opened, clocks)
        twin.paid_ms, twin.price_fen = self.paid_ms, self.price_fen
        twins: dict[int, Ask] = {}

        def own(ask: Ask) -> Ask:
            return twins.setdefault(id(ask), Ask(ask.seq, ask.start, ask.cover))

        twin.asks = deque(map(own, self.asks))
        twin._fresh = deque(map(own, self._fresh))
        twin._hanging = deque(tuple(map(own, group)) for group in self._hanging)
        twin._pending = list(map(own, self._pending))
        twin.settled = self.settled.copy()
        twin.counts, twin.ask_counts = dict(self.counts), dict(self.ask_counts)
        twin.own = {name: dict(each) for name, each in self.own.items()}
        twin.holders = self.holders.copy()
        twin.silence = self.silence.copy()
        twin.begun, twin.served = self.begun, self.served
        twin.pause, twin.closed = self.pause, self.closed
        twin.label_flags = set(self.label_flags)
        twin.longest_settled = self.longest_settled
        twin._late = self._late.copy()
        twin._closing, twin._unused = self._closing, self._unused
        twin._triple, twin._newest = self._triple, self._newest
        twin._closing_only = self._closing_only
        return twin
