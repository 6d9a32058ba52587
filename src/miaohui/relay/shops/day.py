"""A shop's day as its owner sees it: who is on duty, what runs and waits, what went wrong.

What runs comes from memory, what has ended from the raw waits. Times and figures: no word of a chat
is read here, and no customer is named.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from miaohui.promise.fold import Phase
from miaohui.relay.directory import statistics
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.people import ResponderRow
from miaohui.relay.directory.statistics import MeasuredWait, RawWait
from miaohui.relay.money import ledger
from miaohui.relay.orders.dispatch import Dispatch
from miaohui.relay.ports import Caller, Handler
from miaohui.relay.session.measurement import measure
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.session.state import SessionState
from miaohui.relay.shops import hours
from miaohui.relay.shops.catalogue import person_of
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.catalogue import Measured
from miaohui.wire.frame import Request, Result
from miaohui.wire.owner import (
    BreachNote,
    DutyLine,
    GetShopDay,
    QueuedOrder,
    RunningSession,
    ShopDay,
)

HOUR_MS = 3_600_000
# An answer has to fit into one frame.
PEOPLE_SHOWN = 60
RUNNING_SHOWN = 80
QUEUE_SHOWN = 80
BREACHES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Written:
    """What the disk says of a day."""

    name: str
    open_hours: str
    offset_min: int
    waits: tuple[RawWait, ...]  # whole turns, for the shop
    pieces: tuple[RawWait, ...]  # the people's parts of them
    sessions: int
    figures: dict[str, Measured]
    breaches: list[tuple[int, str, str, int]]  # start, session, responder's name, wait
    earned_fen: int
    refunded_fen: int
    held_fen: int
    refunds_stuck: int


def mark_of(session: str) -> str:
    """Four characters for the customer of a session: nothing can be followed from one session to
    the next by them."""
    return hashlib.sha256(f"mark {session}".encode()).hexdigest()[:4]


class ShopDayView:
    """Owners only, and only their own shop."""

    def __init__(self, store: Store, clock: Clock, on_duty: OnDuty, dispatch: Dispatch) -> None:
        self._store = store
        self._clock = clock
        self._on_duty = on_duty
        self._dispatch = dispatch
        self._sessions: SessionRegistry | None = None

    def bind(self, sessions: SessionRegistry) -> None:
        self._sessions = sessions

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetShopDay: self._day}

    async def _day(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShopDay)
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        people = self._on_duty.people_of(shop)
        written = await self._store.read(
            lambda conn: written_in(conn, shop, people[:PEOPLE_SHOWN], now), ReadLane.BROWSING
        )
        return self._view(shop, people, written, now)

    def _view(self, shop: str, people: list[ResponderRow], written: Written, now: int) -> ShopDay:
        mono = self._clock.mono()
        states = [state for row in people for state in self._answered_by(row.responder)]
        midnight = statistics.midnight_ms(now, written.offset_min)
        names = {row.responder: row.name for row in people}
        live = [each for state in states for each in _raw_of(state, mono, piece=False)]
        pieces = [
            *written.pieces,
            *(each for state in states for each in _raw_of(state, mono, piece=True)),
        ]
        running = sorted(
            (_running(state, mono) for state in states),
            key=lambda each: (-(each.wait_ms or -1), each.left_ms, each.session),
        )
        queue = self._queue(shop, mono)
        places = sum(
            row.capacity for row in people if self._on_duty.presence(row.responder) == "on"
        )
        waits = [each.wait_ms for each in running if each.wait_ms is not None]
        return ShopDay(
            name=written.name,
            utc_offset_min=written.offset_min,
            open_hours=written.open_hours,
            people=[
                DutyLine(
                    person=person_of(
                        self._on_duty, row, written.figures.get(row.responder, Measured()), now
                    ),
                    last_hour=_measured_since(pieces, row.responder, now - HOUR_MS),
                    today=_measured_since(pieces, row.responder, midnight),
                )
                for row in sorted(people, key=self._by_presence)[:PEOPLE_SHOWN]
            ],
            running=running[:RUNNING_SHOWN],
            queue=queue[:QUEUE_SHOWN],
            breaches=_breaches(written, states, names, midnight, mono),
            today=statistics.measured_of(
                [*written.waits, *(each for each in live if each.utc_ms >= midnight)],
                written.sessions,
            ),
            places=places,
            running_count=len(running),
            queue_count=len(queue),
            overloaded=len(running) + len(queue) > places,
            estimate_ms=self._on_duty.estimate_ms(shop, self._dispatch.waiting_count(shop)),
            longest_wait_ms=max(waits, default=None),
            earned_fen=written.earned_fen,
            refunded_fen=written.refunded_fen,
            held_fen=written.held_fen,
            refunds_stuck=written.refunds_stuck,
            since_utc=rfc3339(midnight),
        )

    def _by_presence(self, row: ResponderRow) -> tuple[int, str]:
        return ("on", "break", "off").index(self._on_duty.presence(row.responder)), row.name

    def _answered_by(self, responder: str) -> list[SessionState]:
        return [] if self._sessions is None else self._sessions.answered_by(responder)

    def _queue(self, shop: str, mono: int) -> list[QueuedOrder]:
        now = self._clock.utc_ms()
        names = {row.responder: row.name for row in self._on_duty.people_of(shop)}
        return [
            QueuedOrder(
                minutes=each.minutes,
                waited_ms=max(0, now - each.queued_ms),
                asked_name=names.get(each.asked or ""),
                offered_to=names.get(each.offered_to or ""),
            )
            for each in self._dispatch.queue_of(shop)
        ]


def _running(state: SessionState, mono: int) -> RunningSession:
    fold, facts = state.fold, state.facts
    now = state.t_of(mono)
    turn = fold.open_turn(now)
    figures = fold.figures(now)
    return RunningSession(
        session=facts.id,
        responder=facts.responder,
        responder_name=facts.responder_name,
        mark=mark_of(facts.id),
        state=_STATES[fold.phase],
        left_ms=fold.remaining_ms(now),
        wait_ms=None if turn is None else turn.wait,
        breached=turn is not None and turn.breached,
        kept=figures.kept,
        breaches=figures.breached,
    )


_STATES: dict[Phase, Literal["waiting", "active", "paused", "closing"]] = {
    Phase.WAITING: "waiting",
    Phase.ACTIVE: "active",
    Phase.PAUSED: "paused",
    Phase.CLOSING: "closing",
    Phase.CLOSED: "closing",
}


def _raw_of(state: SessionState, mono: int, *, piece: bool) -> Iterator[RawWait]:
    """The waits of a session that runs, as they would count if it ended now."""
    fold, facts = state.fold, state.facts
    made = measure(fold, facts, state.faulty)
    found: Iterable[MeasuredWait] = ()
    if made is not None:
        found = made.pieces if piece else made.waits
    for wait in found:
        yield _raw(facts.customer, facts.shop, wait)
    turn, before = fold.open_turn(state.t_of(mono)), fold.open_turn(fold.last_t)
    if turn is not None and turn.breached and not (before is not None and before.breached):
        utc = facts.opened_utc_ms + turn.start
        wait = MeasuredWait(facts.responder, utc, 0, turn.wait, "breached", covered=False)
        yield _raw(facts.customer, facts.shop, wait)


def _raw(customer: str, shop: str, wait: MeasuredWait) -> RawWait:
    return RawWait(
        hour=wait.hour,
        wait_ms=wait.wait_ms,
        state=wait.state,
        covered=int(wait.covered and wait.state != "censored"),
        customer=customer,
        responder=wait.responder,
        shop=shop,
        utc_ms=wait.start_utc_ms,
        asks_kept=wait.asks_kept,
        asks_breached=wait.asks_breached,
    )


def _measured_since(waits: Iterable[RawWait], responder: str, since: int) -> Measured:
    own = [each for each in waits if each.responder == responder and each.utc_ms >= since]
    return statistics.measured_of(own, 0)


def _breaches(
    written: Written,
    states: Iterable[SessionState],
    names: dict[str, str],
    midnight: int,
    mono: int,
) -> list[BreachNote]:
    """The newest first, those that stand open now before all."""
    found = [
        (start, BreachNote(utc=rfc3339(start), responder_name=name, mark=mark_of(id), wait_ms=wait))
        for start, id, name, wait in written.breaches
    ]
    for state in states:
        facts = state.facts
        turn = state.fold.open_turn(state.t_of(mono))
        standing = None if turn is None or not turn.breached else facts.opened_utc_ms + turn.start
        for raw in _raw_of(state, mono, piece=False):
            if raw.state == "breached" and raw.utc_ms >= midnight:
                open_now = raw.utc_ms == standing
                note = BreachNote(
                    utc=rfc3339(raw.utc_ms),
                    responder_name=names.get(raw.responder, facts.responder_name),
                    mark=mark_of(facts.id),
                    wait_ms=turn.wait if open_now and turn is not None else raw.wait_ms,
                    open=open_now,
                )
                found.append((raw.utc_ms, note))
    found.sort(key=lambda each: (not each[1].open, -each[0]))
    return [note for _, note in found[:BREACHES_SHOWN]]


def written_in(
    conn: sqlite3.Connection, shop: str, people: list[ResponderRow], now: int
) -> Written:
    """What the disk says of a shop's day."""
    name, offset = conn.execute(
        "SELECT name, utc_offset_min FROM shops WHERE shop = ?", (shop,)
    ).fetchone()
    midnight = statistics.midnight_ms(now, offset)
    return Written(
        name=name,
        open_hours=hours.hours_today(conn, shop, now),
        offset_min=offset,
        waits=statistics.raw_in(
            conn, "shop = ? AND piece = 0 AND counts = 1 AND start_ms >= ?", (shop, midnight)
        ),
        pieces=tuple(
            raw
            for person in people
            for raw in statistics.raw_in(
                conn,
                "responder = ? AND piece = 1 AND counts = 1 AND start_ms >= ?",
                (person.responder, min(midnight, now - HOUR_MS)),
            )
        ),
        sessions=conn.execute(
            "SELECT count(*) FROM measured_sessions WHERE subject = ? AND closed_ms >= ?",
            (shop, midnight),
        ).fetchone()[0],
        figures={each.responder: statistics.read(conn, each.responder) for each in people},
        breaches=conn.execute(
            "SELECT w.start_ms, w.session, ifnull(p.name, ''), w.wait_ms FROM waits w"
            " LEFT JOIN people p ON p.responder = w.responder"
            " WHERE w.shop = ? AND w.piece = 0 AND w.counts = 1 AND w.start_ms >= ?"
            " AND w.state = 'breached' ORDER BY w.start_ms DESC LIMIT ?",
            (shop, midnight, BREACHES_SHOWN),
        ).fetchall(),
        **sums_in(conn, shop, midnight),
    )


