"""The written form of sums, waits and times: from integers, the same in both languages where it can be."""

from datetime import datetime, timedelta, timezone

from miaohui.desktop.look.language import say
from miaohui.promise import words
from miaohui.promise.waits import Quantile
from miaohui.runtime.clock import within_years

DASH = words.NOTHING


def yuan(fen: int) -> str:
    """``¥50`` or ``¥45.50``: the short form, for prices in lists."""
    return yuan_exact(fen) if fen % 100 else yuan_exact(fen)[:-3]


def yuan_exact(fen: int) -> str:
    """``¥45.00``, ``−¥6.40``: the long form, for sums that are paid or given back."""
    sign = "−" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{part:02d}"


def yuan_signed(fen: int) -> str:
    """``+¥0.85``, ``−¥6.40``: a movement of money, which goes one way or the other."""
    return f"+{yuan_exact(fen)}" if fen > 0 else yuan_exact(fen)


def seconds(ms: int | None, *, at_least: bool = False) -> str:
    """A wait in the promise's own words; ``≥`` where it is a lower bound."""
    return words.quantile(Quantile(ms=ms, at_least=at_least))


def carried(ms: int | None, *, at_least: bool = False) -> str:
    """A quantile of waits, and a dash where the turns there are cannot carry it: the longest wait
    stands beside it, and says what is known."""
    return DASH if at_least else seconds(ms)


def clock(ms: int) -> str:
    """``18:42``, ``1:02:03``: minutes and seconds, cut to the second."""
    total = max(0, ms) // 1000
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(share: float, *, places: int = 1) -> str:
    """``96.2%``: cut, not rounded, so that 99.96% never reads 100%."""
    scale: int = 10**places
    cut = int(share * 100 * scale + 1e-9) / scale
    return f"{cut:.{places}f}%"


def share(kept: int, breached: int) -> float:
    """Kept of all; 0 where there is nothing."""
    return kept / (kept + breached) if kept + breached else 0.0


def minutes(count: int) -> str:
    return say(f"{count} 分钟", f"{count} min")


def rough(ms: int) -> str:
    """``1 时 40 分``, ``25 分``, ``不到 1 分``: a stretch that nobody counts in seconds."""
    total = ms // 60_000
    hours, rest = divmod(total, 60)
    if not total:
        return say("不到 1 分", "under a minute")
    if not hours:
        return say(f"{rest} 分", f"{rest} min")
    if not rest:
        return say(f"{hours} 时", f"{hours} h")
    return say(f"{hours} 时 {rest} 分", f"{hours} h {rest} min")


def local(utc: str) -> datetime:
    """An RFC 3339 time as this machine's people read it."""
    return datetime.fromisoformat(utc).astimezone()


def moment(utc: str, today: datetime) -> str:
    """``21:18`` today, ``昨天 21:18``, ``8-19 21:18`` before; with the year in another one."""
    when = local(utc)
    time = f"{when:%H:%M}"
    if when.date() == today.date():
        return time
    if when.date() == today.date() - timedelta(days=1):
        return say(f"昨天 {time}", f"yesterday {time}")
    if when.year == today.year:
        return f"{when.month}-{when.day} {time}"
    return f"{when:%Y-%m-%d} {time}"


def day(utc: str, today: datetime) -> str:
    """The short form for a list: ``21:18`` today, else the day."""
    when = local(utc)
    if when.date() == today.date():
        return f"{when:%H:%M}"
    if when.date() == today.date() - timedelta(days=1):
        return say("昨天", "yesterday")
    return f"{when.month}-{when.day}" if when.year == today.year else f"{when:%Y-%m-%d}"


def here(utc_ms: int) -> datetime:
    """A moment by this machine's people's clock."""
    return datetime.fromtimestamp(within_years(utc_ms) / 1000).astimezone()


def there(utc_ms: int, offset_min: int) -> datetime:
    """A moment by a shop's clock."""
    zone = timezone(timedelta(minutes=offset_min))
    return datetime.fromtimestamp(within_years(utc_ms) / 1000, zone)


def hour_minute_second(utc_ms: int) -> str:
    """``21:31:40``."""
    return f"{here(utc_ms):%H:%M:%S}"


def hour_minute(utc_ms: int) -> str:
    """``21:48`` by this machine's people's clock."""
    return f"{here(utc_ms):%H:%M}"
