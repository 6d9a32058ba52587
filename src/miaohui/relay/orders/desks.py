"""Responders' desks: presence, orders to answer, conversations, the day's own figures."""

import sqlite3

import msgspec

from miaohui.relay.directory import card_answers, openings, people, statistics
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.money import orderbook
from miaohui.relay.money.orderbook import OrderRow
from miaohui.relay.money.own_limits import DEFAULT_OFFSET_MIN
from miaohui.relay.orders.checkout import pass_over_in
from miaohui.relay.orders.dispatch import Dispatch, QueueEffects
from miaohui.relay.ports import Caller, PushPort, Refused
from miaohui.relay.session.opening import QueuedMessage, SessionOpening
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Done, Presence, Role
from miaohui.wire.catalogue import CardsKept
from miaohui.wire.desk import (
    AcceptOrder,
    Colleague,
    DeclineOrder,
    Desk,
    DeskChanged,
    HandingOver,
    HandoverOffer,
    Incoming,
    Opened,
    SetPresence,
)
from miaohui.wire.errors import Code
from miaohui.wire.orders import CustomerCard, OrderState
from miaohui.wire.sessions import Body, SessionCard

# A desk has to fit into one frame.
SESSIONS_SHOWN = 40
COLLEAGUES_SHOWN = 50
HANDOVERS_SHOWN = 8
ASKS_SHOWN = 3
ASK_CHARS = 200


