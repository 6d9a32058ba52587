"""Orders and money: integer fen, every state with a way out."""

from enum import StrEnum

from .catalogue import Mode, TermsView
from .frame import Command, Frame, Request, Result, Value, Whole


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


class Movement(Value, frozen=True, kw_only=True):
    """One movement of the customer's money: ``what`` is "payment", "extension" or "refund";
    ``fen`` is negative where it left the customer."""

    what: str
    fen: Whole
    utc: str


class PaymentView(Value, frozen=True, kw_only=True):
    """A payment under way. ``state``: "pending", "succeeded", "failed"; ``qr`` for providers
    that are paid by scanning."""

    provider: str
    state: str
    fen: Whole
    qr: str | None = None


class Order(Result, frozen=True, kw_only=True):
    """An order, whole; the highest ``version`` is the truth. Times in ms, sums in fen."""

    order: str
    version: Whole
    state: OrderState
    shop: str
    shop_name: str
    responder: str | None  # asked for, or (from open on) who answers
    responder_name: str | None
    offer: str
    minutes: Whole
    mode: Mode
    price_fen: Whole
    extensions_fen: Whole
    extended_minutes: Whole
    refund_fen: Whole
    given_back_ms: Whole
    terms: TermsView
    practice: bool
    created_utc: str
    trial: bool = False
    payment: PaymentView | None = None
    queue_ahead: Whole | None = None
    estimate_ms: Whole | None = None
    answer_by_ms: Whole | None = None  # time left for somebody to accept, at sending
    session: str | None = None
    opened_utc: str | None = None
    closed_utc: str | None = None
    closed_reason: str | None = None
    reviewed: bool = False
    movements: list[Movement] = []
    plan: str | None = None  # the hash of the tester's plan under which it was bought


class OrderChanged(Frame, frozen=True, kw_only=True):
    """Pushed to the customer whenever one of their orders changes."""

    order: Order


class Quote(Command, frozen=True, kw_only=True):
    """A price with its terms, held for 10 minutes. ``responder`` null: whoever is free.
    ``plan_secret``: of a plan that was registered, under which the order then stands."""

    shop: str
    offer: str
    responder: str | None = None
    plan_secret: str | None = None


class Pay(Command, frozen=True, kw_only=True):
    """Pays a quote. The outcome comes later, as ``order_changed``. ``price_fen`` is what the
    customer was shown: another sum is ``price_changed`` and moves nothing."""

    order: str
    provider: str
    price_fen: Whole


class CancelOrder(Command, frozen=True, kw_only=True):
    """Drops a quote, or leaves the queue: the whole sum comes back."""

    order: str


class ListOrders(Request, frozen=True, kw_only=True):
    """The customer's orders, newest first."""

    cursor: str | None = None
    limit: Whole = 50


class Orders(Result, frozen=True, kw_only=True):
    orders: list[Order]
    cursor: str | None = None


class GetOrder(Request, frozen=True, kw_only=True):
    order: str
