"""The most that people work: how long somebody worked, how long they still may, and their shifts.

The rules are pure; ``WorkBook`` keeps in memory what they look at. Times in UTC milliseconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from miaohui.runtime.clock import Clock
from miaohui.wire.rota import RestReason, WorkLimits

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
NIGHT_FROM_MS = 23 * HOUR_MS
NIGHT_MS = 7 * HOUR_MS
# Less of a night than this is a late end of an evening, and no night.
NIGHT_LEAST_MS = 30 * MINUTE_MS
NIGHTS_DAYS = 7
KEPT_MS = 8 * DAY_MS
# What is left of a session when its shift ends is finished, up to so much.
FINISH_MS = 10 * MINUTE_MS
# A relay that was away for so long, or a link that was: still the same stretch.
SAME_MS = 2 * MINUTE_MS
NO_LIMITS = WorkLimits()


@dataclass(frozen=True, slots=True)
class WorkStretch:
    """A stretch of work without a gap."""

    from_ms: int
    to_ms: int

    def within(self, start: int, end: int) -> int:
        return max(0, min(self.to_ms, end) - max(self.from_ms, start))


@dataclass(frozen=True, slots=True)
class Shift:
    """A published shift."""

    shift: str
    responder: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What somebody worked, and the time until the first limit: None without one. ``rest``: the
    limit that was reached."""

    today_ms: int
    on_end_ms: int
    nights: int
    left_ms: int | None
    rest: RestReason | None


def midnight(now_ms: int, offset_min: int) -> int:
    """The beginning of the shop's local day."""
    local = now_ms + offset_min * MINUTE_MS
    return local - local % DAY_MS - offset_min * MINUTE_MS


def night_of(now_ms: int, offset_min: int) -> int:
    """The beginning (23:00) of the night that is going on, or of the next one."""
    start = midnight(now_ms, offset_min) - DAY_MS + NIGHT_FROM_MS
    return start if now_ms < start + NIGHT_MS else start + DAY_MS


def on_end(stretches: Sequence[WorkStretch], now_ms: int, break_ms: int) -> int:
    """Work since the last break, in ms; 0 after one."""
    total, later = 0, now_ms
    for each in reversed(stretches):
        if later - each.to_ms >= break_ms:
            break
        total += each.to_ms - each.from_ms
        later = each.from_ms
    return total


def nights_before(stretches: Iterable[WorkStretch], night_ms: int) -> int:
    """How many of the six nights before this one were worked in."""
    kept = list(stretches)
    starts = (night_ms - days * DAY_MS for days in range(1, NIGHTS_DAYS))
    return sum(
        sum(each.within(start, start + NIGHT_MS) for each in kept) >= NIGHT_LEAST_MS
        for start in starts
    )


def work_left(
    limits: WorkLimits, stretches: Sequence[WorkStretch], now_ms: int, offset_min: int
) -> WorkLeft:
    """How long somebody may still work from now on."""
    day = midnight(now_ms, offset_min)
    today = sum(each.within(day, now_ms) for each in stretches)
    end = on_end(stretches, now_ms, limits.break_minutes * MINUTE_MS)
    night = night_of(now_ms, offset_min)
    nights = nights_before(stretches, night)
    left: list[tuple[int, RestReason]] = []
    if limits.stretch_minutes is not None:
        left.append((limits.stretch_minutes * MINUTE_MS - end, "stretch"))
    if limits.day_minutes is not None:
        whole = limits.day_minutes * MINUTE_MS
        until = day + DAY_MS - now_ms
        # Whoever has hours left at midnight has the next day's as well.
        left.append((whole - today if whole - today < until else until + whole, "day"))
    if limits.nights is not None and nights >= limits.nights:
        left.append((night - now_ms, "nights"))
    if not left:
        return WorkLeft(today, end, nights, None, None)
    least, reason = min(left)
    return WorkLeft(today, end, nights, max(0, least), reason if least <= 0 else None)