class Desks:
    """All desks. Changes are gathered, so that ten of them in one moment are one push."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        on_duty: OnDuty,
        dispatch: Dispatch,
    ) -> None:
        self._store = store
        self._push = push
        self._clock = clock
        self._tasks = tasks
        self._on_duty = on_duty
        self._dispatch = dispatch
        self._sessions: SessionRegistry | None = None
        self._changed: set[str] = set()
        self._flushing = False

    def bind(self, sessions: SessionRegistry) -> None:
        self._sessions = sessions

    @property
    def sessions(self) -> SessionRegistry:
        assert self._sessions is not None, "bind comes first"
        return self._sessions

    # --- the desk as it stands ---------------------------------------------------------------
    async def desk(self, responder: str) -> Desk:
        row = self._on_duty.person(responder)
        if row is None:
            raise Refused(Code.NOT_ALLOWED, "role")
        now_utc, now = self._clock.utc_ms(), self._clock.mono()

        def job(
            conn: sqlite3.Connection,
        ) -> tuple[list[str], tuple[statistics.RawWait, ...], int, CardsKept | None]:
            live = conn.execute(
                "SELECT session FROM orders WHERE responder = ? AND state IN ('open', 'closing')"
                " ORDER BY opened_ms LIMIT ?",
                (responder, SESSIONS_SHOWN),
            ).fetchall()
            offset = conn.execute(
                "SELECT utc_offset_min FROM shops WHERE shop = ?", (row.shop,)
            ).fetchone()
            midnight = statistics.midnight_ms(now_utc, offset[0] if offset else DEFAULT_OFFSET_MIN)
            waits = statistics.raw_in(
                conn,
                "responder = ? AND piece = 1 AND counts = 1 AND start_ms >= ?",
                (responder, midnight),
            )
            sessions = conn.execute(
                "SELECT count(*) FROM measured_sessions WHERE subject = ? AND closed_ms >= ?",
                (responder, midnight),
            ).fetchone()[0]
            cards_kept = card_answers.cards_kept_in(conn, "responder", responder, now_utc)
            return [each[0] for each in live], waits, sessions, cards_kept

        live, waits, sessions, cards_kept = await self._store.read(job)
        cards: list[SessionCard] = []
        for session in live:
            try:
                cards.append(await self.sessions.card(session, responder))
            except Refused:
                continue  # it closed, or was handed on, since the rows were read
        offers = await self._handed(responder)
        since = row.on_since_ms
        return Desk(
            presence=row.presence,
            on_since_ms=None if row.presence != "on" or since is None else max(0, now_utc - since),
            capacity=self._on_duty.capacity_of(row),
            incoming=[
                Incoming(
                    order=each.order,
                    minutes=each.minutes,
                    mode="text",
                    customer_name=each.customer_name,
                    first_time=each.first_time,
                    chosen=each.asked == responder,
                    left_ms=max(0, each.answer_by - now),
                    card=each.card,
                )
                for each in self._dispatch.offers_to(responder)
            ],
            sessions=cards,
            today=statistics.measured_of(waits, sessions),
            colleagues=[
                Colleague(
                    responder=each.responder,
                    name=each.name,
                    free=self._on_duty.room_of(each.responder) > 0,
                )
                for each in self._on_duty.people_of(row.shop)
                if each.responder != responder
            ][:COLLEAGUES_SHOWN],
            cards_kept=cards_kept,
            handover_offers=offers,
            handing_over=[
                HandingOver(
                    session=actor.state.facts.id,
                    to=None if handing.to is None else handing.to.name,
                    left_ms=0 if handing.to is None else max(0, handing.until - now),
                )
                for actor in self.sessions.handing_of(responder)
                if (handing := actor.handing) is not None
            ][:HANDOVERS_SHOWN],
        )

    async def _handed(self, responder: str) -> list[HandoverOffer]:
        """What colleagues would like to hand to this responder, with what there is to know."""
        actors = self.sessions.handed_to(responder)[:HANDOVERS_SHOWN]
        if not actors:
            return []
        asked = [(each.state.facts, each.state.fold.open_asks[-ASKS_SHOWN:]) for each in actors]

        def job(conn: sqlite3.Connection) -> list[tuple[CustomerCard | None, list[str]]]:
            return [
                (
                    orderbook.card_of(orderbook.get(conn, facts.order).card),
                    [_words_in(conn, facts.num, seq)[:ASK_CHARS] for seq in asks],
                )
                for facts, asks in asked
            ]

        found = await self._store.read(job)
        now = self._clock.mono()
        offers = []
        for actor, (card, asks) in zip(actors, found, strict=True):
            handing, state = actor.handing, actor.state
            if handing is None or handing.to is None or handing.to.responder != responder:
                continue  # it went on since
            turn = state.fold.open_turn(state.t_of(now))
            offers.append(
                HandoverOffer(
                    session=state.facts.id,
                    giver=state.facts.responder_name,
                    customer_name=state.facts.customer_name,
                    left_ms=max(0, handing.until - now),
                    paid_left_ms=state.fold.remaining_ms(state.t_of(now)),
                    card=card,
                    asks=asks,
                    wait_ms=None if turn is None else turn.wait,
                )
            )
        return offers

    def changed(self, responder: str) -> None:
        """The desk is pushed in a moment, as it then stands."""
        if not self._push.online(responder):
            return
        self._changed.add(responder)
        if not self._flushing:
            self._flushing = True
            self._tasks.start(self._flush(), "desks")

    async def _flush(self) -> None:
        try:
            while self._changed:
                responder = self._changed.pop()
                try:
                    self._push.push(responder, DeskChanged(desk=await self.desk(responder)))
                except Refused:
                    continue
        finally:
            self._flushing = False

    # --- what a responder does ---------------------------------------------------------------
    async def set_presence(self, caller: Caller, request: SetPresence) -> Done:
        person = self._on_duty.person(caller.account)
        if person is None:
            raise Refused(Code.NOT_ALLOWED, "role")
        if request.state == "on":
            rest = self._on_duty.work.left_of(person.shop, caller.account).rest
            if rest is not None:
                raise Refused(Code.RESTING, rest)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[Done, int | None] | None:
            if idempotency.known_in(conn, caller, request) is not None:
                return None
            row = people.read_one(conn, caller.account)
            if row is None:
                raise Refused(Code.NOT_ALLOWED, "role")
            # A break does not begin the duty anew.
            began = row.on_since_ms if row.presence != "off" else now
            since = None if request.state == "off" else began
            people.set_presence_in(conn, caller.account, request.state, since)
            idempotency.remember_in(conn, caller, request, Done())
            return Done(), since

        written = await self._store.write(job)
        if written is not None:
            self._present(caller.account, request.state, written[1])
        return Done()

    def _present(self, responder: str, state: Presence, since: int | None) -> None:
        """It is written down: now it holds, and the shop's desks hear of it."""
        person = self._on_duty.person(responder)
        if person is None:
            return
        now = self._clock.utc_ms()
        if self._on_duty.work.keeps(person.shop):
            working = person.presence == "on" or self._on_duty.load_of(responder) > 0
            if state == "on":
                self._on_duty.work.works(responder, now)
            elif working:
                self._on_duty.work.stops(responder, now)
        self._on_duty.set_presence(responder, state, since)
        self.sessions.look_at_handovers(responder)
        for each in self._on_duty.people_of(person.shop):
            self.changed(each.responder)

    async def take_off(self, responder: str, state: Presence) -> None:
        """The relay's own word: somebody works no more for now. Open sessions go on."""

        def job(conn: sqlite3.Connection) -> int | None:
            row = people.read_one(conn, responder)
            since = row.on_since_ms if row is not None and state == "break" else None
            people.set_presence_in(conn, responder, state, since)
            return since

        self._present(responder, state, await self._store.write(job))

    async def accept(self, caller: Caller, request: AcceptOrder) -> Opened:
        """Opens the session with what the customer wrote while waiting."""
        if caller.role is not Role.RESPONDER:
            raise Refused(Code.NOT_ALLOWED, "role")
        known = await self._store.read(lambda conn: idempotency.known_in(conn, caller, request))
        if isinstance(known, Opened):
            return known
        mine = await self._store.read(
            lambda conn: conn.execute(
                "SELECT session FROM orders WHERE order_id = ? AND responder = ?",
                (request.order, caller.account),
            ).fetchone()
        )
        if mine is not None and mine[0] is not None:
            # Accepted before, and the answer was lost in a crash.
            return Opened(card=await self.sessions.card(mine[0], caller.account))
        waiting = self._dispatch.take(request.order, caller.account)
        if waiting is None:
            raise Refused(Code.TOO_LATE, "order")
        person = self._on_duty.person(caller.account)
        name = person.name if person else caller.display
        now = self._clock.utc_ms()
        load, mono = self._on_duty.load_of(caller.account), self._clock.mono()
        took = 0 if waiting.offered_ms is None else mono - waiting.offered_ms

        def job(conn: sqlite3.Connection) -> str:
            row = orderbook.get(conn, request.order)
            if row.state is not OrderState.QUEUED:
                raise Refused(Code.TOO_LATE, "order")
            opening = _opening(conn, row, caller.account, name)
            session = self.sessions.open_in(conn, opening)
            orderbook.move_in(
                conn,
                row,
                OrderState.OPEN,
                session=session,
                responder=caller.account,
                opened_ms=now,
            )
            openings.open_in(
                conn,
                session,
                row.shop,
                caller.account,
                now,
                load=load,
                took_ms=took,
                minutes=row.minutes,
            )
            return session

        try:
            session = await self._store.write(job)
        except BaseException:
            self._dispatch.untake(request.order)
            raise
        try:
            opened = Opened(card=await self.sessions.started(session))
        finally:
            # Not before the session has its seat: in between it would count nowhere, and its
            # responder be offered one too many.
            self._dispatch.remove(request.order)
        # The card is the session's, so it comes after the commit; the order itself tells a repeated
        # command that it was carried out.
        await self._store.write(lambda conn: idempotency.remember_in(conn, caller, request, opened))
        return opened

    async def decline(
        self, caller: Caller, request: DeclineOrder
    ) -> tuple[Done, QueueEffects | None]:
        known = await self._store.read(lambda conn: idempotency.known_in(conn, caller, request))
        if known is not None:
            return Done(), None
        if self._dispatch.take(request.order, caller.account) is None:
            raise Refused(Code.TOO_LATE, "order")
        try:
            await self._store.write(lambda conn: self._decline_in(conn, caller, request))
        finally:
            self._dispatch.untake(request.order)
        effects = self._dispatch.decline(request.order, caller.account, self._clock.mono())
        return Done(), effects

    def _decline_in(self, conn: sqlite3.Connection, caller: Caller, request: DeclineOrder) -> None:
        pass_over_in(conn, request.order, caller.account, "declined")
        idempotency.remember_in(conn, caller, request, Done())


