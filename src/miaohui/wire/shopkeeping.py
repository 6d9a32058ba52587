"""What a shop's owner may change over the wire."""

from typing import Annotated

from msgspec import Meta

from .bounds import Count, Id, Minutes, Name, Prose, Secret, Sum, Word
from .catalogue import Mode, SpecialDay, TermsView
from .frame import Command, Request, Result


class UpdateShop(Command, frozen=True, kw_only=True):
    """Owners only; a field left null stays as it is. ``open_hours``: "HH:MM-HH:MM"; so are those of
    ``special_days``, which replace all that were there. ``terms`` count for orders quoted from now
    on. ``invoice``: how a customer asks for one."""

    name: Name | None = None
    about: Prose | None = None
    tags: Annotated[list[Word], Meta(max_length=64)] | None = None
    open_hours: Word | None = None
    special_days: Annotated[list[SpecialDay], Meta(max_length=64)] | None = None
    terms: TermsView | None = None
    invoice: Prose | None = None


class PutOffer(Command, frozen=True, kw_only=True):
    """Makes an offer, or replaces the one named; orders already quoted keep their price.
    ``most_a_day`` null: as many as are bought."""

    minutes: Minutes
    price_fen: Sum
    mode: Mode = "text"
    trial: bool = False
    offer: Id | None = None
    most_a_day: Count | None = None


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


class PriceTerms(Request, frozen=True, kw_only=True):
    """Owners only: what these terms would have cost over the last 30 days, out of the journals of the
    sessions that ended then. It changes nothing."""

    terms: TermsView


class TermsPriced(Result, frozen=True, kw_only=True):
    """``sessions`` folded anew, of ``of_sessions`` that ended; what they sold for, what went back under
    the terms that each was held under (``really_fen``) and would have gone back under the others
    (``would_fen``). ``late_fen``: the late time given back in kind, at each session's own price."""

    sessions: Count
    of_sessions: Count
    sold_fen: Sum
    really_fen: Sum
    would_fen: Sum
    refunded_sessions: Count
    would_refund_sessions: Count
    late_fen: Sum
    would_late_fen: Sum
    days: Count = 30
