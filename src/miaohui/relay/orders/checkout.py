"""From a quote to a place in the queue: price and terms held, money asked for, outcome booked."""

import sqlite3

import msgspec
from msgspec import structs

from miaohui.relay.directory import names, statistics
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.money import ledger, orderbook, orderstates, wallet
from miaohui.relay.money.cashier import WATCH_MS, Cashier
from miaohui.relay.money.orderbook import OrderRow, card_of
from miaohui.relay.money.payments import (
    PAYMENT_OPEN_MS,
    PaymentOutcome,
    RefundState,
    Status,
    trade_number,
)
from miaohui.relay.orders import open_limits, plans
from miaohui.relay.orders.dispatch import Waiting
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.randomness import Randomness
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, CustomerCard, Order, OrderState, Pay, Quote

QUOTE_HELD_MS = 10 * 60_000
WISH_CHARS = 200
LEAST_NUDGE_S = 10
VOID_KEPT_MS = 7 * 24 * 3_600_000
WAYS_AT_MOST = 6  # so many codes for one order


def payment_number(order: str, attempt: int = 1) -> str:
    """Our own number for an order's payment; each way that is tried has its own."""
    return f"p-{order}" if attempt == 1 else f"p-{order}-{attempt}"


def card_text(card: CustomerCard) -> str:
    """A customer's card as it is kept; Refused where its words cannot be taken."""
    if card.nudge_s is not None and card.nudge_s < LEAST_NUDGE_S:
        raise Refused(Code.NOT_ALLOWED, "nudge_s")
    words = {
        name: names.prose(getattr(card, name), WISH_CHARS, name)
        for name in ("address", "topics", "avoid")
    }
    return msgspec.json.encode(structs.replace(card, **words)).decode()


def check_offer_in(conn: sqlite3.Connection, shop: str, offer: str) -> tuple[int, str, int, bool]:
    """(minutes, mode, price, trial); Refused(NOT_FOUND) where it is not on sale there."""
    row = conn.execute(
        "SELECT minutes, mode, price_fen, trial FROM offers"
        " WHERE offer = ? AND shop = ? AND dropped_ms IS NULL",
        (offer, shop),
    ).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "offer")
    return row[0], row[1], row[2], bool(row[3])


def check_trial_in(conn: sqlite3.Connection, customer: str, shop: str, besides: str = "") -> None:
    """Refused(TRIAL_USED) for who has bought in this shop before."""
    listed = ", ".join(f"'{state.value}'" for state in sorted(orderstates.BOUGHT))
    if conn.execute(
        f"SELECT 1 FROM orders WHERE customer = ? AND shop = ? AND state IN ({listed})"
        " AND order_id <> ?",
        (customer, shop, besides),
    ).fetchone():
        raise Refused(Code.TRIAL_USED)


def is_short(room_ms: int | None, minutes: int) -> bool:
    """True where so much room (None: any) does not hold a session of so many minutes."""
    return room_ms is not None and room_ms < minutes * 60_000


def sold_today_in(
    conn: sqlite3.Connection, shop: str, offer: str, now_ms: int, besides: str = ""
) -> int:
    """How many of an offer were bought since the shop's midnight; one that is being paid counts."""
    (offset,) = conn.execute("SELECT utc_offset_min FROM shops WHERE shop = ?", (shop,)).fetchone()
    listed = ", ".join(f"'{state.value}'" for state in sorted(orderstates.BOUGHT))
    (count,) = conn.execute(
        "SELECT count(*) FROM orders WHERE offer = ? AND created_ms >= ?"
        f" AND state IN ({listed}) AND order_id <> ?",
        (offer, statistics.midnight_ms(now_ms, offset), besides),
    ).fetchone()
    return int(count)


def check_left_in(
    conn: sqlite3.Connection, shop: str, offer: str, now_ms: int, besides: str = ""
) -> None:
    """Refused(SOLD_OUT) where as many were bought today as the shop sells a day."""
    row = conn.execute("SELECT most_a_day FROM offers WHERE offer = ?", (offer,)).fetchone()
    most = None if row is None else row[0]
    if most is not None and sold_today_in(conn, shop, offer, now_ms, besides) >= most:
        raise Refused(Code.SOLD_OUT)


