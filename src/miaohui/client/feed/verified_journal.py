"""One session's journal as this side checks and folds it: chain, turns, what is proved by now."""

from dataclasses import dataclass

from miaohui.client.snapshots import WaitBar
from miaohui.promise.chain import Chain
from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold
from miaohui.promise.turns import OpenTurn, Turn, TurnState
from miaohui.promise.waits import Waits
from miaohui.wire.journal import Entry, Fault

RECENT = 20  # turns that are looked at for what has just been answered


@dataclass(frozen=True, slots=True)
class AskWait:
    """An ask's wait as it stands: MessageView's four fields."""

    wait_ms: int
    verdict: str
    final: bool
    given_back_ms: int
    ended: bool


class VerifiedJournal:
    """``known_t`` is the latest t that the relay has spoken for: only a breach before it is a
    fact, a later one is this side's guess."""

    def __init__(self) -> None:
        self.fold = Fold()
        self.chain = Chain()
        self.broken: JournalBroken | None = None
        self._breaks_at: tuple[int, str] | None = None  # as an earlier run found
        self.known_t = 0
        self.settled = 0
        self.waits = Waits()  # of the settled turns, void ones left out
        self.restarts: list[Fault] = []  # over which the relay vouches for nothing
        self._revision = 0
        self._given: dict[int, int] = {}
        self._given_all = 0

    @property
    def begun(self) -> bool:
        """Whether there is a journal at all."""
        return self.fold.length > 0

    def breaks_at(self, seq: int, reason: str) -> None:
        """What was stored does not hold from there on: it folds no further today either."""
        self._breaks_at = (seq, reason)

    def resume(self, length: int, head: str) -> None:
        """Where the chain goes on behind entries that were checked when they came."""
        self.chain = Chain(head, length)

    def take(self, entry: Entry, *, stored: bool = False) -> None:
        """The next entry. What breaks the chain is remembered and folds no further; an entry from
        our own store was checked when it came."""
        if self.broken is not None:
            return
        if self._breaks_at is not None and entry.seq >= self._breaks_at[0]:
            seq, reason = self._breaks_at
            self.broken = JournalBroken(reason, entry=seq)
            return
        try:
            if not stored:
                self.chain.accept(entry)
            self.fold.apply(entry)
        except JournalBroken as broken:
            self.broken = broken
            return
        self.known_t = max(self.known_t, entry.t)
        if isinstance(entry, Fault) and entry.reason == "restart":
            self.restarts.append(entry)

    def settle(self) -> tuple[list[Turn], bool]:
        """Turns settled since the last call; True where the past was folded anew, so that all of
        them are given again."""
        if not self.begun:
            return [], False
        turns = list(self.fold.turns_since(self.settled))
        revised = self.fold.revision != self._revision
        if revised:
            self._revision = self.fold.revision
            self._given.clear()
            self._given_all = 0
            self.waits.clear()
            turns = list(self.fold.turns)
            self.settled = 0
        self.settled += len(turns)
        for turn in turns:
            if turn.state is not TurnState.VOID:
                self.waits.add(turn.wait)
        if self.fold.opened.terms.give_back:
            late = self.fold.late_ms(self.fold.last_t) if turns else 0
            for turn in turns:
                self._give(turn, late)
        return turns, revised

    def _give(self, turn: Turn, late: int) -> None:
        """The union of late time grew by this much with the turn's end."""
        if turn.state is not TurnState.BREACHED:
            return
        over = turn.wait - self.fold.opened.promise_ms
        share = max(0, min(over, late - self._given_all))
        self._given[turn.asks[0]] = share
        self._given_all += share

    def prove(self, t: int) -> bool:
        """The relay has spoken for ``t``; True where that makes the open turn a breach."""
        if t <= self.known_t:
            return False
        before = self.confirmed
        self.known_t = t
        return self.confirmed and not before

    @property
    def confirmed(self) -> bool:
        """Whether the open turn is a breach that the relay has spoken for."""
        turn = self.open_turn(self.known_t)
        return turn is not None and turn.breached

    def open_turn(self, now: int) -> OpenTurn | None:
        return self.fold.open_turn(now) if self.begun else None

    @property
    def open_breaches(self) -> int:
        """How many open turns are breaches that the relay has spoken for."""
        turns = self.fold.open_turns(self.known_t) if self.begun else ()
        return sum(turn.state is TurnState.BREACHED for turn in turns)

    @property
    def open_asks(self) -> tuple[int, ...]:
        return self.fold.open_asks if self.begun else ()

    def covered_at(self, t: int | None) -> bool:
        """Whether some turn ended then."""
        return any(turn.end == t for turn in self.fold.turns[-RECENT:])

    def seen(self, seq: int, now: int) -> AskWait | None:
        """What an ask shows at ``now``; None for what is no ask on the clock."""
        if not self.begun:
            return None
        turn = self.fold.turn_of(seq, now)
        if turn is None:
            return None
        ended = turn.end is not None
        final = ended or turn.state is not TurnState.BREACHED or self.confirmed
        if self.fold.closed is not None:
            final = True
        given = self._given.get(turn.asks[0], 0)
        if not ended and turn.state is TurnState.BREACHED and self.fold.opened.terms.give_back:
            given = max(0, self.fold.late_ms(now) - self._given_all)
        return AskWait(turn.wait, str(turn.state), final, given, ended)

    def bar(self, turn: Turn, key: str) -> WaitBar:
        return WaitBar(key, turn.asks[0], turn.wait, str(turn.state))
