"""Orders as rows: reading them, moving them from state to state, giving their money back."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields

import msgspec

from miaohui.relay.money import ledger, orderstates
from miaohui.relay.money.payments import RefundState, trade_number
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage import idempotency
from miaohui.runtime.clock import rfc3339, utc_ms_of, within_years
from miaohui.wire.catalogue import Mode, RefundTerm, TermsView
from miaohui.wire.errors import Code
from miaohui.wire.orders import (
    CustomerCard,
    Movement,
    Order,
    OrderState,
    PaymentView,
    RefundView,
)
from miaohui.wire.sessions import Extend, Extended

# What a shop agrees to unless it says otherwise: shown before paying, frozen at the opening.
USUAL_TERMS = TermsView(
    give_back=True,
    last_question=True,
    refunds=[
        RefundTerm(kept_below=90, min_turns=5, refund_percent=20),
        RefundTerm(kept_below=70, min_turns=5, refund_percent=50),
    ],
)


def terms_text(terms: TermsView) -> str:
    return msgspec.json.encode(terms).decode()


def terms_of(text: str) -> TermsView:
    return msgspec.json.decode(text, type=TermsView)


def card_of(text: str | None) -> CustomerCard | None:
    return None if text is None else msgspec.json.decode(text, type=CustomerCard)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order, as it stands in the database."""

    order_id: str
    version: int
    state: OrderState
    customer: str
    customer_name: str
    shop: str
    asked: str | None
    responder: str | None
    offer: str
    minutes: int
    mode: Mode
    price_fen: int
    extensions_fen: int
    extended_minutes: int
    refund_fen: int
    given_back_ms: int
    terms: str
    trial: int
    created_ms: int
    queued_ms: int | None
    session: str | None
    opened_ms: int | None
    closed_ms: int | None
    closed_reason: str | None
    registration: str | None
    card: str | None

    @property
    def kept_fen(self) -> int:
        """The part of what was paid that has not gone back."""
        return self.price_fen + self.extensions_fen - self.refund_fen


_COLUMNS = ", ".join(field.name for field in fields(OrderRow))


def _row(raw: tuple[object, ...]) -> OrderRow:
    values = dict(zip((field.name for field in fields(OrderRow)), raw, strict=True))
    values["state"] = OrderState(str(values["state"]))
    return OrderRow(**values)  # type: ignore[arg-type]


def look(conn: sqlite3.Connection, order: str) -> OrderRow | None:
    raw = conn.execute(f"SELECT {_COLUMNS} FROM orders WHERE order_id = ?", (order,)).fetchone()
    return _row(raw) if raw else None


def get(conn: sqlite3.Connection, order: str) -> OrderRow:
    """Refused(NOT_FOUND) where there is none."""
    row = look(conn, order)
    if row is None:
        raise Refused(Code.NOT_FOUND, "order")
    return row


def get_own(conn: sqlite3.Connection, order: str, customer: str) -> OrderRow:
    """Another customer's order is not found either."""
    row = look(conn, order)
    if row is None or row.customer != customer:
        raise Refused(Code.NOT_FOUND, "order")
    return row


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session's last word, for the money: computed by the fold at ``closed``."""

    order: str
    session: str
    reason: str
    refund_fen: int
    given_back_ms: int
    closed_utc: str


@dataclass(frozen=True, slots=True)
class ExtensionCharge:
    """The money of an extension that was paid: booked together with its entry in the journal."""

    caller: Caller
    request: Extend
    number: str
    minutes: int
    practice: bool
    now_ms: int


