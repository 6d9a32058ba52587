"""The owner's view of a shop: times, figures and sums, never the words of a chat."""

from typing import Annotated, Literal

from msgspec import Meta

from .bounds import (
    Count,
    Cursor,
    Day,
    Hour,
    Id,
    Millis,
    Minutes,
    Name,
    Offset,
    Prose,
    Sum,
    Utc,
    Word,
)
from .catalogue import CardsKept, Measured, Person, ReviewView
from .frame import Command, Request, Result, Value
from .limits import LIST_ITEMS
from .reports import ReportCategory, Verdict

ListSize = Meta(max_length=256)


class GetShopDay(Request, frozen=True, kw_only=True):
    """Owners only: the shop as it is at this moment, and since its local midnight."""


class DutyLine(Value, frozen=True, kw_only=True):
    """One of the shop's people. ``last_hour``: their waits that began in the last 60 minutes, those
    of sessions still open among them; ``today``: since midnight."""

    person: Person
    last_hour: Measured
    today: Measured


class RunningSession(Value, frozen=True, kw_only=True):
    """A session that runs. ``mark``: four characters for its customer, the same for as long as it
    runs, and no name; ``wait_ms``: the oldest unanswered question's wait, by the promise's clock."""

    session: Id
    responder: Id
    responder_name: Name
    mark: Word
    state: Literal["waiting", "active", "paused", "closing"]
    left_ms: Millis
    wait_ms: Millis | None = None
    breached: bool = False
    kept: Count = 0
    breaches: Count = 0


class QueuedOrder(Value, frozen=True, kw_only=True):
    """An order that nobody has taken yet. ``offered_to``: before whom it lies now."""

    minutes: Minutes
    waited_ms: Millis
    asked_name: Name | None = None
    offered_to: Name | None = None


class BreachNote(Value, frozen=True, kw_only=True):
    """A turn past the promise. ``open``: nobody has answered it yet."""

    utc: Utc
    responder_name: Name
    mark: Word
    wait_ms: Millis
    open: bool = False


class ShopDay(Result, frozen=True, kw_only=True):
    """``places``: conversations that the people on duty can hold together; where more than these
    run or wait the shop is ``overloaded``. ``estimate_ms``: what a customer who comes now is told;
    null: nobody on duty. ``open_hours``: today's, empty where the shop is closed today. Sums since
    midnight by the shop's clock, which is ``utc_offset_min`` ahead of UTC now: ``earned_fen`` of
    sessions that ended, ``refunded_fen`` of all orders, ``held_fen`` paid for orders that are not
    over yet."""

    name: Name
    utc_offset_min: Offset
    open_hours: Word
    people: Annotated[list[DutyLine], ListSize]
    running: Annotated[list[RunningSession], ListSize]
    queue: Annotated[list[QueuedOrder], ListSize]
    breaches: Annotated[list[BreachNote], Meta(max_length=32)]
    today: Measured
    places: Count
    running_count: Count
    queue_count: Count
    overloaded: bool
    estimate_ms: Millis | None
    longest_wait_ms: Millis | None
    earned_fen: Sum
    refunded_fen: Sum
    held_fen: Sum
    refunds_stuck: Count
    since_utc: Utc


class GetShopPeople(Request, frozen=True, kw_only=True):
    """Owners only: who answers in the shop, and which invitations are open."""


class OpenInvitation(Value, frozen=True, kw_only=True):
    """An invitation that nobody has used. ``invitation`` names it and is not the secret."""

    invitation: Id
    role: Word
    by_host: bool
    created_utc: Utc
    expires_utc: Utc


class ShopPeople(Result, frozen=True, kw_only=True):
    people: Annotated[list[Person], ListSize]
    invitations: Annotated[list[OpenInvitation], ListSize]


class DropInvitation(Command, frozen=True, kw_only=True):
    """Withdraws one of a responder; the host's own, and an owner's, only the host withdraws."""

    invitation: Id


class LetGo(Command, frozen=True, kw_only=True):
    """A responder leaves the shop: signed out everywhere, a customer from then on. Refused while an
    order of theirs is open (``wrong_state``)."""

    responder: Id


