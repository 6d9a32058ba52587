"""Orders and money: integer fen, every state with a way out."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from .bounds import Count, Cursor, Id, Millis, Minutes, Name, Prose, Sha256, Sum, Utc, Word
from .catalogue import Mode, TermsView
from .frame import Command, Frame, Request, Result, Value
from .limits import LIST_ITEMS


class OrderState(StrEnum):
    """quoted → awaiting_payment → paid → queued → open → closing → closed → settled; or one of
    the ends: declined, no_show, void, refunded."""

    QUOTED = "quoted"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    QUEUED = "queued"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    SETTLED = "settled"
    DECLINED = "declined"
    NO_SHOW = "no_show"
    VOID = "void"
    REFUNDED = "refunded"


Wish = Annotated[str, Meta(max_length=200)]


class CustomerCard(Value, frozen=True, kw_only=True):
    """What a customer would like, as whoever answers reads it before they accept. ``manner``: talk
    along, or only listen. ``nudge_s``: say something after so long a silence; null: wait for me."""

    address: Wish = ""
    topics: Wish = ""
    avoid: Wish = ""
    manner: Literal["talk", "listen"] = "talk"
    nudge_s: Annotated[int, Meta(ge=1, le=600)] | None = None


class Movement(Value, frozen=True, kw_only=True):
    """One movement of the customer's money: ``what`` is "payment", "extension" or "refund";
    ``fen`` is negative where it left the customer."""

    what: Word
    fen: Sum
    utc: Utc


class PaymentView(Value, frozen=True, kw_only=True):
    """A payment. ``state``: "pending", "succeeded", "failed", "refunded"; ``qr`` for providers that
    are paid by scanning, until ``expires_utc``; ``number`` is ours as the provider's app shows it,
    ``transaction`` the provider's own. ``unanswered``: the provider does not answer just now, so
    nothing is known; who pays again pays twice."""

    provider: Word
    state: Word
    fen: Sum
    qr: Annotated[str, Meta(max_length=4096)] | None = None
    number: Word = ""
    transaction: Word | None = None
    expires_utc: Utc | None = None
    unanswered: bool = False
    paid_utc: Utc | None = None


class RefundView(Value, frozen=True, kw_only=True):
    """Money on its way back. ``state``: "pending", "processing", "done", "abnormal" (it cannot
    reach the payer: the shop has to help), "closed" (replaced by another)."""

    provider: Word
    fen: Sum
    state: Word
    number: Word
    utc: Utc
    done_utc: Utc | None = None


class Order(Result, frozen=True, kw_only=True):
    """An order, whole; the highest ``version`` is the truth. Times in ms, sums in fen."""

    order: Id
    version: Count
    state: OrderState
    shop: Id
    shop_name: Name
    responder: Id | None  # asked for, or (from open on) who answers
    responder_name: Name | None
    offer: Id
    minutes: Minutes
    mode: Mode
    price_fen: Sum
    extensions_fen: Sum
    extended_minutes: Minutes
    refund_fen: Sum
    given_back_ms: Millis
    terms: TermsView
    practice: bool
    created_utc: Utc
    trial: bool = False
    payment: PaymentView | None = None
    refunds: Annotated[list[RefundView], Meta(max_length=64)] = []
    queue_ahead: Count | None = None
    estimate_ms: Millis | None = None
    answer_by_ms: Millis | None = None  # time left for somebody to accept, at sending
    session: Id | None = None
    opened_utc: Utc | None = None
    closed_utc: Utc | None = None
    closed_reason: Word | None = None
    reviewed: bool = False
    movements: Annotated[list[Movement], Meta(max_length=1024)] = []
    invoice: Prose = ""  # how the shop says to ask for one
    plan: Sha256 | None = None  # the hash of the tester's plan under which it was bought


class OrderChanged(Frame, frozen=True, kw_only=True):
    """Pushed to the customer whenever one of their orders changes."""

    order: Order


class Quote(Command, frozen=True, kw_only=True):
    """A price with its terms, held for 10 minutes. ``responder`` null: whoever is free.
    ``plan_secret``: of a plan that was registered, under which the order then stands. ``card``: shown
    to whoever the order is offered to."""

    shop: Id
    offer: Id
    responder: Id | None = None
    plan_secret: Sha256 | None = None
    card: CustomerCard | None = None


class Pay(Command, frozen=True, kw_only=True):
    """Pays a quote, or pays an order another way: the first way is called off before. The outcome
    comes later, as ``order_changed``. ``price_fen`` is what the customer was shown: another sum is
    ``price_changed`` and moves nothing."""

    order: Id
    provider: Word
    price_fen: Sum


class CancelOrder(Command, frozen=True, kw_only=True):
    """Drops a quote, or leaves the queue: the whole sum comes back."""

    order: Id


class ListOrders(Request, frozen=True, kw_only=True):
    """The customer's orders, newest first."""

    cursor: Cursor | None = None
    limit: Count = 50


class Orders(Result, frozen=True, kw_only=True):
    orders: Annotated[list[Order], Meta(max_length=LIST_ITEMS)]
    cursor: Cursor | None = None


class GetOrder(Request, frozen=True, kw_only=True):
    order: Id
