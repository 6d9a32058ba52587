"""The owner's view of a shop: times, figures and sums, never the words of a chat."""

from typing import Annotated, Literal

from msgspec import Meta

from .bounds import Count, Id, Millis, Minutes, Name, Sum, Utc, Word
from .catalogue import Measured, Person
from .frame import Request, Result, Value

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
    null: nobody on duty. ``open_hours``: today's, empty where the shop is closed today. Sums since midnight: ``earned_fen`` of sessions that ended, ``refunded_fen``
    of all orders, ``held_fen`` paid for orders that are not over yet."""

    name: Name
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