class Checkout:
    """The writes of ordering; every one is a transaction with its own answer remembered."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        on_duty: OnDuty,
        cashier: Cashier,
        *,
        practice: bool,
        randomness: Randomness,
    ) -> None:
        self._randomness = randomness
        self._store = store
        self._clock = clock
        self._on_duty = on_duty
        self._cashier = cashier
        self._practice = practice

    async def quote(self, caller: Caller, request: Quote) -> Order:
        """Holds price and terms; nothing is paid and nobody is kept busy."""
        if caller.role is not Role.CUSTOMER:
            raise Refused(Code.NOT_ALLOWED, "role")
        card = None if request.card is None else card_text(request.card)
        now = self._clock.utc_ms()
        blocks = self._on_duty.blocks
        apart = blocks.apart_from(caller.account)
        on_duty = set(self._on_duty.on_duty(request.shop)) - apart
        work = self._on_duty.work
        rooms = {each: work.free_ms(request.shop, each) for each in on_duty}
        asked = self._on_duty.person(request.responder) if request.responder else None

        def job(conn: sqlite3.Connection) -> Order:
            known = idempotency.known_in(conn, caller, request)
            if isinstance(known, Order):
                return known
            shop = conn.execute(
                "SELECT terms FROM shops WHERE shop = ?", (request.shop,)
            ).fetchone()
            if shop is None:
                raise Refused(Code.NOT_FOUND, "shop")
            minutes, mode, price, trial = check_offer_in(conn, request.shop, request.offer)
            if request.responder and (asked is None or asked.shop != request.shop):
                raise Refused(Code.NOT_FOUND, "responder")
            if request.responder and blocks.has(caller.account, request.responder):
                raise Refused(Code.BLOCKED)
            if not on_duty:
                raise Refused(Code.SHOP_CLOSED)
            if asked is not None and asked.responder not in on_duty:
                raise Refused(Code.NOBODY_FREE)
            wanted = on_duty if asked is None else {asked.responder}
            if all(is_short(rooms[each], minutes) for each in wanted):
                raise Refused(Code.NOBODY_FREE, "minutes")
            open_limits.check_stranger_in(conn, caller.account, caller.device, request.shop)
            open_limits.check_quotes_in(conn, caller.account, now, QUOTE_HELD_MS)
            open_limits.check_cancels_in(conn, caller.account, now)
            if trial:
                check_trial_in(conn, caller.account, request.shop)
            check_left_in(conn, request.shop, request.offer, now)
            wallet.check_in(conn, caller.account, price, minutes, now, practice=self._practice)
            registration = plans.bought_under_in(conn, request.plan_secret)
            order = self._randomness.new_id()
            conn.execute(
                "INSERT INTO orders (order_id, version, state, customer, customer_name, shop,"
                " asked, offer, minutes, mode, price_fen, terms, trial, created_ms,"
                " registration, card)"
                " VALUES (?, 1, 'quoted', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    order,
                    caller.account,
                    caller.display,
                    request.shop,
                    request.responder,
                    request.offer,
                    minutes,
                    mode,
                    price,
                    shop[0],
                    trial,
                    now,
                    registration,
                    card,
                ),
            )
            view = orderbook.view(conn, orderbook.get(conn, order), practice=self._practice)
            idempotency.remember_in(conn, caller, request, view)
            return view

        return await self._store.write(job)

    async def open_payment(self, caller: Caller, request: Pay) -> str | None:
        """The payment under way that another way to pay would replace; None where there is none,
        or where this was answered before."""

        def job(conn: sqlite3.Connection) -> str | None:
            if idempotency.known_in(conn, caller, request) is not None:
                return None
            row = orderbook.get_own(conn, request.order, caller.account)
            return open_payment_in(conn, row.order_id)

        return await self._store.read(job)

    async def pay(
        self, caller: Caller, request: Pay, instead: str | None = None
    ) -> tuple[Order, str | None]:
        """Notes the payment; the number to collect, None where this was answered before.
        ``instead``: the payment under way that was called off for it."""
        provider = self._cashier.provider(request.provider)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[Order, str | None]:
            known = idempotency.known_in(conn, caller, request)
            if isinstance(known, Order):
                return known, None
            row = orderbook.get_own(conn, request.order, caller.account)
            if not provider.serves(row.shop):
                raise Refused(Code.PAYMENT_FAILED, "provider")
            again = instead is not None and row.state is OrderState.AWAITING_PAYMENT
            if row.state is not OrderState.QUOTED and not again:
                raise Refused(Code.WRONG_STATE, row.state.value)
            if not again and now - row.created_ms > QUOTE_HELD_MS:
                raise Refused(Code.QUOTE_EXPIRED)
            if request.price_fen != row.price_fen:
                raise Refused(Code.PRICE_CHANGED)
            plans.check_open_in(conn, row.registration)
            if row.trial:
                check_trial_in(conn, caller.account, row.shop, besides=row.order_id)
            check_left_in(conn, row.shop, row.offer, now, besides=row.order_id)
            if instead is not None and again:
                fail_payment_in(conn, instead, now)
            else:
                open_limits.check_waiting_in(conn, caller.account)
                open_limits.check_cancels_in(conn, caller.account, now)
            wallet.check_in(
                conn, caller.account, row.price_fen, row.minutes, now, practice=self._practice
            )
            self.check_balance_in(conn, provider.name, caller.account, row.price_fen)
            (tries,) = conn.execute(
                "SELECT count(*) FROM payments WHERE order_id = ? AND kind = 'payment'",
                (row.order_id,),
            ).fetchone()
            if tries >= WAYS_AT_MOST:
                raise Refused(Code.TOO_MANY, "payments")
            number = payment_number(row.order_id, tries + 1)
            note_payment_in(conn, number, row, "payment", provider.name, row.price_fen, now)
            if again:
                row = orderbook.change_in(conn, row)
            else:
                row = orderbook.move_in(conn, row, OrderState.AWAITING_PAYMENT)
            view = orderbook.view(conn, row, practice=self._practice)
            idempotency.remember_in(conn, caller, request, view)
            return view, number

        return await self._store.write(job)

    @staticmethod
    def check_balance_in(conn: sqlite3.Connection, provider: str, customer: str, fen: int) -> None:
        """A first look, so that the customer hears at once; the provider has the last word."""
        if provider == "practice" and fen > ledger.balance_in(conn, ledger.customer_book(customer)):
            raise Refused(Code.BALANCE_LOW)

    async def book_payment(self, number: str, status: Status) -> OrderRow:
        """Writes a payment's outcome and what follows from it, once."""
        now = self._clock.utc_ms()
        return await self._store.write(lambda conn: book_payment_in(conn, number, status, now))

    async def enqueue(self, order: str) -> Waiting | None:
        """paid → queued; None where the customer left in between. The place in the queue is read
        in the same transaction: whoever adds it without awaiting is ahead of a cancellation."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Waiting | None:
            row = orderbook.get(conn, order)
            if row.state is not OrderState.PAID:
                return None
            row = orderbook.move_in(conn, row, OrderState.QUEUED, queued_ms=now)
            return waiting_in(conn, row)

        return await self._store.write(job)

    async def cancel(self, caller: Caller, request: CancelOrder) -> Order:
        """Drops a quote or a payment under way, or leaves the queue with the whole sum back."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Order:
            known = idempotency.known_in(conn, caller, request)
            if isinstance(known, Order):
                return known
            row = orderbook.get_own(conn, request.order, caller.account)
            if row.state in (OrderState.PAID, OrderState.QUEUED):
                row = orderbook.give_back_in(conn, row, OrderState.REFUNDED, now)
            elif row.state in (OrderState.QUOTED, OrderState.AWAITING_PAYMENT):
                row = orderbook.move_in(conn, row, OrderState.VOID, closed_ms=now)
            else:
                raise Refused(Code.WRONG_STATE, row.state.value)
            view = orderbook.view(conn, row, practice=self._practice)
            idempotency.remember_in(conn, caller, request, view)
            return view

        return await self._store.write(job)

    async def note_missed(self, order: str, responder: str) -> None:
        """Somebody let the time pass; a restart must not ask them again."""
        await self._store.write(lambda conn: pass_over_in(conn, order, responder, "missed"))

    async def end_unserved(self, order: str, to: OrderState) -> bool:
        """Nobody took it: the whole sum goes back. False where somebody, or the customer, was
        faster."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> bool:
            row = orderbook.get(conn, order)
            if row.state is not OrderState.QUEUED:
                return False
            orderbook.give_back_in(conn, row, to, now)
            return True

        return await self._store.write(job)

    async def drop_old_quotes(self, most: int) -> list[str]:
        """At most so many quotes that nobody paid in time, the oldest first."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> list[str]:
            rows = conn.execute(
                "UPDATE orders SET version = version + 1, state = 'void', closed_ms = ?"
                " WHERE order_id IN (SELECT order_id FROM orders WHERE state = 'quoted'"
                " AND created_ms < ? ORDER BY created_ms LIMIT ?) RETURNING order_id",
                (now, now - QUOTE_HELD_MS, most),
            ).fetchall()
            return [order for (order,) in rows]

        return await self._store.write(job)

    async def forget_void(self, most: int) -> int:
        """How many were forgotten of the orders that never cost anything and are long over: at
        most so many, the oldest first."""
        before = self._clock.utc_ms() - VOID_KEPT_MS

        def job(conn: sqlite3.Connection) -> int:
            return conn.execute(
                "DELETE FROM orders WHERE order_id IN (SELECT order_id FROM orders o"
                " WHERE state = 'void' AND closed_ms < ? AND NOT EXISTS"
                " (SELECT 1 FROM payments p WHERE p.order_id = o.order_id)"
                " ORDER BY closed_ms LIMIT ?)",
                (before, most),
            ).rowcount

        return await self._store.write(job)


