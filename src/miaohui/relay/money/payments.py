"""Payment providers: what the relay asks of one, whoever pays by whatever.

The shape fits payments by QR code: an intent is created under our own number, its outcome comes
later or never, so it is asked for; refunds are idempotent by our own number and take days; a
provider's notice is only a hint to ask. "No answer" is never "not paid": it is asked again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PAYMENT_OPEN_MS = 15 * 60_000  # longer than anybody needs for scanning a code
NOTICE_MAX_AGE_MS = 5 * 60_000


def trade_number(number: str) -> str:
    """Our number as every provider takes it: 32 digits and letters."""
    return "m" + hashlib.sha256(number.encode()).hexdigest()[:31]


@dataclass(frozen=True, slots=True)
class Intent:
    """A sum that a customer is to pay. ``number`` is ours, unique, the same at every try;
    ``shop``: whose money it will be; ``expires_ms``: it can be paid until then; ``subject``: what
    the customer reads in the provider's app."""

    number: str
    payer: str
    fen: int
    subject: str
    shop: str = ""
    expires_ms: int = 0

    @property
    def trade(self) -> str:
        return trade_number(self.number)


@dataclass(frozen=True, slots=True)
class Created:
    """The provider knows the intent; ``qr`` is what the customer scans, where there is one."""

    qr: str | None = None


class PaymentOutcome(StrEnum):
    """Where an intent stands. REFUNDED: it was paid, and the provider gave the whole back by
    itself. ABSENT: the provider has no such number (yet)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Status:
    """A provider's own word on an intent; ``fen`` is what was really paid. ``payer``: whose money
    it was, opaque and the same at every payment, where the provider tells; ``payer_fen``: what left
    the payer's purse, after the provider's coupons; ``merchant``: the account it went to;
    ``answer``: the provider's own word for the state."""

    outcome: PaymentOutcome
    fen: int
    payer: str | None = None
    transaction: str | None = None
    payer_fen: int | None = None
    paid_ms: int | None = None
    merchant: str | None = None
    fee_fen: int | None = None
    answer: str = ""


class RefundState(StrEnum):
    """A refund's way: noted and not taken by the provider yet, taken, arrived; or ABNORMAL (it
    cannot reach the payer: the shop has to help) or CLOSED (it will never be made)."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    ABNORMAL = "abnormal"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Repayment:
    """``fen`` of a paid intent on its way back, under a number of its own."""

    number: str
    intent: Intent
    fen: int

    @property
    def trade(self) -> str:
        return trade_number(self.number)


@dataclass(frozen=True, slots=True)
class RefundStatus:
    """A provider's own word on a refund. PENDING: it was not taken, ``answer`` says why."""

    state: RefundState
    refund_id: str | None = None
    answer: str = ""


class ProviderDown(Exception):
    """The provider gave no answer that can be trusted: nothing is known, ask again later."""


class BillKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of a provider's daily bill: ``trade`` is our number as the provider knows it."""

    kind: BillKind
    trade: str
    fen: int
    fee_fen: int = 0


class PaymentProvider(Protocol):
    """Every method may be repeated with the same numbers and then changes nothing more. All raise
    ProviderDown for "unknown", and Refused for what is our own fault."""

    name: str

    def serves(self, shop: str) -> bool:
        """Whether money for this shop goes to the shop's own account."""
        ...

    async def create(self, intent: Intent) -> Created: ...

    async def poll(self, intent: Intent) -> Status:
        """The truth about an intent."""
        ...

    async def cancel(self, intent: Intent) -> Status:
        """No payment is taken from now on; the answer tells whether one was already. It is never
        PENDING."""
        ...

    async def refund(self, repayment: Repayment) -> RefundStatus:
        """Asks for a refund, once for each number."""
        ...

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        """The truth about a refund; PENDING for one that the provider does not know."""
        ...


class NoticeReader(Protocol):
    """A provider that posts notices."""

    def read_notice(self, headers: Mapping[str, str], raw: bytes, now_ms: int) -> "Heard":
        """What the notice is about; Refused where it is old, not signed, or somebody else's."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A provider's post that something happened: only a reason to poll. ``id`` is the same where it
    is sent again; ``reply`` is what the provider wants to hear."""

    id: str
    trade: str
    reply: bytes = b""


class Billing(Protocol):
    """A provider that tells what it booked on a day (``2026-08-19``, in Beijing)."""

    async def bill(self, day: str) -> list[BillRow]: ...
