"""A customer's own limits: a lower one holds at once, a higher one a day later, in their own zone."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import structs

RAISED_AFTER_MS = 24 * 3_600_000
STOP_MS = 7 * 24 * 3_600_000
DEFAULT_OFFSET_MIN = 480


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """None: no limit. Money in fen; ``quiet_from`` to ``quiet_to``: hours without purchases."""

    purchase_fen: int | None = None
    day_fen: int | None = None
    month_fen: int | None = None
    day_minutes: int | None = None
    quiet_from: int | None = None
    quiet_to: int | None = None
    zone: str | None = None
    utc_offset_min: int = DEFAULT_OFFSET_MIN

    @property
    def place(self) -> tzinfo:
        """The zone by name, which knows summer time; else the fixed offset."""
        found = None if self.zone is None else zone_of(self.zone)
        return found or timezone(timedelta(minutes=self.utc_offset_min))

    @property
    def is_any(self) -> bool:
        blank = Caps(zone=self.zone, utc_offset_min=self.utc_offset_min)
        return self != blank


class OwnLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds now, and what will from ``wanted_ms`` on."""

    caps: Caps = Caps()
    wanted: Caps | None = None
    wanted_ms: int | None = None
    stopped_ms: int | None = None


_CAPS = ("purchase_fen", "day_fen", "month_fen", "day_minutes")
_COLUMNS = (*Caps.__struct_fields__, "wanted", "wanted_ms", "stopped_ms")


def zone_of(name: str) -> ZoneInfo | None:
    """None where there is no such zone, or its name is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_quiet(hour: int, quiet_from: int | None, quiet_to: int | None) -> bool:
    """True in an hour in which nothing can be bought; "22 to 7" goes over midnight."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return False
    if quiet_from < quiet_to:
        return quiet_from <= hour < quiet_to
    return hour >= quiet_from or hour < quiet_to


def _hours(caps: Caps) -> set[int]:
    return {hour for hour in range(24) if is_quiet(hour, caps.quiet_from, caps.quiet_to)}


def local(now_ms: int, place: tzinfo) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(place)


def day_start_ms(now_ms: int, place: tzinfo) -> int:
    """Midnight where the customer is, in ms."""
    first = local(now_ms, place).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return round(first.timestamp() * 1000)


def month_start_ms(now_ms: int, place: tzinfo) -> int:
    """The beginning of the calendar month where the customer is, in ms."""
    first = local(now_ms, place).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return round(first.timestamp() * 1000)


def tightened(now: Caps, wanted: Caps, now_ms: int) -> Caps:
    """What of ``wanted`` holds at once: whatever is no looser than what holds now."""
    changes: dict[str, object] = {}
    for name in _CAPS:
        old, new = getattr(now, name), getattr(wanted, name)
        if new is not None and (old is None or new <= old):
            changes[name] = new
    if _hours(wanted) >= _hours(now):
        changes |= {"quiet_from": wanted.quiet_from, "quiet_to": wanted.quiet_to}
    # Another place moves the hours and the days, so it is no lowering where they are limited.
    moved = local(now_ms, now.place).utcoffset() != local(now_ms, wanted.place).utcoffset()
    if not now.is_any or not moved:
        changes |= {"zone": wanted.zone, "utc_offset_min": wanted.utc_offset_min}
    return structs.replace(now, **changes)


def of_in(conn: sqlite3.Connection, account: str, now_ms: int) -> OwnLimits:
    row = conn.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM own_limits WHERE account = ?", (account,)
    ).fetchone()
    if row is None:
        return OwnLimits()
    values = dict(zip(_COLUMNS, row, strict=True))
    raw, wanted_ms = values.pop("wanted"), values.pop("wanted_ms")
    stopped_ms = values.pop("stopped_ms")
    caps = Caps(**values)
    wanted = None if raw is None else msgspec.json.decode(raw, type=Caps)
    if wanted is not None and wanted_ms <= now_ms:
        caps, wanted, wanted_ms = wanted, None, None
    if stopped_ms is not None and stopped_ms <= now_ms:
        stopped_ms = None
    return OwnLimits(caps=caps, wanted=wanted, wanted_ms=wanted_ms, stopped_ms=stopped_ms)


def _put_in(conn: sqlite3.Connection, account: str, limits: OwnLimits) -> None:
    values = structs.asdict(limits.caps)
    wanted = None if limits.wanted is None else msgspec.json.encode(limits.wanted).decode()
    row = (account, *values.values(), wanted, limits.wanted_ms, limits.stopped_ms)
    marks = ", ".join("?" * len(row))
    conn.execute(
        f"INSERT OR REPLACE INTO own_limits (account, {', '.join(_COLUMNS)}) VALUES ({marks})", row
    )


def set_in(conn: sqlite3.Connection, account: str, wanted: Caps, now_ms: int) -> OwnLimits:
    """Takes new limits in; what is looser waits for a day."""
    old = of_in(conn, account, now_ms)
    caps = tightened(old.caps, wanted, now_ms)
    if caps == wanted:
        limits = OwnLimits(caps=caps, stopped_ms=old.stopped_ms)
    else:
        same = old.wanted == wanted and old.wanted_ms is not None
        limits = OwnLimits(
            caps=caps,
            wanted=wanted,
            wanted_ms=old.wanted_ms if same else now_ms + RAISED_AFTER_MS,
            stopped_ms=old.stopped_ms,
        )
    _put_in(conn, account, limits)
    return limits


def stop_in(conn: sqlite3.Connection, account: str, now_ms: int) -> OwnLimits:
    """No purchases for seven days from now; nobody can shorten it."""
    old = of_in(conn, account, now_ms)
    limits = structs.replace(old, stopped_ms=max(old.stopped_ms or 0, now_ms + STOP_MS))
    _put_in(conn, account, limits)
    return limits
