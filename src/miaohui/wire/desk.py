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
