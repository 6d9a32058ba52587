"""Measured figures of shops and people: raw waits of the last 30 days, kept ready to be read.

A closed session writes its waits and brings counts and intervals up to date in its own
transaction. Quantiles come from the raw waits (never from averages); where a sample is large they
follow within moments, off the writing thread.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

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
# So many raw waits take about 2 ms: more would hold up everybody's acknowledgements.
AT_ONCE = 1500
LOOK_EVERY_S = 1.0
MOST_A_LOOK = 20

RawWait = tuple[int, int, str, int]
"""hour, wait_ms, state, covered."""


@dataclass(frozen=True, slots=True)
class MeasuredWait:
    """One measured turn's piece of one responder (promise.md: pieces cut at handovers), for the
    figures. ``state``: kept, breached, censored. ``hour``: shop's local hour of its start."""

    responder: str
    start_utc_ms: int
    hour: int
    wait_ms: int
    state: str
    covered: bool = True  # False: no reply of this responder's ended it, the wait is a lower bound


@dataclass(frozen=True, slots=True)
class Measurement:
    """A closed session's part in the figures. ``waits``: whole turns for the shop;
    ``pieces``: the same cut by responder."""

    session: str
    shop: str
    closed_utc_ms: int
    waits: tuple[MeasuredWait, ...]
    pieces: tuple[MeasuredWait, ...]
    late_ms: int
    elapsed_ms: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The window of one subject, added up."""

    measured: Measured
    late_ms: int
    elapsed_ms: int
    hours: list[HourFigure]
    expires_ms: int | None


def measured_in(conn: sqlite3.Connection, measurement: Measurement) -> None:
    """Adds a closed session to its shop's figures and its people's."""
    for subject, person in add_in(conn, measurement):
        _follow_in(conn, subject, measurement.closed_utc_ms, person=person)


def add_in(conn: sqlite3.Connection, measurement: Measurement) -> list[tuple[str, bool]]:
    """Adds the raw rows alone; returns whose figures (and whether a person's) have to follow."""
    _insert_in(conn, measurement, measurement.waits, piece=0)
    _insert_in(conn, measurement, measurement.pieces, piece=1)
    people = sorted({wait.responder for wait in measurement.pieces})
    _session_in(conn, measurement, measurement.shop, measurement.late_ms, measurement.elapsed_ms)
    for responder in people:
        # Late time of a session that several answered belongs to none of them alone.
        alone = len(people) == 1
        _session_in(
            conn,
            measurement,
            responder,
            measurement.late_ms if alone else 0,
            measurement.elapsed_ms if alone else 0,
        )
    return [(measurement.shop, False), *((each, True) for each in people)]


def _insert_in(
    conn: sqlite3.Connection, measurement: Measurement, waits: Iterable[MeasuredWait], *, piece: int
) -> None:
    conn.executemany(
        "INSERT INTO waits (session, shop, responder, piece, start_ms, hour, wait_ms, state,"
        " covered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                measurement.session,
                measurement.shop,
                wait.responder,
                piece,
                wait.start_utc_ms,
                wait.hour,
                wait.wait_ms,
                wait.state,
                wait.covered and wait.state != "censored",
            )
            for wait in waits
        ],
    )


def _session_in(
    conn: sqlite3.Connection, measurement: Measurement, subject: str, late: int, elapsed: int
) -> None:
    conn.execute(
        "INSERT OR IGNORE INTO measured_sessions (session, subject, closed_ms, late_ms, elapsed_ms)"
        " VALUES (?, ?, ?, ?, ?)",
        (measurement.session, subject, measurement.closed_utc_ms, late, elapsed),
    )


def _follow_in(conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool) -> None:
    column = "responder" if person else "shop"
    count = conn.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM waits WHERE {column} = ? AND piece = {int(person)}"
        " AND start_ms > ? LIMIT ?)",
        (subject, now_ms - WINDOW_MS, AT_ONCE + 1),
    ).fetchone()[0]
    if count <= AT_ONCE:
        refresh_in(conn, subject, now_ms, person=person)
        return
    summary = summarise(conn, subject, now_ms, person=person, quantiles=False)
    before = read(conn, subject)
    kept = msgspec.structs.replace(
        summary.measured,
        p50_ms=before.p50_ms,
        p50_at_least=before.p50_at_least,
        p95_ms=before.p95_ms,
        p95_at_least=before.p95_at_least,
    )
    _write_in(conn, subject, summary, kept, person=person, stale=True)


def refresh_in(conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool) -> None:
    """Everything anew, quantiles included."""
    summary = summarise(conn, subject, now_ms, person=person)
    _write_in(conn, subject, summary, summary.measured, person=person, stale=False)


