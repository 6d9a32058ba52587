"""Sessions read back from the database: at the start, on demand, and after a failed commit."""

import hashlib
import sqlite3
from dataclasses import dataclass, replace

from miaohui.relay.session.effects import SessionStep
from miaohui.relay.session.facts import Facts, facts_in
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.opening import INSERT_FEED
from miaohui.relay.session.state import SessionState
from miaohui.relay.storage.store import FeedRow


@dataclass(frozen=True, slots=True)
class Vouch:
    """The newest instant for which an earlier run of this relay vouches."""

    run: str
    mono: int
    utc_ms: int


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """A session out of the database. ``fault``: what bridges to now, still to be written."""

    state: SessionState
    recent: list[FeedRow]
    fault: SessionStep
    prints: list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class CopiedSession:
    """A session that was open in a copy: its last entry there, and when that was put in place."""

    session: str
    seq: int
    head: str
    utc: str


def note_copied_in(conn: sqlite3.Connection, utc: str) -> None:
    """Notes every open session of a copy that is put in place: none of them goes on."""
    rows = conn.execute(
        "SELECT id, seq, line FROM session JOIN feed ON feed.session = num"
        " WHERE state != 'closed' AND seq IS NOT NULL GROUP BY num HAVING seq = max(seq)"
    ).fetchall()
    conn.executemany(
        "INSERT OR REPLACE INTO restored (session, seq, head, utc) VALUES (?, ?, ?, ?)",
        [(id, seq, hashlib.sha256(line.encode()).hexdigest(), utc) for id, seq, line in rows],
    )


def copied_in(conn: sqlite3.Connection) -> list[CopiedSession]:
    rows = conn.execute("SELECT session, seq, head, utc FROM restored ORDER BY session")
    return [CopiedSession(*row) for row in rows]


def vouch_in(conn: sqlite3.Connection) -> Vouch | None:
    row = conn.execute("SELECT run, mono, utc_ms FROM vouch").fetchone()
    return None if row is None else Vouch(*row)


def write_vouch_in(conn: sqlite3.Connection, vouch: Vouch) -> None:
    conn.execute(
        "INSERT INTO vouch (one, run, mono, utc_ms) VALUES (1, ?, ?, ?) ON CONFLICT (one)"
        " DO UPDATE SET run = excluded.run, mono = excluded.mono, utc_ms = excluded.utc_ms",
        (vouch.run, vouch.mono, vouch.utc_ms),
    )


def read_state(conn: sqlite3.Connection, facts: Facts) -> tuple[SessionState, list[FeedRow]]:
    """A session as its rows tell it, on the clock of the run that wrote them."""
    known = facts
    # The fold learns of handovers and closing from the rows; the rest is as the row says.
    state = SessionState(replace(facts, state="open"), facts.run, facts.base)
    recent: list[FeedRow] = []
    for row in conn.execute(
        "SELECT session, pos, seq, utc_ms, line, body FROM feed WHERE session = ? ORDER BY pos",
        (facts.num,),
    ):
        state.reread(row)
        recent.append(row)
        if len(recent) > 128:
            del recent[:64]
    state.facts = known
    rows = conn.execute("SELECT id FROM answer WHERE session = ?", (facts.num,))
    state.ids.update(id for (id,) in rows)
    return state, recent[-64:]


def load(
    conn: sqlite3.Connection,
    session: str,
    *,
    run: str,
    mono: int,
    utc_ms: int,
    vouch: Vouch | None,
    fault_from: int | None,
    fingerprints: Fingerprints,
) -> LoadedSession | None:
    """The session as it stands, brought onto this run's clock.

    ``fault_from``: this run's mono since when nothing could be written, after a failed commit.
    """
    facts = facts_in(conn, session)
    if facts is None:
        return None
    state, recent = read_state(conn, facts)
    fault = SessionStep()
    if facts.state != "closed":
        if facts.run != run:
            _bridge(state, fault, run, mono, utc_ms, vouch)
        elif fault_from is not None:
            start = max(state.fold.last_t, state.t_of(fault_from))
            end = max(start + 1, state.t_of(mono))
            state.fault(fault, mono, from_t=start, to_t=end, reason="restart")
    prints = (
        [] if fingerprints.knows(state.responder) else fingerprints.read_in(conn, state.responder)
    )
    return LoadedSession(state, recent, fault, prints)


def _bridge(
    state: SessionState, fault: SessionStep, run: str, mono: int, utc_ms: int, vouch: Vouch | None
) -> None:
    """From the last instant that the earlier run can vouch for to now: a fault, on a new base."""
    last = state.fold.last_t
    utc_then = state.utc_of(last)
    if vouch is not None and vouch.run == state.facts.run:
        vouched = vouch.mono - state.facts.base
        if vouched > last:
            last, utc_then = vouched, vouch.utc_ms
    # Between two runs there is only the wall clock. Where it went back no time is claimed but an
    # instant, so that the turns that were open are void: nobody knows how long they waited.
    here = last + max(1, utc_ms - utc_then)
    state.run = run
    state.base = mono - here
    state.facts = replace(state.facts, run=run, base=state.base)
    state.fault(fault, mono, from_t=last, to_t=here, reason="restart")


def write_fault_in(conn: sqlite3.Connection, state: SessionState, fault: SessionStep) -> None:
    conn.executemany(INSERT_FEED, fault.rows)
    conn.execute(
        "UPDATE session SET run = ?, base = ? WHERE num = ?",
        (state.run, state.base, state.facts.num),
    )
