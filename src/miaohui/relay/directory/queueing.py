"""How long a queue takes: places that come free, by how long sessions and people really took.

A seeded simulation of the shop's next hours, the same figures from the same facts; a hundred
draws say p50 and p90 of every place in the queue at once.
"""

import heapq
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 100
SEED = 20_270_808
# Where little was measured: sessions are used up, or ended somewhat early; people take seconds.
USUAL_SHARES = (0.5, 0.8, 0.95, 1.0, 1.0, 1.0, 1.0, 1.05)
USUAL_TAKES_MS = (3_000, 5_000, 8_000, 12_000, 25_000)
ENOUGH = 20
NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """What was measured, each sorted: the share of the paid time that sessions lasted by the clock,
    and the time from the first offer until somebody came."""

    shares: tuple[float, ...] = USUAL_SHARES
    takes_ms: tuple[int, ...] = USUAL_TAKES_MS

    @classmethod
    def of(cls, shares: Sequence[float], takes_ms: Sequence[int]) -> "ServiceRecord":
        """The usual where too little was measured."""
        return cls(
            tuple(sorted(shares)) if len(shares) >= ENOUGH else USUAL_SHARES,
            tuple(sorted(takes_ms)) if len(takes_ms) >= ENOUGH else USUAL_TAKES_MS,
        )


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """One place for a session. ``elapsed_ms`` of ``paid_ms`` are used of the session in it (0 of 0:
    it is free); after ``until_ms`` from now its person begins none that ends later."""

    elapsed_ms: int
    paid_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class QueueTime:
    """The time until somebody comes: half of the draws, and nine in ten, were no longer. None: so
    many draws found no place at all."""

    p50_ms: int | None
    p90_ms: int | None


def queue_times(
    places: Sequence[QueuePlace], minutes: Sequence[int], record: ServiceRecord
) -> list[QueueTime]:
    """One for each order of the queue, first come first served; ``minutes``: how long each is."""
    if not minutes:
        return []
    draw = random.Random(SEED)
    starts: list[list[int]] = [[] for _ in minutes]
    for _ in range(DRAWS):
        free = [(_end(place, record, draw), place.until_ms) for place in places]
        order = [(at, n) for n, (at, _) in enumerate(free)]
        heapq.heapify(order)
        for place, length in enumerate(minutes):
            starts[place].append(_begin(order, free, length * 60_000, record, draw))
    return [_quantiles(each) for each in starts]


def _end(place: QueuePlace, record: ServiceRecord, draw: random.Random) -> int:
    """When the session in a place ends: drawn from those that lasted longer than this one has."""
    if not place.paid_ms:
        return 0
    first = bisect_right(record.shares, place.elapsed_ms / place.paid_ms)
    if first == len(record.shares):
        return draw.randrange(60_000)  # longer than any before: it may end at any moment
    share = record.shares[draw.randrange(first, len(record.shares))]
    return max(0, round(share * place.paid_ms) - place.elapsed_ms)


def _begin(
    order: list[tuple[int, int]],
    free: list[tuple[int, int | None]],
    length: int,
    record: ServiceRecord,
    draw: random.Random,
) -> int:
    """When a session of this length begins, in the first place that can hold it."""
    aside: list[tuple[int, int]] = []
    found = NEVER
    while order:
        at, n = heapq.heappop(order)
        until = free[n][1]
        if until is not None and at + length > until:
            aside.append((at, n))
            continue
        found = at + draw.choice(record.takes_ms)
        lasts = round(draw.choice(record.shares) * length)
        heapq.heappush(order, (found + lasts, n))
        break
    for each in aside:
        heapq.heappush(order, each)
    return found


def _quantiles(starts: list[int]) -> QueueTime:
    starts.sort()
    p50, p90 = starts[len(starts) // 2], starts[len(starts) * 9 // 10]
    return QueueTime(None if p50 == NEVER else p50, None if p90 == NEVER else p90)
