"""The responder's side: presence, offers, the day's figures."""

from typing import Annotated

from msgspec import Meta

from .accounts import Presence
from .bounds import Count, Id, Millis, Minutes, Name
from .catalogue import CardsKept, Measured, Mode
from .frame import Command, Frame, Request, Result, Value
from .orders import CustomerCard
from .sessions import SessionCard


class SetPresence(Command, frozen=True, kw_only=True):
    """on: takes new sessions; break: not now; off: end of duty. Open sessions go on."""

    state: Presence


class Incoming(Value, frozen=True, kw_only=True):
    """An order waiting for this responder. ``left_ms``: time left to answer, at sending."""

    order: Id
    minutes: Minutes
    mode: Mode
    customer_name: Name
    first_time: bool
    chosen: bool  # the customer asked for this person
    left_ms: Millis
    card: CustomerCard | None = None


class HandoverOffer(Value, frozen=True, kw_only=True):
    """A colleague's conversation that waits for this responder's yes or no. ``left_ms``: time left
    to answer, at sending; ``paid_left_ms``: of the conversation; ``card``: the customer's own;
    ``asks``: the questions without an answer, oldest first ("": a picture), cut where they are
    long, the newest at most; ``wait_ms``: since when the oldest waits; null: none is open."""

    session: Id
    giver: Name
    customer_name: Name
    left_ms: Millis
    paid_left_ms: Millis
    card: CustomerCard | None = None
    asks: Annotated[list[Annotated[str, Meta(max_length=400)]], Meta(max_length=8)] = []
    wait_ms: Millis | None = None


class HandingOver(Value, frozen=True, kw_only=True):
    """An own conversation that was offered to a colleague. ``to``: who has it before them now;
    null: nobody took it, and it stays. ``left_ms``: time left to answer, at sending."""

    session: Id
    to: Name | None
    left_ms: Millis = 0


class Desk(Result, frozen=True, kw_only=True):
    """Everything on a responder's desk. ``today``: own figures since local midnight;
    ``cards_kept``: their own."""

    presence: Presence
    on_since_ms: Millis | None
    capacity: Count
    incoming: Annotated[list[Incoming], Meta(max_length=256)]
    sessions: Annotated[list[SessionCard], Meta(max_length=256)]
    today: Measured
    colleagues: Annotated[list["Colleague"], Meta(max_length=256)]
    cards_kept: CardsKept | None = None
    handover_offers: Annotated[list[HandoverOffer], Meta(max_length=64)] = []
    handing_over: Annotated[list[HandingOver], Meta(max_length=64)] = []


class Colleague(Value, frozen=True, kw_only=True):
    """Somebody of the same shop, to hand a conversation to."""

    responder: Id
    name: Name
    free: bool


class GetDesk(Request, frozen=True, kw_only=True):
    """The desk as it stands."""


class DeskChanged(Frame, frozen=True, kw_only=True):
    """Pushed to a responder whenever anything on the desk changes."""

    desk: Desk


class AcceptOrder(Command, frozen=True, kw_only=True):
    """Opens the session; the answer bears its card."""

    order: Id


class DeclineOrder(Command, frozen=True, kw_only=True):
    order: Id


class Opened(Result, frozen=True, kw_only=True):
    card: SessionCard