def waiting_in(conn: sqlite3.Connection, row: OrderRow) -> Waiting:
    """The place in its shop's queue of an order that is queued."""
    first = conn.execute(
        "SELECT 1 FROM orders WHERE customer = ? AND shop = ? AND session IS NOT NULL",
        (row.customer, row.shop),
    ).fetchone()
    passed = conn.execute(
        "SELECT responder, how FROM passed_over WHERE order_id = ?", (row.order_id,)
    ).fetchall()
    return Waiting(
        order=row.order_id,
        shop=row.shop,
        asked=row.asked,
        customer=row.customer,
        customer_name=row.customer_name,
        minutes=row.minutes,
        first_time=first is None,
        queued_ms=row.queued_ms or row.created_ms,
        passed={responder for responder, _ in passed},
        missed=any(how == "missed" for _, how in passed),
        card=card_of(row.card),
    )


def note_payment_in(
    conn: sqlite3.Connection,
    number: str,
    row: OrderRow,
    kind: str,
    provider: str,
    fen: int,
    now_ms: int,
) -> None:
    """A sum about to be asked of a provider; the number is the same at every try."""
    conn.execute(
        "INSERT OR IGNORE INTO payments (number, trade, order_id, customer, kind, provider, fen,"
        " state, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
        (
            number,
            trade_number(number),
            row.order_id,
            row.customer,
            kind,
            provider,
            fen,
            now_ms,
            now_ms + PAYMENT_OPEN_MS,
        ),
    )


