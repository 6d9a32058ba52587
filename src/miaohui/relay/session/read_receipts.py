"""Read receipts: how far each side has been given, stored and seen what the other wrote. Never
durable."""

from collections import deque

from miaohui.promise.constants import SEEN_GRACE_MS, SEEN_SURELY_MS
from miaohui.relay.session.state import SessionState

KEPT = 64  # of the newest asks it is known when they went their way
OTHER = {"customer": "responder", "responder": "customer"}


class _Reached:
    """How far something had come by a moment: (mono, seq) in order, and what is old enough."""

    __slots__ = ("_fresh", "_settled", "newest")

    def __init__(self) -> None:
        self._fresh: deque[tuple[int, int]] = deque()
        self._settled = 0
        self.newest = 0

    def note(self, now: int, seq: int) -> None:
        if seq > self.newest:
            self.newest = seq
            self._fresh.append((now, seq))

    def by(self, moment: int) -> int:
        """The highest seq by then; later questions are of later moments."""
        fresh = self._fresh
        while fresh and fresh[0][0] <= moment:
            self._settled = fresh.popleft()[1]
        return self._settled


class ReadReceipts:
    """Progress by side; seqs are of the *other* side's messages, so what a side was given."""

    __slots__ = ("_acked", "_durable", "_handed", "_stored_at", "seen", "stored")

    def __init__(self) -> None:
        self.stored = {"customer": 0, "responder": 0}
        self.seen = {"customer": 0, "responder": 0}
        # What was handed to the responder's link, and what that acknowledged.
        self._handed = _Reached()
        self._acked = _Reached()
        # When the newest asks were durable, and when the responder's app had them (seq → mono).
        self._durable: dict[int, int] = {}
        self._stored_at: dict[int, int] = {}

    def durable(self, seq: int, now: int) -> None:
        """A customer's message is on disk, and goes out now."""
        self._durable[seq] = now
        if len(self._durable) > KEPT:
            oldest = next(iter(self._durable))
            del self._durable[oldest]
            self._stored_at.pop(oldest, None)

    def way(self, seq: int) -> tuple[int, int] | None:
        """When a customer's message went out, and when the responder's app first acknowledged it;
        None where that is not known."""
        out, back = self._durable.get(seq), self._stored_at.get(seq)
        return None if out is None or back is None else (out, back)

    def hand(self, seq: int, now: int) -> None:
        """The customer's messages up to ``seq`` were handed to the responder's link."""
        self._handed.note(now, seq)

    def ack(self, state: SessionState, side: str, pos: int, now: int) -> bool:
        """A side has stored the feed up to ``pos``; whether that is news."""
        seq = state.newest_seq(OTHER[side], pos)
        if seq <= self.stored[side]:
            return False
        self.stored[side] = seq
        if side == "responder":
            self._acked.note(now, seq)
            for each in self._durable:
                if each <= seq:
                    self._stored_at.setdefault(each, now)
        return True

    def look(self, side: str, seq: int) -> bool:
        """A side has the other's messages up to ``seq`` on screen; whether that is news."""
        seq = min(seq, self.stored[side])
        if seq <= self.seen[side]:
            return False
        self.seen[side] = seq
        return True

    def clamp(self, seen_seq: int, now: int) -> int:
        """The customer's seq that a reply's ``seen_seq`` is taken for: no higher than what was
        handed on 300 ms before and is acknowledged by now, no lower than what was acknowledged
        3,000 ms before."""
        readable = min(self._handed.by(now - SEEN_GRACE_MS), self._acked.newest)
        return max(min(seen_seq, readable), self._acked.by(now - SEEN_SURELY_MS))

    def forget_responder(self) -> None:
        """Somebody else answers from now on."""
        self._handed = _Reached()
        self._acked = _Reached()
        self.stored["responder"] = 0
        self.seen["responder"] = 0
