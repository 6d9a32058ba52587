"""The settled turns of a session in columns: fifty thousand of them take a megabyte.

As objects, each with its tuple of asks, they would take ten times that.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Self, overload

from miaohui.promise.column import Column
from miaohui.promise.turns import Severity, Turn, TurnAsks, TurnState

_STATES = tuple(TurnState)
_SEVERITIES = (None, *Severity)


class SettledTurns(Sequence[Turn]):
    """Append-only (but for `cut`), in the order in which they were covered; a turn is made when it
    is asked for."""

    __slots__ = (
        "_asks",
        "_asks_breached",
        "_asks_kept",
        "_behind",
        "_end",
        "_from",
        "_kind",
        "_start",
        "_wait",
    )

    def __init__(self) -> None:
        self._start = Column()
        self._end = Column()
        self._behind = Column()  # how far the covering reply stands behind the oldest ask
        self._wait = Column()
        self._kind = bytearray()  # state and severity: both have few values
        self._from = array("I")  # where a turn's asks begin
        self._asks = array("I")  # they rise, so a turn is found by halving
        self._asks_kept = array("I")  # of each turn: its messages on their own
        self._asks_breached = array("I")

    def append(self, turn: Turn, end_seq: int, asks: TurnAsks) -> None:
        """`end_seq` is the seq of the reply that ended it; `asks` its messages on their own."""
        if turn.end is None:
            raise ValueError("a turn that no reply has covered is not settled")
        self._start.append(turn.start)
        self._end.append(turn.end)
        self._behind.append(end_seq - turn.asks[0])
        self._wait.append(turn.wait)
        severity = _SEVERITIES.index(turn.severity)
        self._kind.append(_STATES.index(turn.state) * len(_SEVERITIES) + severity)
        self._from.append(len(self._asks))
        self._asks.extend(turn.asks)
        self._asks_kept.append(asks.kept)
        self._asks_breached.append(asks.breached)

    def __len__(self) -> int:
        return len(self._kind)

    @overload
    def __getitem__(self, index: int) -> Turn: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Turn, ...]: ...

    def __getitem__(self, index: int | slice) -> Turn | tuple[Turn, ...]:
        if isinstance(index, slice):
            return tuple(self._turn(each) for each in range(*index.indices(len(self))))
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        return self._turn(at)

    def __iter__(self) -> Iterator[Turn]:
        return (self._turn(each) for each in range(len(self)))

    def _turn(self, at: int) -> Turn:
        state, severity = divmod(self._kind[at], len(_SEVERITIES))
        following = self._from[at + 1] if at + 1 < len(self) else len(self._asks)
        return Turn(
            self._start[at],
            self._end[at],
            self._wait[at],
            _STATES[state],
            _SEVERITIES[severity],
            tuple(self._asks[self._from[at] : following]),
        )

    def end_seq(self, at: int) -> int:
        """The seq of the reply that ended the turn at this index."""
        return self._asks[self._from[at]] + self._behind[at]

    def asks_of(self, at: int) -> TurnAsks:
        """The messages of the turn at this index, each judged on its own."""
        return TurnAsks(self._asks_kept[at], self._asks_breached[at])

    def with_ask(self, seq: int) -> Turn | None:
        """The turn that an ask belongs to."""
        place = bisect_left(self._asks, seq)
        if place == len(self._asks) or self._asks[place] != seq:
            return None
        return self._turn(bisect_right(self._from, place) - 1)

    def cut(self, length: int) -> None:
        """Only the first so many stay."""
        if length < len(self):
            del self._asks[self._from[length] :]
            for column in (self._start, self._end, self._behind, self._wait):
                column.cut(length)
            del self._kind[length:], self._from[length:]
            del self._asks_kept[length:], self._asks_breached[length:]

    def copy(self) -> Self:
        twin = type(self)()
        twin._start, twin._end = self._start.copy(), self._end.copy()
        twin._wait, twin._behind = self._wait.copy(), self._behind.copy()
        twin._kind, twin._from, twin._asks = self._kind.copy(), self._from[:], self._asks[:]
        twin._asks_kept, twin._asks_breached = self._asks_kept[:], self._asks_breached[:]
        return twin
