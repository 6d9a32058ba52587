"""Stripe, for hosts outside China: a Checkout page by link or code, by the official library.

The same idempotency key gives the same page again, so our number finds it; what Stripe says of it is
fetched afresh each time. Direct charges: with ``shops`` each page belongs to the shop's own connected
account, and no money passes through the host's.
"""

import contextlib
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import stripe

from miaohui.relay.money.accounts import ShopAccounts
from miaohui.relay.money.payments import (
    NOTICE_MAX_AGE_MS,
    Created,
    Heard,
    Intent,
    PaymentOutcome,
    ProviderDown,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code

log = logging.getLogger(__name__)
T = TypeVar("T")
API = "https://api.stripe.com"
TIMEOUT_S = 10.0
OPEN_MS = 31 * 60_000  # Stripe takes no shorter end than 30 minutes; we call off before
REFUNDS: Mapping[str, RefundState] = {
    "pending": RefundState.PROCESSING,
    "requires_action": RefundState.ABNORMAL,
    "succeeded": RefundState.DONE,
    "failed": RefundState.CLOSED,
    "canceled": RefundState.CLOSED,
}


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """An account's key; ``webhook_secret`` "" where no notices are heard."""

    key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    currency: str = "cny"
    return_url: str = "https://stripe.com"  # where the page leads once it was paid
    gateway: str = API


class StripeProvider:
    """A PaymentProvider. ``transport``: how it reaches the API, where not by the network."""

    name = "stripe"

    def __init__(
        self,
        keys: StripeKeys,
        accounts: ShopAccounts,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._keys = keys
        self._accounts = accounts
        self._clock = clock
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_S)
        if transport is not None:
            self._http._client_async = httpx.AsyncClient(transport=transport)
        self._api = stripe.StripeClient(
            keys.key,
            base_addresses={"api": keys.gateway},
            http_client=self._http,
            max_network_retries=0,
        ).v1

    def serves(self, shop: str) -> bool:
        return self._accounts.serves(shop)

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    # --- payments ----------------------------------------------------------------------------
    async def create(self, intent: Intent) -> Created:
        page = await self._page(intent)
        return Created(None if page is None else page.url)

    async def poll(self, intent: Intent) -> Status:
        page = await self._page(intent)
        return Status(PaymentOutcome.ABSENT, 0) if page is None else self._told(intent, page)

    async def cancel(self, intent: Intent) -> Status:
        page = await self._page(intent)
        if page is None:
            return Status(PaymentOutcome.ABSENT, 0)
        if page.status == "open":
            with contextlib.suppress(Refused):  # somebody was faster: the next question tells
                await self._ask(
                    self._api.checkout.sessions.expire_async(page.id, {}, self._options(intent))
                )
            page = await self._fetch(intent, page.id)
        told = self._told(intent, page)
        if told.outcome is PaymentOutcome.PENDING:
            raise ProviderDown
        return told

    async def _page(self, intent: Intent) -> Any:
        """The page as it stands now; None where it can never have been made."""
        try:
            made = await self._ask(
                self._api.checkout.sessions.create_async(
                    {
                        "mode": "payment",
                        "client_reference_id": intent.trade,
                        "metadata": {"number": intent.trade},
                        "payment_intent_data": {"metadata": {"number": intent.trade}},
                        "line_items": [
                            {
                                "quantity": 1,
                                "price_data": {
                                    "currency": self._keys.currency,
                                    "unit_amount": intent.fen,
                                    "product_data": {"name": f"Miaohui {intent.trade[-8:]}"},
                                },
                            }
                        ],
                        "expires_at": (intent.expires_ms + OPEN_MS) // 1000,
                        "success_url": self._keys.return_url,
                    },
                    self._options(intent, intent.trade),
                )
            )
        except Refused as refused:
            if refused.detail == "expires_at":
                return None  # too late to make one, and none was made under this key
            raise
        return await self._fetch(intent, made.id)

    async def _fetch(self, intent: Intent, page: str) -> Any:
        return await self._ask(
            self._api.checkout.sessions.retrieve_async(page, {}, self._options(intent))
        )

    def _told(self, intent: Intent, page: Any) -> Status:
        if page.client_reference_id != intent.trade or page.currency != self._keys.currency:
            log.error("Stripe's answer is about another payment")
            raise ProviderDown
        word = f"{page.status}/{page.payment_status}"
        if page.payment_status == "paid":
            customer = page.customer_details
            return Status(
                PaymentOutcome.SUCCEEDED,
                page.amount_total,
                payer=None if customer is None else getattr(customer, "email", None),
                transaction=page.payment_intent,
                payer_fen=page.amount_total,
                merchant=self._accounts.of(intent.shop) or "stripe",
                answer=word,
            )
        # A page that is complete and not paid waits for a slow way of paying.
        closed = page.status == "expired"
        return Status(PaymentOutcome.FAILED if closed else PaymentOutcome.PENDING, 0, answer=word)

    # --- refunds -----------------------------------------------------------------------------
    async def refund(self, repayment: Repayment) -> RefundStatus:
        known = await self._known(repayment)
        if known is not None:
            return known
        page = await self._page(repayment.intent)
        if page is None or page.payment_intent is None:
            raise Refused(Code.PAYMENT_FAILED, "refund")
        try:
            made = await self._ask(
                self._api.refunds.create_async(
                    {
                        "payment_intent": page.payment_intent,
                        "amount": repayment.fen,
                        "metadata": {"number": repayment.trade},
                    },
                    self._options(repayment.intent, repayment.trade),
                )
            )
        except Refused as refused:
            if refused.detail == "balance_insufficient":
                return RefundStatus(RefundState.PENDING, answer=refused.detail)
            raise
        return self._refund_status(repayment, made)

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        return await self._known(repayment) or RefundStatus(RefundState.PENDING)

    async def _known(self, repayment: Repayment) -> RefundStatus | None:
        """Keys are forgotten after a day; the number in the refund itself is not."""
        page = await self._page(repayment.intent)
        if page is None or page.payment_intent is None:
            return None
        listed = await self._ask(
            self._api.refunds.list_async(
                {"payment_intent": page.payment_intent, "limit": 100},
                self._options(repayment.intent),
            )
        )
        for each in listed.data:
            if getattr(each.metadata, "number", None) == repayment.trade:
                return self._refund_status(repayment, each)
        return None

    @staticmethod
    def _refund_status(repayment: Repayment, told: Any) -> RefundStatus:
        state = REFUNDS.get(str(told.status))
        if told.amount != repayment.fen or state is None:
            log.error("Stripe's answer is about another refund")
            raise ProviderDown
        return RefundStatus(state, told.id, str(told.status))

    # --- notices -----------------------------------------------------------------------------
    def read_notice(self, headers: Mapping[str, str], raw: bytes, now_ms: int) -> Heard:
        given = {name.lower(): value for name, value in headers.items()}
        if not self._keys.webhook_secret:
            raise Refused(Code.NOT_ALLOWED, "signature")
        try:
            event = stripe.Webhook.construct_event(
                raw,
                given.get("stripe-signature", ""),
                self._keys.webhook_secret,
                tolerance=NOTICE_MAX_AGE_MS // 1000,
            )
            about = event.data.object
            return Heard(str(event.id)[:64], str(about.metadata.number))
        except (ValueError, AttributeError, KeyError, stripe.SignatureVerificationError):
            raise Refused(Code.NOT_ALLOWED, "signature") from None

    # --- asking ------------------------------------------------------------------------------
    def _options(self, intent: Intent, key: str | None = None) -> Any:
        options: dict[str, str] = {}
        if key is not None:
            options["idempotency_key"] = key
        account = self._accounts.of(intent.shop)
        if account:
            options["stripe_account"] = account
        return options

    async def _ask(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            raise Refused(
                Code.PAYMENT_FAILED, str(getattr(error, "param", None) or error.code or "")[:64]
            ) from None
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            log.error("Stripe refuses our key: %s", type(error).__name__)
            raise Refused(Code.PAYMENT_FAILED, "key") from None
        except stripe.StripeError as error:
            log.warning("Stripe gave no answer: %s", type(error).__name__)
            raise ProviderDown from error
