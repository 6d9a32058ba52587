"""Rates: token buckets per account and per address."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second`` for good."""

    burst: float
    per_second: float


REQUESTS = Rate(burst=120, per_second=40)  # a person's; a desk with eight conversations stays below
SIGN_INS = Rate(burst=10, per_second=0.2)  # per address; argon2 is dear
SIGN_INS_PER_NAME = Rate(burst=5, per_second=0.1)
HANDSHAKES = Rate(burst=60, per_second=5)  # per address
PINGS = Rate(burst=100, per_second=50)  # per connection; over it the link is given up
LOOSE = Rate(burst=60, per_second=20)  # typing, seen: what is over the rate is dropped


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
