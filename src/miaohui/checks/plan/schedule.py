"""The schedule of sessions, each with its time and account: drawn from the seed, within the strata's hours.

Pure: the same plan, targets and beginning give the same slots. Hours are the shop's own.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from miaohui.checks.plan.plan import Day, Plan, ProbeKind, Stratum

MIN_MS: Final = 60_000
DAY_MS: Final = 1440 * MIN_MS
OVERHEAD_MS: Final = 12_000  # accepting, closing, settling
LISTEN_MS: Final = 6_000  # for what is still answered to a message after the end
STAGGER_MS: Final = 3_000
GRACE_MS: Final = 30 * MIN_MS  # so late a session of a drawn time may still begin
LATEST_MS: Final = DAY_MS
HORIZON_DAYS: Final = 800  # any festival comes again within that
TRIES: Final = 200
_EPOCH: Final = date(1970, 1, 1).toordinal()

IsFestival = Callable[[str, date], bool]


@dataclass(frozen=True, slots=True)
class TargetWanted:
    """A target as the schedule needs it."""

    target: str
    shop: str
    utc_offset_min: int
    trial: bool = False  # an account buys it once a shop


@dataclass(frozen=True, slots=True)
class StratumWindow:
    """A stretch in which sessions of a stratum may begin."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A session to be bought: ``target`` indexes the targets."""

    target: int
    stratum: str
    at_utc_ms: int
    until_utc_ms: int
    account: int = 0


def session_ms(plan: Plan) -> int:
    """The time that an account is busy with one session."""
    stay = plan.scope.stay_s * 1000 or plan.scope.minutes * MIN_MS
    after = [p.at_s + p.jitter_s for p in plan.probes if p.kind is ProbeKind.AFTER_END]
    listen = round(max(after) * 1000) + LISTEN_MS if after else 0
    return stay + listen + OVERHEAD_MS


def windows(
    stratum: Stratum, utc_offset_min: int, from_ms: int, is_festival: IsFestival
) -> Iterator[StratumWindow]:
    """The stratum's stretches from an instant on, one a day, the running one first."""
    shift = utc_offset_min * MIN_MS
    first = (from_ms + shift) // DAY_MS - 1
    length = (stratum.to_min - stratum.from_min) * MIN_MS
    if length <= 0:
        length += DAY_MS
    for number in range(first, first + HORIZON_DAYS):
        if not _falls_on(stratum, date.fromordinal(_EPOCH + number), is_festival):
            continue
        start = number * DAY_MS - shift + stratum.from_min * MIN_MS
        if start + length > from_ms:
            yield StratumWindow(max(start, from_ms), start + length)


def _falls_on(stratum: Stratum, day: date, is_festival: IsFestival) -> bool:
    match stratum.day:
        case Day.ANY:
            return True
        case Day.WEEKDAY:
            return day.weekday() < 5
        case Day.WEEKEND:
            return day.weekday() >= 5
        case Day.FESTIVAL:
            return is_festival(stratum.festival, day)


def merged(found: Iterator[StratumWindow]) -> list[StratumWindow]:
    """Stretches that follow each other without a gap as one."""
    done: list[StratumWindow] = []
    for each in found:
        if done and done[-1].to_ms == each.from_ms:
            done[-1] = StratumWindow(done[-1].from_ms, each.to_ms)
        else:
            done.append(each)
    return done


def draw(
    plan: Plan, targets: Sequence[TargetWanted], from_ms: int, is_festival: IsFestival
) -> list[Drawn]:
    """All slots in the order of their times. A stratum that never comes has none."""
    draws = random.Random(f"slots/{plan.seed}")
    wanted = [
        (index, stratum)
        for index in range(len(targets))
        for stratum in plan.strata
        for _ in range(stratum.quota)
    ]
    draws.shuffle(wanted)
    place = _Spread if plan.scope.days else _Soon
    found = place(plan, targets, from_ms, is_festival, draws).all(wanted)
    found.sort(key=lambda each: (each.at_utc_ms, each.target))
    return _with_accounts(plan, targets, found)


