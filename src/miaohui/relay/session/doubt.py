"""Doubt: what the relay notices of its own slowness and of its network, as stretches of its clock for
which it does not vouch. Pure: moments (the relay's mono, ms) in, stretches out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from miaohui.promise.constants import OVERLOAD_LENGTH_MS
from miaohui.wire.journal import FaultReason
from miaohui.wire.limits import PING_MS

BEAT_MS: Final = 100
LAG_MS: Final = 300
PIECE_MS: Final = OVERLOAD_LENGTH_MS // 2  # a stretch that lasts is written in pieces of about this
TOGETHER_MS: Final = 2_000  # links lost within this time are lost at once
BACK_MS: Final = 8_000  # … and back together within this: clients wait, and try, differently long
HEARTBEAT_MS: Final = PING_MS + 300  # from one sign of life to the next, with the timers' lateness
FEWEST: Final = 2  # people: what one of them loses is their own line

Doubt = Callable[[int, int, FaultReason], None]
"""From one moment to another, for this reason."""
OutageDoubt = Callable[[int, int, FaultReason, frozenset[str]], None]
"""… in the sessions of these people."""

_NEVER = 1 << 62


class LagWatch:
    """The watch on the loop and on commits. ``beat`` comes every BEAT_MS; ``look`` before anything
    that was waiting is taken in, so that it comes after the fault."""

    def __init__(self, doubt: Doubt) -> None:
        self._doubt = doubt
        self._last = _NEVER
        self._slow: tuple[int, int] | None = None  # a stretch of slow commits, not written yet

    def look(self, now: int) -> None:
        if now - self._last > BEAT_MS + LAG_MS:
            self.beat(now, 0)

    def beat(self, now: int, commit_ms: int) -> None:
        """``commit_ms``: how long what waits for the disk, or was written since the last beat, had
        to wait."""
        last, self._last = self._last, now
        if now - last > BEAT_MS + LAG_MS:
            # Of a stretch this long nothing could be written down while it lasted.
            self._doubt(last, now, "restart" if now - last > OVERLOAD_LENGTH_MS else "overload")
            self._slow = None
            return
        if commit_ms > LAG_MS:
            start = now - min(commit_ms, PIECE_MS) if self._slow is None else self._slow[0]
            self._slow = (start, now)
            if now - start < PIECE_MS:
                return
        if self._slow is not None:
            start, end = self._slow
            self._slow = (end, end) if commit_ms > LAG_MS else None
            if start < end:
                self._doubt(start, end, "overload")


@dataclass(frozen=True, slots=True)
class LostLink:
    """The loss of somebody's last link: at ``since`` at the earliest and ``by`` at the latest. One
    that fell silent was lost at some moment until its next heartbeat was due."""

    account: str
    since: int
    by: int
    noticed: int

    @classmethod
    def closed(cls, account: str, now: int) -> "LostLink":
        return cls(account, now, now, now)

    @classmethod
    def silent(cls, account: str, heard: int, now: int) -> "LostLink":
        return cls(account, heard, min(now, heard + HEARTBEAT_MS), now)


class OutageWatch:
    """The watch on people's links: most of them lost at once, most customers' among them, and back
    together, is no one person's line. (Those who answer could cut their own to please.)"""

    def __init__(self, doubt: OutageDoubt) -> None:
        self._doubt = doubt
        self._there: dict[str, bool] = {}  # who has a link; whether a customer
        self._customers = 0
        self._lost: dict[str, tuple[LostLink, bool]] = {}
        self._out: set[str] = set()
        self._since = 0
        self._back: int | None = None  # when the first of them was

    def since(self, account: str) -> int | None:
        """Since when most people's links are gone, this one's with them; None while they are not."""
        return self._since if account in self._out and self._back is None else None

    def come(self, account: str, now: int, *, customer: bool) -> None:
        """Somebody's first link came."""
        if account not in self._there:
            self._there[account] = customer
            self._customers += customer
        self._lost.pop(account, None)
        if account not in self._out:
            return
        if self._back is None:
            self._back = now
            self._tell(now, frozenset(self._out))
        elif now - self._back <= BACK_MS:
            # What came between them bounds the stretch: nothing is taken back.
            self._tell(now, frozenset({account}))
        self._out.discard(account)

    def go(self, lost: LostLink) -> None:
        """Somebody's last link went."""
        customer = self._there.pop(lost.account, False)
        self._customers -= customer
        self._lost = {
            who: each
            for who, each in self._lost.items()
            if lost.noticed - each[0].noticed <= TOGETHER_MS + HEARTBEAT_MS
        }
        self._lost[lost.account] = lost, customer
        links = [each for each, _ in self._lost.values()]
        start, first = max(each.since for each in links), min(each.by for each in links)
        gone, customers = len(links), sum(each for _, each in self._lost.values())
        if (
            start - first <= TOGETHER_MS
            and gone >= FEWEST
            and gone > len(self._there)
            and (customers > self._customers or not customers + self._customers)
        ):
            if not self._out or self._back is not None:
                self._out, self._back = set(), None
            self._since = min(start, first)
            self._out |= self._lost.keys()

    def _tell(self, now: int, whose: frozenset[str]) -> None:
        if self._since < now:
            self._doubt(self._since, now, "network", whose)
