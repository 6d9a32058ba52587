"""Rates and budgets: token buckets by key, what one link may send, and who has spent too much."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from miaohui.wire.limits import TEXT_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second`` for good."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """A link's budget: frames of every opcode, and bytes as they come off the wire; the largest
    message; the bytes that may wait for a peer who does not read. ``shaped``: bytes beyond it wait
    for their turn, as a picture on a quick line does; else they end the link, as frames always do."""

    frames: Rate
    bytes: Rate
    message_bytes: int
    outgoing_bytes: int
    shaped: bool = False


REQUESTS = Rate(burst=120, per_second=40)  # a person's; a desk with eight conversations stays below
SIGN_INS = Rate(burst=10, per_second=0.2)  # per host; argon2 is dear
SIGN_INS_PER_NAME = Rate(burst=5, per_second=0.1)
HANDSHAKES = Rate(burst=60, per_second=5)  # per host
ENTRIES = Rate(burst=30, per_second=1)  # of one account, with a good token
KNOCKS = Rate(burst=300, per_second=60)  # per net, before anything is read or encrypted
PINGS = Rate(burst=100, per_second=50)  # per connection; over it the link is given up
LOOSE = Rate(burst=60, per_second=20)  # typing, seen: what is over the rate is dropped
FINE_MS: Final = 10_000  # so long who spent too much stays out

GUEST: Final = LinkBudget(
    # hello, a heartbeat every 2 s, a name and a password now and then
    frames=Rate(burst=60, per_second=8),
    bytes=Rate(burst=32 * 1024, per_second=4 * 1024),
    message_bytes=8 * 1024,
    outgoing_bytes=64 * 1024,
)
MEMBER: Final = LinkBudget(
    # all that the rates above let through, and a picture at the speed of a good line
    frames=Rate(burst=800, per_second=150),
    bytes=Rate(burst=16 * 1024 * 1024, per_second=8 * 1024 * 1024),
    message_bytes=TEXT_FRAME_BYTES,
    outgoing_bytes=1024 * 1024,  # who lets more pile up is cut, and resumes by position
    shaped=True,
)
ENDLESS: Final = LinkBudget(
    frames=Rate(burst=2**62, per_second=0),
    bytes=Rate(burst=2**62, per_second=0),
    message_bytes=TEXT_FRAME_BYTES,
    outgoing_bytes=1024 * 1024,
)
"""For a socket by itself, which nobody else can reach."""


class Buckets:
    """Token buckets by key; the longest unused are forgotten beyond ``keep``."""

    __slots__ = ("_keep", "_levels", "_rate")

    def __init__(self, rate: Rate, keep: int = 50_000) -> None:
        self._rate = rate
        self._keep = keep
        self._levels: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, key: str, now: int) -> int:
        """0 where it is allowed, else in how many ms it will be."""
        rate, levels = self._rate, self._levels
        level = burst = rate.burst
        known = levels.get(key)
        if known is not None:
            level = known[0] + (now - known[1]) * rate.per_second / 1000
            if level > burst:
                level = burst
        if level < 1:
            levels[key] = (level, now)
            return max(1, round((1 - level) * 1000 / rate.per_second))
        levels[key] = (level - 1, now)
        levels.move_to_end(key)
        if known is None and len(levels) > self._keep:
            levels.popitem(last=False)
        return 0


class Fines:
    """Who spent more than a link's budget, by account or host, and until when they stay out; the
    eldest are forgotten beyond ``keep``."""

    __slots__ = ("_keep", "_until")

    def __init__(self, keep: int = 50_000) -> None:
        self._keep = keep
        self._until: OrderedDict[str, int] = OrderedDict()

    def impose(self, key: str, now: int) -> None:
        self._until[key] = now + FINE_MS
        self._until.move_to_end(key)
        if len(self._until) > self._keep:
            self._until.popitem(last=False)

    def left_ms(self, key: str, now: int) -> int:
        """0 for who owes nothing."""
        until = self._until.get(key)
        if until is None:
            return 0
        if until <= now:
            del self._until[key]
            return 0
        return until - now