def summarise(
    conn: sqlite3.Connection, subject: str, now_ms: int, *, person: bool, quantiles: bool = True
) -> Summary:
    """The window's figures from the raw rows. Without ``quantiles`` the rows are only counted,
    which SQLite does without handing each of them to Python."""
    since = now_ms - WINDOW_MS
    column = "responder" if person else "shop"
    source = f"FROM waits WHERE {column} = ? AND piece = {int(person)} AND start_ms > ?"
    kept, breached, worst, oldest = conn.execute(
        "SELECT ifnull(sum(state = 'kept'), 0), ifnull(sum(state = 'breached'), 0), max(wait_ms),"
        f" min(start_ms) {source}",
        (subject, since),
    ).fetchone()
    sessions, late, elapsed = conn.execute(
        "SELECT count(*), ifnull(sum(late_ms), 0), ifnull(sum(elapsed_ms), 0)"
        " FROM measured_sessions WHERE subject = ? AND closed_ms > ?",
        (subject, since),
    ).fetchone()
    rate = rules.kept_rate(kept, breached)
    measured = Measured(
        kept=kept,
        breached=breached,
        sessions=sessions,
        low=rate.low,
        high=rate.high,
        worst_ms=worst,
        late_share=late / elapsed if elapsed else 0.0,
    )
    hours: list[HourFigure] = []
    if quantiles:
        rows: list[RawWait] = conn.execute(
            f"SELECT hour, wait_ms, state, covered {source}", (subject, since)
        ).fetchall()
        measured = with_quantiles(measured, rows)
        hours = _by_hour(rows)
    expires = None if oldest is None else oldest + WINDOW_MS
    return Summary(measured, late, elapsed, hours, expires)


def with_quantiles(measured: Measured, rows: list[RawWait]) -> Measured:
    waits = [rules.Wait(ms, bool(covered)) for _, ms, _, covered in rows]
    p50, p95 = rules.kaplan_meier(waits, 0.5), rules.kaplan_meier(waits, 0.95)
    return msgspec.structs.replace(
        measured,
        p50_ms=p50.ms,
        p50_at_least=p50.at_least,
        p95_ms=p95.ms,
        p95_at_least=p95.at_least,
    )


def measured_of(rows: list[RawWait], sessions: int) -> Measured:
    """The figures of any set of raw waits."""
    kept = sum(1 for row in rows if row[2] == "kept")
    breached = sum(1 for row in rows if row[2] == "breached")
    rate = rules.kept_rate(kept, breached)
    plain = Measured(
        kept=kept,
        breached=breached,
        sessions=sessions,
        low=rate.low,
        high=rate.high,
        worst_ms=max((row[1] for row in rows), default=None),
    )
    return with_quantiles(plain, rows)


def _by_hour(rows: list[RawWait]) -> list[HourFigure]:
    hours: list[list[RawWait]] = [[] for _ in range(24)]
    for row in rows:
        hours[row[0] % 24].append(row)
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


def _write_in(
    conn: sqlite3.Connection,
    subject: str,
    summary: Summary,
    measured: Measured,
    *,
    person: bool,
    stale: bool,
) -> None:
    hours: str | None = None
    if stale:
        row = conn.execute("SELECT hours FROM figures WHERE subject = ?", (subject,)).fetchone()
        hours = row[0] if row else None
    if hours is None:
        hours = msgspec.json.encode(summary.hours).decode()
    conn.execute(
        "INSERT OR REPLACE INTO figures (subject, person, kept, breached, sessions, low, high,"
        " p50_ms, p50_at_least, p95_ms, p95_at_least, worst_ms, late_ms, elapsed_ms, hours,"
        " expires_ms, stale) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            subject,
            person,
            measured.kept,
            measured.breached,
            measured.sessions,
            measured.low,
            measured.high,
            measured.p50_ms,
            measured.p50_at_least,
            measured.p95_ms,
            measured.p95_at_least,
            measured.worst_ms,
            summary.late_ms,
            summary.elapsed_ms,
            hours,
            summary.expires_ms,
            stale,
        ),
    )
    if not person:
        listing_index.refresh_in(conn, subject)


def read(conn: sqlite3.Connection, subject: str) -> Measured:
    """The figures as they stand; empty ones for whom nothing was measured."""
    row = conn.execute(
        "SELECT kept, breached, sessions, low, high, p50_ms, p50_at_least, p95_ms, p95_at_least,"
        " worst_ms, late_ms, elapsed_ms FROM figures WHERE subject = ?",
        (subject,),
    ).fetchone()
    if row is None:
        return Measured()
    return Measured(
        kept=row[0],
        breached=row[1],
        sessions=row[2],
        low=row[3],
        high=row[4],
        p50_ms=row[5],
        p50_at_least=bool(row[6]),
        p95_ms=row[7],
        p95_at_least=bool(row[8]),
        worst_ms=row[9],
        late_share=row[10] / row[11] if row[11] else 0.0,
    )


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
        await self._store.write(
            lambda conn: _write_in(
                conn, subject, summary, summary.measured, person=person, stale=False
            )
        )

    async def run(self) -> None:
        while True:
            try:
                done = await self.look()
            except sqlite3.Error:
                log.exception("figures could not be refreshed")
                done = 0
            await asyncio.sleep(0.05 if done == MOST_A_LOOK else LOOK_EVERY_S)