def sums_in(conn: sqlite3.Connection, shop: str, since: int) -> dict[str, int]:
    """Fen since a moment, and how many refunds cannot reach who paid."""
    (earned,) = conn.execute(
        "SELECT ifnull(sum(fen), 0) FROM movements"
        " WHERE what = 'earning' AND to_book = ? AND utc_ms >= ?",
        (ledger.shop_book(shop), since),
    ).fetchone()
    (refunded,) = conn.execute(
        "SELECT ifnull(sum(refund_fen), 0) FROM orders WHERE shop = ? AND closed_ms >= ?",
        (shop, since),
    ).fetchone()
    (held,) = conn.execute(
        "SELECT ifnull(sum(price_fen + extensions_fen), 0) FROM orders"
        " WHERE shop = ? AND state IN ('paid', 'queued', 'open', 'closing')",
        (shop,),
    ).fetchone()
    (stuck,) = conn.execute(
        "SELECT count(*) FROM refunds r JOIN payments p ON p.number = r.payment"
        " JOIN orders o USING (order_id) WHERE r.state = 'abnormal' AND o.shop = ?",
        (shop,),
    ).fetchone()
    return {
        "earned_fen": earned,
        "refunded_fen": refunded,
        "held_fen": held,
        "refunds_stuck": stuck,
    }
