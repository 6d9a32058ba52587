"""A shop's figures in parts: by person, by hour of the day, by mode, each with its interval."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from miaohui.promise import figures as rules
from miaohui.relay.directory import card_answers, statistics
from miaohui.relay.directory.statistics import RAW, RawWait
from miaohui.relay.ports import Caller, Handler
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock
from miaohui.wire.catalogue import Measured
from miaohui.wire.frame import Request, Result
from miaohui.wire.owner import (
    GetShopFigures,
    HourFigures,
    ModeFigures,
    PersonFigures,
    ShopFigures,
)

PEOPLE_SHOWN = 128
_WAITS = ", ".join(
    f"w.{name.strip()}" for name in RAW[len("SELECT ") : RAW.index(" FROM")].split(",")
)


class FiguresInParts:
    """Owners only, and only of their own shop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetShopFigures: self._figures}

    async def _figures(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShopFigures)
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        return await self._store.read(
            lambda conn: figures_in(conn, shop, now, request.days), ReadLane.BROWSING
        )


def figures_in(conn: sqlite3.Connection, shop: str, now: int, days: int) -> ShopFigures:
    """The figures of the last days; of one customer's turns the newest 60 count, as they do for
    customers."""
    since = now - days * statistics.DAY_MS
    rows: list[tuple[RawWait, str]] = [
        (RawWait(*row[:-1]), row[-1])
        for row in conn.execute(
            f"SELECT {_WAITS}, ifnull(o.mode, 'text') FROM waits w"
            " LEFT JOIN orders o ON o.session = w.session"
            " WHERE w.shop = ? AND w.piece = 0 AND w.counts = 1 AND w.start_ms > ?",
            (shop, since),
        )
    ]
    counted = set(map(id, rules.newest_turns([raw for raw, _ in rows])))
    kept = [(raw, mode) for raw, mode in rows if id(raw) in counted]
    hours: defaultdict[int, list[RawWait]] = defaultdict(list)
    modes: defaultdict[str, list[RawWait]] = defaultdict(list)
    for raw, mode in kept:
        hours[raw.hour].append(raw)
        modes[mode].append(raw)
    return ShopFigures(
        cards_kept=card_answers.cards_kept_in(conn, "shop", shop, now),
        days=days,
        measured=_whole(conn, shop, since, [raw for raw, _ in kept]),
        people=_people(conn, shop, since),
        hours=[
            HourFigures(hour=hour, measured=statistics.measured_of(own, 0))
            for hour, own in sorted(hours.items())
        ],
        modes=[
            ModeFigures(mode=mode, measured=statistics.measured_of(own, 0))
            for mode, own in sorted(modes.items())
        ],
    )


def _whole(
    conn: sqlite3.Connection, subject: str, since: int, waits: Sequence[RawWait]
) -> Measured:
    sessions, late, elapsed = conn.execute(
        "SELECT count(*), ifnull(sum(late_ms), 0), ifnull(sum(elapsed_ms), 0)"
        " FROM measured_sessions WHERE subject = ? AND closed_ms > ?",
        (subject, since),
    ).fetchone()
    return statistics.with_time(statistics.measured_of(waits, sessions), late, elapsed)


def _people(conn: sqlite3.Connection, shop: str, since: int) -> list[PersonFigures]:
    names: Iterable[tuple[str, str]] = conn.execute(
        "SELECT responder, name FROM people WHERE shop = ? ORDER BY name LIMIT ?",
        (shop, PEOPLE_SHOWN),
    ).fetchall()
    found = []
    for responder, name in names:
        waits = rules.newest_turns(
            statistics.raw_in(
                conn,
                "responder = ? AND piece = 1 AND counts = 1 AND start_ms > ?",
                (responder, since),
            )
        )
        measured = _whole(conn, responder, since, waits)
        found.append(PersonFigures(responder=responder, name=name, measured=measured))
    return sorted(found, key=lambda each: -(each.measured.kept + each.measured.breached))