class WorkBook:
    """Shifts, limits and work of everybody in a shop that has a rota or limits; nothing is kept of
    others, and nothing holds them back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shops: dict[str, int] = {}  # with a rota or limits → their clock's offset in minutes
        self._limits: dict[tuple[str, str], WorkLimits] = {}
        self._shifts: dict[str, list[Shift]] = {}
        self._stretches: defaultdict[str, list[WorkStretch]] = defaultdict(list)

    def put_shop(
        self,
        shop: str,
        offset_min: int,
        limits: dict[str, WorkLimits],
        shifts: Sequence[Shift],
        *,
        kept: bool,
    ) -> None:
        """``limits``: by person, "" for all others. ``kept``: the shop has a rota or limits."""
        for key in [key for key in self._limits if key[0] == shop]:
            del self._limits[key]
        self._shops.pop(shop, None)
        self._shifts.pop(shop, None)
        if kept:
            self._shops[shop] = offset_min
            self._shifts[shop] = sorted(shifts, key=lambda each: each.from_ms)
            self._limits.update({(shop, who): each for who, each in limits.items()})

    def put_stretches(self, responder: str, stretches: Iterable[WorkStretch]) -> None:
        self._stretches[responder] = sorted(stretches, key=lambda each: each.from_ms)

    def shops(self) -> list[str]:
        return list(self._shops)

    def keeps(self, shop: str) -> bool:
        """True for a shop with a rota or limits."""
        return shop in self._shops

    def offset_min(self, shop: str) -> int:
        return self._shops.get(shop, 0)

    # --- shifts ------------------------------------------------------------------------------
    def shifts(self, shop: str) -> list[Shift]:
        """Those that are published and not over, by their beginning."""
        return self._shifts.get(shop, [])

    def shift_of(self, shop: str, responder: str, now_ms: int) -> Shift | None:
        """The shift that somebody is in; where one begins as another ends, they are one."""
        found: Shift | None = None
        for each in self.shifts(shop):
            if each.responder != responder:
                continue
            if found is None and each.from_ms <= now_ms < each.to_ms:
                found = each
            elif found is not None and found.from_ms <= each.from_ms <= found.to_ms < each.to_ms:
                found = replace(found, to_ms=each.to_ms)
        return found

    # --- work --------------------------------------------------------------------------------
    def limits_of(self, shop: str, responder: str) -> tuple[WorkLimits, bool]:
        """The limits that hold, and whether they are this person's own."""
        own = self._limits.get((shop, responder))
        if own is not None:
            return own, True
        return self._limits.get((shop, ""), NO_LIMITS), False

    def everybodys(self, shop: str) -> WorkLimits | None:
        return self._limits.get((shop, ""))

    def works(self, responder: str, now_ms: int) -> WorkStretch:
        """Somebody is at work now; the stretch that this belongs to, to be written down."""
        kept = self._stretches[responder]
        if kept and now_ms - kept[-1].to_ms <= SAME_MS:
            kept[-1] = WorkStretch(kept[-1].from_ms, max(kept[-1].to_ms, now_ms))
        else:
            kept.append(WorkStretch(now_ms, now_ms))
        while kept[0].to_ms < now_ms - KEPT_MS:
            del kept[0]
        return kept[-1]

    def stops(self, responder: str, now_ms: int) -> WorkStretch | None:
        """Somebody works no more: the stretch goes on to this moment, where it was fresh."""
        kept = self._stretches.get(responder)
        if not kept or now_ms - kept[-1].to_ms > SAME_MS:
            return None
        return self.works(responder, now_ms)

    def left_of(self, shop: str, responder: str) -> WorkLeft:
        limits, _ = self.limits_of(shop, responder)
        kept = self._stretches.get(responder, [])
        return work_left(limits, kept, self._clock.utc_ms(), self.offset_min(shop))

    def free_ms(self, shop: str, responder: str) -> int | None:
        """How long a session may last that begins with this person now; None: as long as it likes.
        It ends with the limits and with the shift."""
        if shop not in self._shops:
            return None
        now = self._clock.utc_ms()
        left = self.left_of(shop, responder).left_ms
        shift = self.shift_of(shop, responder, now)
        if shift is None:
            return left
        until = shift.to_ms + FINISH_MS - now
        return until if left is None else min(left, until)

    def fits(self, shop: str, responder: str, ms: int) -> bool:
        """True where a session of so long can begin with this person now."""
        free = self.free_ms(shop, responder)
        return free is None or (free > 0 and ms <= free)

    def at_once(self, shop: str, responder: str, capacity: int) -> int:
        if shop not in self._shops:
            return capacity
        most = self.limits_of(shop, responder)[0].at_once
        return capacity if most is None else min(capacity, most)
