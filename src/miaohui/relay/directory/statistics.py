"""Measured figures of shops and people: raw waits of the last 30 days, kept ready to be read.

A closed session writes its waits and brings the figures up to date in its own transaction.
Quantiles come from the raw waits (never from averages), intervals from customers; where a sample is
large they follow within moments, off the writing thread.
"""

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import NamedTuple

import msgspec

from miaohui.promise import figures as rules
from miaohui.relay.directory import listing_index
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.wire.catalogue import HourFigure, Measured

log = logging.getLogger(__name__)
DAY_MS = 24 * 3_600_000
WINDOW_DAYS = 30
WINDOW_MS = WINDOW_DAYS * DAY_MS
# So many raw waits take a few ms: more would hold up everybody's acknowledgements.
AT_ONCE = 1500
LOOK_EVERY_S = 1.0
MOST_A_LOOK = 20
FLOOR_PERCENT = 25  # of the shop's median price a minute: a cheaper session counts for nobody

_encode = msgspec.json.Encoder().encode
_measured: "msgspec.json.Decoder[Measured]" = msgspec.json.Decoder(Measured)


class RawWait(NamedTuple):
    """A wait out of its row."""

    hour: int
    wait_ms: int
    state: str
    covered: int
    customer: str
    responder: str
    shop: str
    utc_ms: int
    asks_kept: int
    asks_breached: int


RAW = (
    "SELECT hour, wait_ms, state, covered, customer, responder, shop, start_ms, asks_kept,"
    " asks_breached FROM waits"
)
# A history out of journals names no customers: each of its sessions then stands for one, who is
# not counted among those that are known.
NAMELESS = "?"


@dataclass(frozen=True, slots=True)
class MeasuredWait:
    """One measured turn, or one person's part of it, for the figures. ``state``: kept, breached,
    censored. ``hour``: shop's local hour of its start."""

    responder: str
    start_utc_ms: int
    hour: int
    wait_ms: int
    state: str
    covered: bool = True  # False: no reply of this responder's ended it, the wait is a lower bound
    asks_kept: int = 0  # its messages, each on its own
    asks_breached: int = 0


@dataclass(frozen=True, slots=True)
class Measurement:
    """A closed session's part in the figures. ``waits``: whole turns for the shop; ``pieces``: the
    people's parts of them. ``floor_percent``: of the shop's median price a minute."""

    session: str
    shop: str
    customer: str
    closed_utc_ms: int
    waits: tuple[MeasuredWait, ...]
    pieces: tuple[MeasuredWait, ...]
    late_ms: int
    elapsed_ms: int
    asks_kept: int
    asks_breached: int
    price_fen: int
    paid_ms: int
    floor_percent: int = FLOOR_PERCENT


@dataclass(frozen=True, slots=True)
class Summary:
    """The window of one subject, added up."""

    measured: Measured
    hours: list[HourFigure]
    expires_ms: int | None


def measured_in(conn: sqlite3.Connection, measurement: Measurement) -> None:
    """Adds a closed session to its shop's figures and its people's."""
    for subject, person in add_in(conn, measurement):
        follow_in(conn, subject, measurement.closed_utc_ms, person=person)


def counts_in(conn: sqlite3.Connection, measurement: Measurement) -> bool:
    """Whether a session counts: at a price that is not far below the shop's own, and of a customer
    who is not of the shop."""
    own = conn.execute(
        "SELECT 1 FROM accounts WHERE account = ?1 AND shop = ?2"
        " UNION ALL SELECT 1 FROM people WHERE responder = ?1 AND shop = ?2",
        (measurement.customer, measurement.shop),
    ).fetchone()
    if own is not None:
        return False
    # By hundredths of a fen a minute, so that no price is rounded to another.
    prices = [
        price * 100 // minutes
        for price, minutes in conn.execute(
            "SELECT price_fen, minutes FROM offers"
            " WHERE shop = ? AND dropped_ms IS NULL AND trial = 0",
            (measurement.shop,),
        )
    ]
    if not prices:
        return True
    paid = measurement.price_fen * 100 * 60_000
    return bool(paid * 100 >= median_low(prices) * measurement.floor_percent * measurement.paid_ms)


def add_in(conn: sqlite3.Connection, measurement: Measurement) -> list[tuple[str, bool]]:
    """Adds the raw rows alone; returns whose figures (and whether a person's) have to follow."""
    counts = counts_in(conn, measurement)
    _insert_in(conn, measurement, measurement.waits, piece=0, counts=counts)
    _insert_in(conn, measurement, measurement.pieces, piece=1, counts=counts)
    if not counts:
        return []
    people = sorted({wait.responder for wait in measurement.pieces})
    _session_in(conn, measurement, measurement.shop, whole=True)
    for responder in people:
        # Late time and asks of a session that several answered belong to none of them alone.
        _session_in(conn, measurement, responder, whole=len(people) == 1)
    return [(measurement.shop, False), *((each, True) for each in people)]