class GetShopFigures(Request, frozen=True, kw_only=True):
    """Owners only: the figures of the last ``days`` (1 to 30), whole and in parts."""

    days: Annotated[int, Meta(ge=1, le=30)] = 30


class PersonFigures(Value, frozen=True, kw_only=True):
    responder: Id
    name: Name
    measured: Measured


class HourFigures(Value, frozen=True, kw_only=True):
    """Of the waits that began in one hour of the day, by the shop's clock."""

    hour: Hour
    measured: Measured


class ModeFigures(Value, frozen=True, kw_only=True):
    mode: Word
    measured: Measured


class ShopFigures(Result, frozen=True, kw_only=True):
    """``people`` with the most turns first; ``hours``: those in which something was measured."""

    days: Count
    measured: Measured
    people: Annotated[list[PersonFigures], ListSize]
    hours: Annotated[list[HourFigures], Meta(max_length=24)]
    modes: Annotated[list[ModeFigures], Meta(max_length=8)]
    cards_kept: CardsKept | None = None


class GetShopMoney(Request, frozen=True, kw_only=True):
    """Owners only: what was paid and given back from one day to another, both among them, by the
    shop's clock; at most 366 days. ``cursor``: from the page before."""

    first: Day
    last: Day
    cursor: Cursor | None = None


class MoneyLine(Value, frozen=True, kw_only=True):
    """One movement at a provider. ``fen`` is negative where it left the shop; ``fee_fen``: the
    provider's, where it said so. ``state``: of a payment "succeeded" or "refunded", of a refund
    "pending", "processing", "done" or "abnormal"."""

    utc: Utc
    order: Id
    kind: Literal["payment", "extension", "refund"]
    provider: Word
    number: Word
    transaction: Word = ""
    fen: Sum
    fee_fen: Sum | None = None
    state: Word
    done_utc: Utc | None = None


class ProviderSums(Value, frozen=True, kw_only=True):
    """One provider's part: ``refunding_fen`` has not reached its payers yet."""

    provider: Word
    payments: Count
    paid_fen: Sum
    refunds: Count
    refunded_fen: Sum
    refunding_fen: Sum
    stuck_fen: Sum
    fee_fen: Sum


class ShopMoney(Result, frozen=True, kw_only=True):
    """``earned_fen``: of sessions that ended between the days; ``held_fen``: paid for orders that are
    not over now. Sums stand on the first page alone; ``lines`` with the newest first."""

    providers: Annotated[list[ProviderSums], Meta(max_length=8)] = []
    earned_fen: Sum = 0
    sessions: Count = 0
    held_fen: Sum = 0
    lines: Annotated[list[MoneyLine], Meta(max_length=256)]
    cursor: Cursor | None = None


class GetShopReviews(Request, frozen=True, kw_only=True):
    """Owners only: the reviews, newest first; on the first page the complaints that the host has
    decided, too. ``cursor``: from the page before."""

    cursor: Cursor | None = None


class OwnReview(Value, frozen=True, kw_only=True):
    """A review with the figures of its session, as they were measured."""

    session: Id
    review: ReviewView
    measured: Measured


class ComplaintView(Value, frozen=True, kw_only=True):
    """A customer's report on one of the shop's people, once the host has decided it: never its words,
    nor who wrote it. ``reason`` is the host's."""

    session: Id
    category: ReportCategory
    verdict: Verdict
    reason: Prose
    decided_utc: Utc
    appealed: bool
    responder_name: Name
    measured: Measured


class ShopReviews(Result, frozen=True, kw_only=True):
    reviews: Annotated[list[OwnReview], Meta(max_length=LIST_ITEMS)]
    complaints: Annotated[list[ComplaintView], Meta(max_length=64)] = []
    cursor: Cursor | None = None


class ReplyToReview(Command, frozen=True, kw_only=True):
    """The shop's answer, shown below the review; another one replaces it, an empty one takes it
    back."""

    session: Id
    text: Prose