class _Soon:
    """One after another on each of the parallel lanes, as soon as the hours allow."""

    def __init__(
        self,
        plan: Plan,
        targets: Sequence[TargetWanted],
        from_ms: int,
        is_festival: IsFestival,
        draws: random.Random,
    ) -> None:
        self._takes = session_ms(plan)
        self._targets = targets
        self._draws = draws
        self._lanes = [from_ms] * plan.scope.parallel
        self._windows = {
            (stratum.name, offset): merged(windows(stratum, offset, from_ms, is_festival))
            for stratum in plan.strata
            for offset in {target.utc_offset_min for target in targets}
        }

    def all(self, wanted: list[tuple[int, Stratum]]) -> list[Drawn]:
        left, found = list(wanted), list[Drawn]()
        while left:
            lane = min(range(len(self._lanes)), key=self._lanes.__getitem__)
            free = self._lanes[lane]
            starts = {key: self._start(key, free) for key in self._windows}
            best = min(left, key=lambda each: _or_never(starts[self._key(each)]))
            window = starts[self._key(best)]
            left.remove(best)
            if window is None:
                continue
            start = window.from_ms
            room = max(0, min(STAGGER_MS, window.to_ms - start - self._takes))
            start += self._draws.randint(0, room)
            self._lanes[lane] = start + self._takes
            until = max(start, min(window.to_ms, start + LATEST_MS))
            found.append(Drawn(best[0], best[1].name, start, until))
        return found

    def _key(self, wanted: tuple[int, Stratum]) -> tuple[str, int]:
        return wanted[1].name, self._targets[wanted[0]].utc_offset_min

    def _start(self, key: tuple[str, int], free: int) -> StratumWindow | None:
        """The first stretch in which a session that begins at ``free`` or later has room."""
        known = self._windows[key]
        index = max(0, bisect_right(known, free, key=lambda each: each.from_ms) - 1)
        for each in known[index:]:
            start = max(each.from_ms, free)
            last = max(each.from_ms, each.to_ms - self._takes)
            if start <= last:
                return StratumWindow(start, each.to_ms)
        return None


def _or_never(window: StratumWindow | None) -> float:
    return float("inf") if window is None else window.from_ms


class _Spread:
    """Random times of the next days of each stratum; never more at once than the plan has lanes,
    where that can be had."""

    def __init__(
        self,
        plan: Plan,
        targets: Sequence[TargetWanted],
        from_ms: int,
        is_festival: IsFestival,
        draws: random.Random,
    ) -> None:
        self._plan, self._targets, self._from = plan, targets, from_ms
        self._is_festival, self._draws = is_festival, draws
        self._takes = session_ms(plan)
        self._decks: dict[tuple[int, str], list[StratumWindow]] = {}
        self._starts: list[int] = []

    def all(self, wanted: list[tuple[int, Stratum]]) -> list[Drawn]:
        found = []
        for target, stratum in wanted:
            start, window = 0, None
            for _ in range(TRIES):
                window = self._deal(target, stratum)
                if window is None:
                    break
                last = max(window.from_ms, window.to_ms - self._takes)
                start = self._draws.randint(window.from_ms, last)
                if self._at_once(start) < self._plan.scope.parallel:
                    break
            if window is not None:
                self._starts.append(start)
                until = max(start, min(window.to_ms, start + GRACE_MS))
                found.append(Drawn(target, stratum.name, start, until))
        return found

    def _deal(self, target: int, stratum: Stratum) -> StratumWindow | None:
        """A random day, each as often as the others."""
        deck = self._decks.setdefault((target, stratum.name), [])
        if not deck:
            offset = self._targets[target].utc_offset_min
            each = windows(stratum, offset, self._from, self._is_festival)
            deck += [window for _, window in zip(range(self._plan.scope.days), each, strict=False)]
            self._draws.shuffle(deck)
        return deck.pop() if deck else None

    def _at_once(self, start: int) -> int:
        return sum(abs(other - start) < self._takes for other in self._starts)


def _with_accounts(plan: Plan, targets: Sequence[TargetWanted], found: list[Drawn]) -> list[Drawn]:
    """Each slot to the account that has rested longest; a trial to one that is new in its shop."""
    trials = [targets[each.target].shop for each in found if targets[each.target].trial]
    most = max((trials.count(shop) for shop in set(trials)), default=0)
    rested = dict.fromkeys(range(plan.scope.accounts or max(plan.scope.parallel, most)), 0)
    used: set[tuple[int, str]] = set()
    done = []
    for number, each in enumerate(found, 1):
        target = targets[each.target]
        fresh = [n for n in rested if not target.trial or (n, target.shop) not in used]
        account = min(fresh or rested, key=lambda n: (rested[n], n))
        rested[account] = number
        used.add((account, target.shop))
        done.append(Drawn(each.target, each.stratum, each.at_utc_ms, each.until_utc_ms, account))
    return done
