"""Sessions read back from the database: at the start, on demand, and after a failed commit."""

import sqlite3
from dataclasses import dataclass, replace

from miaohui.relay.session.facts import Facts, facts_in
from miaohui.relay.session.fingerprints import Marks
from miaohui.relay.session.opening import INSERT_FEED
from miaohui.relay.session.state import Book, Stage
from miaohui.relay.storage.store import FeedRow
from miaohui.wire.journal import Fault


@dataclass(frozen=True, slots=True)
class Vouch:
    """The newest instant for which an earlier run of this relay vouches."""

    run: str
    mono: int
    utc_ms: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session out of the database. ``fault``: what bridges to now, still to be written."""

    book: Book
    recent: list[FeedRow]
    fault: Stage
    marks: list[tuple[int, bytes]]


def vouch_in(conn: sqlite3.Connection) -> Vouch | None:
    row = conn.execute("SELECT run, mono, utc_ms FROM vouch").fetchone()
    return None if row is None else Vouch(*row)


def write_vouch_in(conn: sqlite3.Connection, vouch: Vouch) -> None:
    conn.execute(
        "INSERT INTO vouch (one, run, mono, utc_ms) VALUES (1, ?, ?, ?) ON CONFLICT (one)"
        " DO UPDATE SET run = excluded.run, mono = excluded.mono, utc_ms = excluded.utc_ms",
        (vouch.run, vouch.mono, vouch.utc_ms),
    )


def read_book(conn: sqlite3.Connection, facts: Facts) -> tuple[Book, list[FeedRow]]:
    """The book as the rows tell it, on the clock of the run that wrote them."""
    known = facts
    # The fold learns of handovers and closing from the rows; the rest is as the row says.
    book = Book(replace(facts, state="open"), facts.run, facts.base)
    recent: list[FeedRow] = []
    for row in conn.execute(
        "SELECT session, pos, seq, utc_ms, line, body FROM feed WHERE session = ? ORDER BY pos",
        (facts.num,),
    ):
        book.reread(row)
        recent.append(row)
        if len(recent) > 128:
            del recent[:64]
    book.facts = known
    rows = conn.execute("SELECT id FROM answer WHERE session = ?", (facts.num,))
    book.ids.update(id for (id,) in rows)
    return book, recent[-64:]


def load(
    conn: sqlite3.Connection,
    session: str,
    *,
    run: str,
    mono: int,
    utc_ms: int,
    vouch: Vouch | None,
    fault_from: int | None,
    marks: Marks,
) -> Loaded | None:
    """The session as it stands, brought onto this run's clock.

    ``fault_from``: this run's mono since when nothing could be written, after a failed commit.
    """
    facts = facts_in(conn, session)
    if facts is None:
        return None
    book, recent = read_book(conn, facts)
    stage = Stage()
    if facts.state != "closed":
        if facts.run != run:
            _bridge(book, stage, run, mono, utc_ms, vouch)
        elif fault_from is not None:
            start = book.t_of(fault_from)
            book.add(stage, Fault, mono, from_t=start, to_t=book.t_of(mono))
    prints = [] if marks.knows(book.responder) else marks.read_in(conn, book.responder)
    return Loaded(book, recent, stage, prints)


def _bridge(
    book: Book, stage: Stage, run: str, mono: int, utc_ms: int, vouch: Vouch | None
) -> None:
    """From the last instant that the earlier run can vouch for to now: a fault, on a new base."""
    last = book.fold.last_t
    utc_then = book.utc_of(last)
    if vouch is not None and vouch.run == book.facts.run:
        vouched = vouch.mono - book.facts.base
        if vouched > last:
            last, utc_then = vouched, vouch.utc_ms
    # Between two runs there is only the wall clock. Where it went back no time is claimed but an
    # instant, so that the turns that were open are void: nobody knows how long they waited.
    here = last + max(1, utc_ms - utc_then)
    book.run = run
    book.base = mono - here
    book.facts = replace(book.facts, run=run, base=book.base)
    book.add(stage, Fault, mono, from_t=last, to_t=here)


def write_fault_in(conn: sqlite3.Connection, book: Book, stage: Stage) -> None:
    conn.executemany(INSERT_FEED, stage.rows)
    conn.execute(
        "UPDATE session SET run = ?, base = ? WHERE num = ?",
        (book.run, book.base, book.facts.num),
    )