def _insert_in(
    conn: sqlite3.Connection,
    measurement: Measurement,
    waits: Iterable[MeasuredWait],
    *,
    piece: int,
    counts: bool,
) -> None:
    conn.executemany(
        "INSERT INTO waits (session, shop, customer, responder, piece, start_ms, hour, wait_ms,"
        " state, covered, counts, asks_kept, asks_breached)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                measurement.session,
                measurement.shop,
                measurement.customer,
                wait.responder,
                piece,
                wait.start_utc_ms,
                wait.hour,
                wait.wait_ms,
                wait.state,
                wait.covered and wait.state != "censored",
                counts,
                wait.asks_kept,
                wait.asks_breached,
            )
            for wait in waits
        ],
    )


def _session_in(
    conn: sqlite3.Connection, measurement: Measurement, subject: str, *, whole: bool
) -> None:
    told = (
        measurement.late_ms,
        measurement.elapsed_ms,
        measurement.asks_kept,
        measurement.asks_breached,
    )
    conn.execute(
        "INSERT OR IGNORE INTO measured_sessions (session, subject, closed_ms, late_ms, elapsed_ms,"
        " asks_kept, asks_breached) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            measurement.session,
            subject,
            measurement.closed_utc_ms,
            *(told if whole else (0, 0, 0, 0)),
        ),
    )


def follow_in(conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool) -> None:
    """Brings a subject's figures up to date: at once where that is quick, or by the next look."""
    column = "responder" if person else "shop"
    count = conn.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM waits WHERE {column} = ? AND piece = {int(person)}"
        " AND counts = 1 AND start_ms > ? LIMIT ?)",
        (subject, now_ms - WINDOW_MS, AT_ONCE + 1),
    ).fetchone()[0]
    if count <= AT_ONCE:
        refresh_in(conn, subject, now_ms, person=person)
        return
    age_in(conn, subject, person=person)


def age_in(conn: sqlite3.Connection, subject: str, *, person: bool) -> None:
    """Has a subject's figures brought up to date by the next look."""
    conn.execute(
        "INSERT INTO figures (subject, person, kept, breached, low, measured, hours, stale)"
        " VALUES (?, ?, 0, 0, 0, ?, '[]', 1) ON CONFLICT (subject) DO UPDATE SET stale = 1",
        (subject, person, _encode(Measured()).decode()),
    )


def refresh_in(conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool) -> None:
    """Everything anew, quantiles included."""
    _write_in(conn, subject, summarise(conn, subject, now_ms, person=person), person=person)


def summarise(conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool) -> Summary:
    """The window's figures from the raw rows."""
    since = now_ms - WINDOW_MS
    column = "responder" if person else "shop"
    rows = raw_in(
        conn,
        f"{column} = ? AND piece = {int(person)} AND counts = 1 AND start_ms > ?",
        (subject, since),
    )
    sessions, late, elapsed = conn.execute(
        "SELECT count(*), ifnull(sum(late_ms), 0), ifnull(sum(elapsed_ms), 0)"
        " FROM measured_sessions WHERE subject = ? AND closed_ms > ?",
        (subject, since),
    ).fetchone()
    offers = _offers_in(conn, subject, since, person=person)
    counted = rules.newest_turns(rows)
    measured = msgspec.structs.replace(
        measured_of(counted, sessions),
        late_share=late / elapsed if elapsed else 0.0,
        late_ms=late,
        elapsed_ms=elapsed,
        taken=offers[0],
        no_shows=offers[1],
        declined=offers[2],
        lapsed=offers[3],
    )
    expires = min((row.utc_ms for row in rows), default=None)
    return Summary(measured, _by_hour(counted), None if expires is None else expires + WINDOW_MS)


def midnight_ms(now_ms: int, offset_min: int) -> int:
    """The beginning of the local day that a moment lies in."""
    local = now_ms + offset_min * 60_000
    return local - local % DAY_MS - offset_min * 60_000


def raw_in(
    conn: sqlite3.Connection, where: str, values: Sequence[str | int]
) -> tuple[RawWait, ...]:
    return tuple(RawWait(*row) for row in conn.execute(f"{RAW} WHERE {where}", values))


def _offers_in(
    conn: sqlite3.Connection, subject: str, since: int, *, person: bool
) -> tuple[int, int, int, int]:
    """Orders of the window: taken, of these not shown up for, declined, let lapse."""
    column = "responder" if person else "shop"
    taken, no_shows = conn.execute(
        "SELECT count(*), ifnull(sum(closed_reason IS 'no_show'), 0) FROM orders"
        f" WHERE {column} = ? AND opened_ms > ?",
        (subject, since),
    ).fetchone()
    passed = dict(
        conn.execute(
            "SELECT how, count(*) FROM passed_over JOIN orders USING (order_id)"
            f" WHERE {'passed_over.responder' if person else 'shop'} = ? AND created_ms > ?"
            " GROUP BY how",
            (subject, since),
        ).fetchall()
    )
    return taken, no_shows, passed.get("declined", 0), passed.get("missed", 0)


