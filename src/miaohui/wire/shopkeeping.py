"""What a shop's owner may change over the wire."""

from .catalogue import Mode
from .frame import Command, Result, Whole


class UpdateShop(Command, frozen=True, kw_only=True):
    """Owners only; a field left null stays as it is. ``open_hours``: "HH:MM-HH:MM"."""

    about: str | None = None
    tags: list[str] | None = None
    open_hours: str | None = None


class PutOffer(Command, frozen=True, kw_only=True):
    """Makes an offer, or replaces the one named; orders already quoted keep their price."""

    minutes: Whole
    price_fen: Whole
    mode: Mode = "text"
    trial: bool = False
    offer: str | None = None


class DropOffer(Command, frozen=True, kw_only=True):
    offer: str


class InviteResponder(Command, frozen=True, kw_only=True):
    """A one-time invitation into the owner's shop."""


class Invitation(Result, frozen=True, kw_only=True):
    """``invite`` goes into ``sign_up``; good for 7 days, once."""

    invite: str