def in_states(conn: sqlite3.Connection, states: Iterable[OrderState]) -> list[OrderRow]:
    """Live orders in any of these states, the oldest first."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM orders WHERE state IN ({listed})"
        " ORDER BY ifnull(queued_ms, created_ms), order_id"
    ).fetchall()
    return [_row(row) for row in rows]


def newest_of(
    conn: sqlite3.Connection, customer: str, before: tuple[int, str] | None, limit: int
) -> list[OrderRow]:
    created, order = before or (2**62, "")
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM orders WHERE customer = ?"
        " AND (created_ms < ? OR (created_ms = ? AND order_id > ?))"
        " ORDER BY created_ms DESC, order_id LIMIT ?",
        (customer, created, created, order, limit),
    ).fetchall()
    return [_row(row) for row in rows]


def move_in(conn: sqlite3.Connection, row: OrderRow, to: OrderState, **columns: object) -> OrderRow:
    """The order's next state, with other columns changed alongside; Refused(WRONG_STATE)."""
    orderstates.check(row.state, to)
    if row.state is OrderState.QUEUED:
        # They stand in the session now, if there is one, and nowhere else.
        conn.execute("DELETE FROM queued_messages WHERE order_id = ?", (row.order_id,))
    return change_in(conn, row, state=to.value, **columns)


def change_in(conn: sqlite3.Connection, row: OrderRow, **columns: object) -> OrderRow:
    """Changes columns; every change is a version of its own."""
    sets = "".join(f", {name} = ?" for name in columns)
    conn.execute(
        f"UPDATE orders SET version = version + 1{sets} WHERE order_id = ?",
        [*columns.values(), row.order_id],
    )
    return get(conn, row.order_id)


def follow_in(conn: sqlite3.Connection, order: str, state: OrderState) -> None:
    """The order goes where its session went."""
    row = get(conn, order)
    # Accepting itself makes an order open; hearing of it again is nothing new.
    if row.state not in (state, OrderState.QUEUED):
        move_in(conn, row, state)


def settle_in(conn: sqlite3.Connection, ended: SessionEnded) -> None:
    """``closed`` was written: refunds the customer and pays the shop."""
    closed_ms = utc_ms_of(ended.closed_utc)
    row = get(conn, ended.order)
    # The host may have given some back by hand: then the rest is the most that still can go.
    fen = ended.refund_fen - min(row.refund_fen, max(0, ended.refund_fen - row.kept_fen))
    row = move_in(
        conn,
        row,
        OrderState.CLOSED,
        closed_ms=closed_ms,
        closed_reason=ended.reason,
        refund_fen=row.refund_fen + fen,
        given_back_ms=ended.given_back_ms,
    )
    refund_in(conn, row, fen, closed_ms)
    book = ledger.order_book(ended.order)
    ledger.move_in(
        conn,
        "earning",
        from_book=book,
        to_book=ledger.shop_book(row.shop),
        fen=ledger.balance_in(conn, book),
        now_ms=closed_ms,
        order=ended.order,
    )
    move_in(conn, row, OrderState.SETTLED)


def of_session(conn: sqlite3.Connection, session: str, customer: str) -> OrderRow:
    """The customer's own order that became a session; Refused(NOT_FOUND)."""
    row = conn.execute("SELECT order_id FROM orders WHERE session = ?", (session,)).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "session")
    try:
        return get_own(conn, row[0], customer)
    except Refused:
        raise Refused(Code.NOT_FOUND, "session") from None


def extend_in(conn: sqlite3.Connection, charge: ExtensionCharge) -> None:
    """Books an extension that was paid, and keeps its answer."""
    request = charge.request
    row = of_session(conn, request.session, charge.caller.account)
    ledger.move_in(
        conn,
        "extension",
        from_book=source_book(request.provider, row.customer),
        to_book=ledger.order_book(row.order_id),
        fen=request.price_fen,
        now_ms=charge.now_ms,
        order=row.order_id,
        customer=row.customer,
    )
    conn.execute("UPDATE payments SET booked = 1 WHERE number = ?", (charge.number,))
    row = change_in(
        conn,
        row,
        extensions_fen=row.extensions_fen + request.price_fen,
        extended_minutes=row.extended_minutes + charge.minutes,
    )
    answer = Extended(order=view(conn, row, practice=charge.practice))
    idempotency.remember_in(conn, charge.caller, request, answer)


