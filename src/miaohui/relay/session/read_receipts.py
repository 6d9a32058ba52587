"""Read receipts: how far each side has stored and seen what the other wrote. Never durable."""

from collections import deque

from miaohui.relay.session.state import SessionState
from miaohui.wire.limits import SEEN_GRACE_MS

OTHER = {"customer": "responder", "responder": "customer"}


class ReadReceipts:
    """Progress by side; seqs are of the *other* side's messages, so what a side was given."""

    __slots__ = ("_fresh", "_settled", "seen", "stored")

    def __init__(self) -> None:
        self.stored = {"customer": 0, "responder": 0}
        self.seen = {"customer": 0, "responder": 0}
        # What the responder acknowledged, not yet SEEN_GRACE_MS ago: (mono, seq).
        self._fresh: deque[tuple[int, int]] = deque()
        self._settled = 0

    def ack(self, state: SessionState, side: str, pos: int, now: int) -> bool:
        """A side has stored the feed up to ``pos``; whether that is news."""
        seq = state.newest_seq(OTHER[side], pos)
        if seq <= self.stored[side]:
            return False
        self.stored[side] = seq
        if side == "responder":
            self._fresh.append((now, seq))
        return True

    def look(self, side: str, seq: int) -> bool:
        """A side has the other's messages up to ``seq`` on screen; whether that is news."""
        seq = min(seq, self.stored[side])
        if seq <= self.seen[side]:
            return False
        self.seen[side] = seq
        return True

    def clamp(self, seen_seq: int, now: int) -> int:
        """The highest customer's seq that the responder can have seen by ``now``."""
        fresh = self._fresh
        while fresh and fresh[0][0] <= now - SEEN_GRACE_MS:
            self._settled = fresh.popleft()[1]
        settled = self._settled
        return seen_seq if seen_seq < settled else settled

    def forget_responder(self) -> None:
        """Somebody else answers from now on."""
        self._fresh.clear()
        self._settled = 0
        self.stored["responder"] = 0
        self.seen["responder"] = 0