def open_payment_in(conn: sqlite3.Connection, order: str) -> str | None:
    """The order's one payment that is not decided."""
    found = conn.execute(
        "SELECT number FROM payments WHERE order_id = ? AND kind = 'payment' AND state = 'pending'",
        (order,),
    ).fetchone()
    return None if found is None else str(found[0])


def fail_payment_in(conn: sqlite3.Connection, number: str, now_ms: int, answer: str = "") -> None:
    """Not paid. One that could be scanned is asked after until it cannot be paid any more."""
    conn.execute(
        "UPDATE payments SET state = 'failed', answer = ?, answer_ms = ?, unanswered = 0,"
        " watch_until_ms = iif(qr IS NULL, NULL, max(expires_ms, ?) + ?) WHERE number = ?",
        (answer, now_ms, now_ms, WATCH_MS, number),
    )


def succeed_payment_in(
    conn: sqlite3.Connection, number: str, status: Status, now_ms: int, *, booked: bool
) -> None:
    """Everything that the provider said of a payment that was made."""
    conn.execute(
        "UPDATE payments SET state = ?, booked = max(booked, ?), fen = ?, payer = ?,"
        " transaction_id = ?, payer_fen = ?, paid_ms = ?, merchant = ?, fee_fen = ?, answer = ?,"
        " answer_ms = ?, unanswered = 0, watch_until_ms = NULL WHERE number = ?",
        (
            "refunded" if status.outcome is PaymentOutcome.REFUNDED else "succeeded",
            booked,
            status.fen,
            status.payer,
            status.transaction,
            status.payer_fen,
            now_ms if status.paid_ms is None else status.paid_ms,
            status.merchant,
            status.fee_fen,
            status.answer,
            now_ms,
            number,
        ),
    )