def give_back_in(conn: sqlite3.Connection, row: OrderRow, to: OrderState, now_ms: int) -> OrderRow:
    """Ends an order that never became a session: the whole sum goes back."""
    fen = ledger.balance_in(conn, ledger.order_book(row.order_id))
    refund_in(conn, row, fen, now_ms)
    return move_in(conn, row, to, refund_fen=row.refund_fen + fen, closed_ms=now_ms)


def refund_in(conn: sqlite3.Connection, row: OrderRow, fen: int, now_ms: int) -> None:
    """Moves ``fen`` back where it came from, the newest payment first, and notes what the
    providers are to pay back."""
    left = fen
    payments = conn.execute(
        "SELECT p.number, p.provider, p.fen - ifnull((SELECT sum(fen) FROM refunds r"
        " WHERE r.payment = p.number AND r.state <> 'closed'), 0) FROM payments p"
        " WHERE p.order_id = ? AND p.state = 'succeeded' AND p.booked = 1"
        " ORDER BY p.created_ms DESC, p.number DESC",
        (row.order_id,),
    ).fetchall()
    for number, provider, available in payments:
        part = min(left, available)
        if part <= 0:
            continue
        refund_payment_in(conn, row, number, provider, part, now_ms)
        left -= part
    if left:
        raise ledger.LedgerBroken(f"{left} fen to give back that were never paid")


def take_back_in(conn: sqlite3.Connection, row: OrderRow, now_ms: int) -> int:
    """By the host's word: whatever a settled order's customer has not got back yet, out of the shop's
    book; how much. Refused(WRONG_STATE) where it is not settled, BALANCE_LOW where the shop's book
    holds too little."""
    if row.state is not OrderState.SETTLED:
        raise Refused(Code.WRONG_STATE, row.state.value)
    fen = row.kept_fen
    ledger.move_in(
        conn,
        "refund",
        from_book=ledger.shop_book(row.shop),
        to_book=ledger.order_book(row.order_id),
        fen=fen,
        now_ms=now_ms,
        order=row.order_id,
    )
    refund_in(conn, row, fen, now_ms)
    change_in(conn, row, refund_fen=row.refund_fen + fen)
    return fen


def refund_payment_in(
    conn: sqlite3.Connection,
    row: OrderRow,
    number: str,
    provider: str,
    fen: int,
    now_ms: int,
    *,
    state: RefundState = RefundState.PENDING,
) -> None:
    """``fen`` of one payment go back where they came from; ``state`` DONE where the provider has
    given them back already."""
    ledger.move_in(
        conn,
        "refund",
        from_book=ledger.order_book(row.order_id),
        to_book=source_book(provider, row.customer),
        fen=fen,
        now_ms=now_ms,
        order=row.order_id,
        customer=row.customer,
    )
    note_refund_in(conn, number, fen, now_ms, state=state)


def note_refund_in(
    conn: sqlite3.Connection,
    payment: str,
    fen: int,
    now_ms: int = 0,
    *,
    state: RefundState = RefundState.PENDING,
) -> None:
    """Notes a refund for the provider, under a number of its own that is the same at every try."""
    count = conn.execute("SELECT count(*) FROM refunds WHERE payment = ?", (payment,)).fetchone()[0]
    number = f"{payment}-r{count + 1}"
    done = now_ms if state is RefundState.DONE else None
    conn.execute(
        "INSERT INTO refunds (number, trade, payment, fen, state, created_ms, done_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, trade_number(number), payment, fen, state.value, now_ms, done),
    )


def source_book(provider: str, customer: str) -> str:
    """The book that a provider's money comes from, and goes back to."""
    return ledger.customer_book(customer) if provider == "practice" else f"outside:{provider}"


