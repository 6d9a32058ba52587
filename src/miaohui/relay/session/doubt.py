"""Doubt: what the relay notices of its own slowness and of its network, as stretches of its clock for
which it does not vouch. Pure: moments (the relay's mono, ms) in, stretches out."""

from collections.abc import Callable
from typing import Final

from miaohui.promise.constants import OVERLOAD_LENGTH_MS
from miaohui.wire.journal import FaultReason

BEAT_MS: Final = 100
LAG_MS: Final = 300
PIECE_MS: Final = OVERLOAD_LENGTH_MS // 2  # a stretch that lasts is written in pieces of about this
TOGETHER_MS: Final = 2_000  # links lost within this time are lost at once
BACK_MS: Final = 5_000  # … and back together within this: clients wait differently long
FEWEST: Final = 2  # people: what one of them loses is their own line

Doubt = Callable[[int, int, FaultReason], None]
"""From one moment to another, for this reason."""

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


class OutageWatch:
    """The watch on people's links: most of them lost at once, and back together, is no one
    person's line. ``online``: how many people have a link now."""

    def __init__(self, online: Callable[[], int], doubt: Doubt) -> None:
        self._online = online
        self._doubt = doubt
        self._lost: dict[str, int] = {}
        self._out: set[str] = set()
        self._since = 0
        self._back: list[int] = []

    def hear(self, account: str, now: int, *, online: bool) -> None:
        """Somebody's last link went, or their first one came."""
        if online:
            self._lost.pop(account, None)
            if account in self._out:
                self._return(now)
            return
        self._lost = {who: t for who, t in self._lost.items() if now - t <= TOGETHER_MS}
        self._lost[account] = now
        gone = len(self._lost)
        if gone >= FEWEST and 2 * gone > gone + self._online():
            if not self._out:
                self._since, self._back = min(self._lost.values()), []
            self._out |= self._lost.keys()

    def _return(self, now: int) -> None:
        self._back = [each for each in self._back if now - each <= BACK_MS]
        self._back.append(now)
        if 2 * len(self._back) > len(self._out):
            since, self._out = self._since, set()
            if since < now:
                self._doubt(since, now, "network")