def book_payment_in(conn: sqlite3.Connection, number: str, status: Status, now_ms: int) -> OrderRow:
    """The outcome of an order's payment. A sum other than the order's opens nothing: it goes back,
    as does one that came after the customer had left or paid another way, and a trial's whose payer
    had one. A payment that was called off and succeeded all the same is given back in full."""
    order, provider, fen, state = conn.execute(
        "SELECT order_id, provider, fen, state FROM payments WHERE number = ?", (number,)
    ).fetchone()
    row = orderbook.get(conn, order)
    paid = status.outcome in (PaymentOutcome.SUCCEEDED, PaymentOutcome.REFUNDED)
    if not (state == "pending" or (state == "failed" and paid)):
        return row
    short = (
        provider == "practice"
        and ledger.balance_in(conn, ledger.customer_book(row.customer)) < status.fen
    )
    if not paid or short:
        fail_payment_in(conn, number, now_ms, status.answer)
        if row.state is OrderState.AWAITING_PAYMENT and open_payment_in(conn, order) is None:
            return orderbook.move_in(conn, row, OrderState.VOID, closed_ms=now_ms)
        return row
    succeed_payment_in(conn, number, status, now_ms, booked=True)
    ledger.move_in(
        conn,
        "payment",
        from_book=orderbook.source_book(provider, row.customer),
        to_book=ledger.order_book(order),
        fen=status.fen,
        now_ms=now_ms,
        order=order,
        customer=row.customer,
    )
    if status.outcome is PaymentOutcome.SUCCEEDED and (
        row.state is OrderState.AWAITING_PAYMENT and state == "pending"
    ):
        row = orderbook.move_in(conn, row, OrderState.PAID)
        if status.fen == fen and not (row.trial and _paid_before_in(conn, row, status.payer)):
            return row
    back = RefundState.DONE if status.outcome is PaymentOutcome.REFUNDED else RefundState.PENDING
    if status.fen:
        orderbook.refund_payment_in(conn, row, number, provider, status.fen, now_ms, state=back)
    if row.state is OrderState.AWAITING_PAYMENT and open_payment_in(conn, order) is None:
        row = orderbook.move_in(conn, row, OrderState.VOID)
    if row.state in (OrderState.VOID, OrderState.PAID):
        return orderbook.move_in(
            conn,
            row,
            OrderState.REFUNDED,
            refund_fen=status.fen,
            closed_ms=now_ms,
        )
    return orderbook.change_in(conn, row)


def _paid_before_in(conn: sqlite3.Connection, row: OrderRow, payer: str | None) -> bool:
    """Whether the same purse bought in this shop before, under whatever account."""
    if payer is None:
        return False
    listed = ", ".join(f"'{state.value}'" for state in sorted(orderstates.BOUGHT))
    found = conn.execute(
        # From the purse to its orders: a shop has many more.
        f"SELECT 1 FROM payments p CROSS JOIN orders o USING (order_id) WHERE p.payer = ?"
        f" AND p.booked = 1 AND o.shop = ? AND o.order_id <> ? AND o.state IN ({listed})",
        (payer, row.shop, row.order_id),
    ).fetchone()
    return found is not None


def pass_over_in(conn: sqlite3.Connection, order: str, responder: str, how: str) -> None:
    """Notes who did not take an order, and how; it shows in the figures."""
    orderbook.note_passed_in(conn, order, responder, how)
    statistics.age_in(conn, responder, person=True)
    statistics.age_in(conn, orderbook.get(conn, order).shop, person=False)