def view(conn: sqlite3.Connection, row: OrderRow, *, practice: bool) -> Order:
    """The order for its customer; queue and deadlines are added by who knows them."""
    names = conn.execute(
        "SELECT s.name, p.name, s.invoice FROM shops s LEFT JOIN people p ON p.responder = ?"
        " WHERE s.shop = ?",
        (row.responder or row.asked, row.shop),
    ).fetchone() or (row.shop, None, "")
    reviewed = row.session is not None and (
        conn.execute("SELECT 1 FROM reviews WHERE session = ?", (row.session,)).fetchone()
        is not None
    )
    plan = (
        row.registration
        and conn.execute(
            "SELECT plan FROM plan_registration WHERE registration = ?", (row.registration,)
        ).fetchone()
    )
    movements = conn.execute(
        "SELECT what, fen, utc_ms FROM movements WHERE order_id = ?"
        " AND customer NOT NULL AND what IN ('payment', 'extension', 'refund') ORDER BY n",
        (row.order_id,),
    ).fetchall()
    return Order(
        order=row.order_id,
        version=row.version,
        state=row.state,
        shop=row.shop,
        shop_name=names[0],
        responder=row.responder or row.asked,
        responder_name=names[1],
        offer=row.offer,
        minutes=row.minutes,
        mode=row.mode,
        price_fen=row.price_fen,
        extensions_fen=row.extensions_fen,
        extended_minutes=row.extended_minutes,
        refund_fen=row.refund_fen,
        given_back_ms=row.given_back_ms,
        terms=terms_of(row.terms),
        practice=practice,
        created_utc=rfc3339(row.created_ms),
        trial=bool(row.trial),
        payment=_payment(conn, row.order_id),
        refunds=_refunds(conn, row.order_id),
        session=row.session,
        opened_utc=None if row.opened_ms is None else rfc3339(row.opened_ms),
        closed_utc=None if row.closed_ms is None else rfc3339(row.closed_ms),
        closed_reason=row.closed_reason,
        reviewed=reviewed,
        movements=[
            Movement(what=what, fen=fen if what == "refund" else -fen, utc=rfc3339(at))
            for what, fen, at in movements
        ],
        invoice=names[2],
        plan=plan[0] if plan else None,
    )


def _payment(conn: sqlite3.Connection, order: str) -> PaymentView | None:
    """The newest payment, and the last one that was made rather than one called off."""
    found = conn.execute(
        "SELECT provider, state, fen, qr, trade, transaction_id, expires_ms, unanswered, paid_ms"
        " FROM payments WHERE order_id = ?"
        " ORDER BY state = 'pending' DESC, state = 'failed', created_ms DESC, number DESC LIMIT 1",
        (order,),
    ).fetchone()
    if found is None:
        return None
    provider, state, fen, qr, trade, transaction, expires, unanswered, paid = found
    return PaymentView(
        provider=provider,
        state=state,
        fen=fen,
        qr=qr,
        number=trade,
        transaction=transaction,
        expires_utc=rfc3339(expires),
        unanswered=bool(unanswered),
        paid_utc=None if paid is None else rfc3339(within_years(paid)),
    )


def _refunds(conn: sqlite3.Connection, order: str) -> list[RefundView]:
    rows = conn.execute(
        "SELECT p.provider, r.fen, r.state, r.trade, r.created_ms, r.done_ms FROM refunds r"
        " JOIN payments p ON p.number = r.payment WHERE p.order_id = ?"
        " ORDER BY r.created_ms, r.number LIMIT 64",
        (order,),
    ).fetchall()
    return [
        RefundView(
            provider=provider,
            fen=fen,
            state=state,
            number=trade,
            utc=rfc3339(created),
            done_utc=None if done is None else rfc3339(done),
        )
        for provider, fen, state, trade, created, done in rows
    ]


def queued_messages(conn: sqlite3.Connection, order: str) -> list[tuple[str, str, object]]:
    """(id, content, body as parsed JSON) in the order in which they were written."""
    rows = conn.execute(
        "SELECT id, content, body FROM queued_messages WHERE order_id = ? ORDER BY pos", (order,)
    ).fetchall()
    return [(id, content, json.loads(body)) for id, content, body in rows]


def note_passed_in(conn: sqlite3.Connection, order: str, responder: str, how: str) -> None:
    conn.execute(
        "INSERT OR IGNORE INTO passed_over (order_id, responder, how) VALUES (?, ?, ?)",
        (order, responder, how),
    )
