"""Payment providers: what the relay asks of one, whoever pays by whatever.

The shape fits payments by QR code: an intent is created under our own number, its outcome comes
later or never, so it is asked for; refunds are idempotent by our own number; a provider's notice
is only a hint to ask, and is refused when it is old or not signed.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

NOTICE_MAX_AGE_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Intent:
    """A sum that a customer is to pay. ``number`` is ours, unique, the same at every try."""

    number: str
    payer: str
    fen: int
    subject: str


@dataclass(frozen=True, slots=True)
class Created:
    """The provider knows the intent; ``qr`` is what the customer scans, where there is one."""

    qr: str | None = None


class PaymentOutcome(StrEnum):
    """The end of an intent."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """A provider's own word on an intent; ``fen`` is what was really paid. ``payer``: whose money
    it was, opaque and the same at every payment, where the provider tells."""

    outcome: PaymentOutcome
    fen: int
    payer: str | None = None


class ProviderDown(Exception):
    """The provider gave no answer: nothing is known, ask again later."""


class PaymentProvider(Protocol):
    """Every method may be repeated with the same numbers and then changes nothing more."""

    name: str

    async def create(self, intent: Intent) -> Created: ...

    async def poll(self, number: str) -> Status:
        """The truth about an intent; FAILED for one that was never created."""
        ...

    async def cancel(self, number: str) -> Status:
        """No payment is taken from now on; the answer tells whether one was already."""
        ...

    async def refund(self, number: str, intent: str, fen: int) -> None:
        """Pays ``fen`` of an intent back, once for each ``number``."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    """A provider's post that something happened: only a reason to poll."""

    number: str
    utc_ms: int
    body: bytes
    signature: str


def sign_notice(key: bytes, number: str, utc_ms: int, body: bytes) -> str:
    """HMAC-SHA-256 over time, number and body."""
    head = f"{utc_ms}\n{number}\n".encode()
    return hmac.new(key, head + body, hashlib.sha256).hexdigest()


def check_notice(key: bytes, notice: ProviderNotice, now_ms: int) -> str:
    """The number to poll; Refused where the notice is not signed with the key, or is old."""
    expected = sign_notice(key, notice.number, notice.utc_ms, notice.body)
    if not hmac.compare_digest(expected, notice.signature):
        raise Refused(Code.NOT_ALLOWED, "signature")
    if abs(now_ms - notice.utc_ms) > NOTICE_MAX_AGE_MS:
        raise Refused(Code.TOO_LATE, "notice")
    return notice.number
