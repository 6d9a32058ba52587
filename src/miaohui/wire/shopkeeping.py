"""What a shop's owner may change over the wire."""

from typing import Annotated

from msgspec import Meta

from .bounds import Id, Minutes, Prose, Secret, Sum, Word
from .catalogue import Mode
from .frame import Command, Result


class UpdateShop(Command, frozen=True, kw_only=True):
    """Owners only; a field left null stays as it is. ``open_hours``: "HH:MM-HH:MM"."""

    about: Prose | None = None
    tags: Annotated[list[Word], Meta(max_length=64)] | None = None
    open_hours: Word | None = None


class PutOffer(Command, frozen=True, kw_only=True):
    """Makes an offer, or replaces the one named; orders already quoted keep their price."""

    minutes: Minutes
    price_fen: Sum
    mode: Mode = "text"
    trial: bool = False
    offer: Id | None = None


class DropOffer(Command, frozen=True, kw_only=True):
    offer: Id


class CloseShop(Command, frozen=True, kw_only=True):
    """Takes every offer and open invitation back, voids quotes that nobody paid, and sends everybody
    off duty; no list has the shop any more. Sessions that run go on to their end; what is paid and
    nobody has taken goes back whole. A new offer opens the shop again."""


class InviteResponder(Command, frozen=True, kw_only=True):
    """A one-time invitation into the owner's shop."""


class Invitation(Result, frozen=True, kw_only=True):
    """``invite`` goes into ``sign_up``; good for 7 days, once."""

    invite: Secret