def _opening(conn: sqlite3.Connection, row: OrderRow, responder: str, name: str) -> SessionOpening:
    shop_name, offset = conn.execute(
        "SELECT name, utc_offset_min FROM shops WHERE shop = ?", (row.shop,)
    ).fetchone()
    return SessionOpening(
        order=row.order_id,
        customer=row.customer,
        customer_name=row.customer_name,
        shop=row.shop,
        shop_name=shop_name,
        responder=responder,
        responder_name=name,
        minutes=row.minutes,
        mode=row.mode,
        price_fen=row.price_fen,
        terms=orderbook.terms_of(row.terms),
        utc_offset_min=offset,
        queued=tuple(
            QueuedMessage(id, content, msgspec.convert(body, Body))
            for id, content, body in orderbook.queued_messages(conn, row.order_id)
        ),
    )


def _words_in(conn: sqlite3.Connection, num: int, seq: int) -> str:
    """A message's words as they stand now; "" for a picture, and for what was taken back."""
    row = conn.execute(
        "SELECT coalesce((SELECT line ->> '$.body.text' FROM feed WHERE session = ?1 AND seq IS NULL"
        " AND line ->> '$.type' = 'edited_item' AND line ->> '$.seq' = ?2 ORDER BY pos DESC LIMIT 1),"
        " (SELECT body ->> '$.text' FROM feed WHERE session = ?1 AND seq = ?2), '')",
        (num, seq),
    ).fetchone()
    return str(row[0])