def measured_of(rows: Sequence[RawWait], sessions: int) -> Measured:
    """The figures of any set of raw waits."""
    customers: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        if row.state != "censored":
            own = customers[row.customer]
            own[0] += 1
            own[1] += row.state == "kept"
    rate = rules.customers_rate((n, k) for n, k in customers.values())
    asks = _asks_rate(rows)
    waits = [rules.Wait(row.wait_ms, bool(row.covered)) for row in rows]
    p50, p95 = rules.kaplan_meier(waits, 0.5), rules.kaplan_meier(waits, 0.95)
    worst = rules.Waits.of(waits).longest()
    return Measured(
        kept=rate.kept,
        breached=rate.turns - rate.kept,
        sessions=sessions,
        customers=sum(not customer.startswith(NAMELESS) for customer in customers),
        low=rate.low,
        high=rate.high,
        p50_ms=p50.ms,
        p50_at_least=p50.at_least,
        p95_ms=p95.ms,
        p95_at_least=p95.at_least,
        worst_ms=worst.ms,
        worst_at_least=worst.at_least,
        asks_kept=asks.kept,
        asks_breached=asks.turns - asks.kept,
        asks_low=asks.low,
        asks_high=asks.high,
    )


def _asks_rate(rows: Iterable[RawWait]) -> rules.KeptRate:
    """Messages kept, of the same turns, with an interval by customers as well."""
    customers: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        own = customers[row.customer]
        own[0] += row.asks_kept + row.asks_breached
        own[1] += row.asks_kept
    return rules.customers_rate((n, k) for n, k in customers.values())


def _by_hour(rows: Sequence[RawWait]) -> list[HourFigure]:
    hours: list[list[RawWait]] = [[] for _ in range(24)]
    for row in rows:
        hours[row.hour % 24].append(row)
    found = []
    for hour, own in enumerate(hours):
        figures = measured_of(own, 0)
        found.append(
            HourFigure(
                hour=hour,
                kept=figures.kept,
                breached=figures.breached,
                p50_ms=None if figures.p50_at_least else figures.p50_ms,
                p95_ms=None if figures.p95_at_least else figures.p95_ms,
            )
        )
    return found


def _write_in(conn: sqlite3.Connection, subject: str, summary: Summary, *, person: bool) -> None:
    measured = summary.measured
    conn.execute(
        "INSERT OR REPLACE INTO figures (subject, person, kept, breached, low, p50_ms, p95_ms,"
        " measured, hours, expires_ms, stale) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            subject,
            person,
            measured.kept,
            measured.breached,
            measured.low,
            measured.p50_ms,
            measured.p95_ms,
            _encode(measured).decode(),
            _encode(summary.hours).decode(),
            summary.expires_ms,
        ),
    )
    if not person:
        listing_index.refresh_in(conn, subject)


def read(conn: sqlite3.Connection, subject: str) -> Measured:
    """The figures as they stand; empty ones for whom nothing was measured."""
    row = conn.execute("SELECT measured FROM figures WHERE subject = ?", (subject,)).fetchone()
    return Measured() if row is None else _measured.decode(row[0])


def read_hours(conn: sqlite3.Connection, shop: str) -> list[HourFigure]:
    """Always 24."""
    row = conn.execute("SELECT hours FROM figures WHERE subject = ?", (shop,)).fetchone()
    found = msgspec.json.decode(row[0], type=list[HourFigure]) if row else []
    return found or [HourFigure(hour=hour, kept=0, breached=0) for hour in range(24)]


class Refresher:
    """Brings quantiles up to date, and lets old waits leave the window."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def look(self) -> int:
        """One round; how many subjects were brought up to date."""
        now = self._clock.utc_ms()
        subjects = await self._store.read(
            lambda conn: conn.execute(
                "SELECT subject, person FROM figures WHERE stale = 1 OR expires_ms <= ? LIMIT ?",
                (now, MOST_A_LOOK),
            ).fetchall()
        )
        for subject, person in subjects:
            await self._refresh(subject, now, person=bool(person))
        return len(subjects)

    async def _refresh(self, subject: str, now: int, *, person: bool) -> None:
        # Reading and sorting happens on a reading thread; the writing thread gets one row alone.
        summary = await self._store.read(lambda conn: summarise(conn, subject, now, person=person))
        await self._store.write(lambda conn: _write_in(conn, subject, summary, person=person))

    async def run(self) -> None:
        while True:
            try:
                done = await self.look()
            except sqlite3.Error:
                log.exception("figures could not be refreshed")
                done = 0
            await asyncio.sleep(0.05 if done == MOST_A_LOOK else LOOK_EVERY_S)
