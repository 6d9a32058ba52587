"""The responder's side: presence, offers, the day's figures."""

from .accounts import Presence
from .catalogue import Measured, Mode
from .frame import Command, Frame, Request, Result, Value, Whole
from .sessions import SessionCard


class SetPresence(Command, frozen=True, kw_only=True):
    """on: takes new sessions; break: not now; off: end of duty. Open sessions go on."""

    state: Presence


class Incoming(Value, frozen=True, kw_only=True):
    """An order waiting for this responder. ``left_ms``: time left to answer, at sending."""

    order: str
    minutes: Whole
    mode: Mode
    customer_name: str
    first_time: bool
    chosen: bool  # the customer asked for this person
    left_ms: Whole


class Desk(Result, frozen=True, kw_only=True):
    """Everything on a responder's desk. ``today``: own figures since local midnight."""

    presence: Presence
    on_since_ms: Whole | None
    capacity: Whole
    incoming: list[Incoming]
    sessions: list[SessionCard]
    today: Measured
    colleagues: list["Colleague"]


class Colleague(Value, frozen=True, kw_only=True):
    """Somebody of the same shop, to hand a conversation to."""

    responder: str
    name: str
    free: bool


class GetDesk(Request, frozen=True, kw_only=True):
    """The desk as it stands."""


class DeskChanged(Frame, frozen=True, kw_only=True):
    """Pushed to a responder whenever anything on the desk changes."""

    desk: Desk


class AcceptOrder(Command, frozen=True, kw_only=True):
    """Opens the session; answered by its ``session_card``."""

    order: str


class DeclineOrder(Command, frozen=True, kw_only=True):
    order: str


class Opened(Result, frozen=True, kw_only=True):
    card: SessionCard
