"""A payment provider whose customers are the test: it is paid, fails or is down when told."""

import asyncio
from collections import Counter

from miaohui.relay.money.payments import (
    Created,
    Intent,
    PaymentOutcome,
    ProviderDown,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code


class Till:
    """A PaymentProvider in memory. ``asked`` and ``cancelled`` are numbers in the order in which
    they came; ``refunded`` is by our own refund number: (payment, fen)."""

    name = "till"

    def __init__(self, *, qr: bool = False) -> None:
        self.asked: list[Intent] = []
        self.cancelled: list[str] = []
        self.refunded: dict[str, tuple[str, int]] = {}
        self.outcomes: dict[str, Status] = {}
        self.looks: Counter[str] = Counter()
        self.unanswered = 0
        self.refuses: set[str] = set()
        self.refunds: dict[str, RefundStatus] = {}  # what is said of one; done where nothing is
        self.paid_at_the_last_moment: dict[str, int] = {}
        self.doors: dict[str, asyncio.Event] = {}
        self._qr = qr
        self._news = asyncio.Event()

    # --- the test's side ---------------------------------------------------------------------
    def pay(self, number: str, fen: int) -> None:
        self.outcomes[number] = Status(PaymentOutcome.SUCCEEDED, fen)

    def fail(self, number: str) -> None:
        self.outcomes[number] = Status(PaymentOutcome.FAILED, 0)

    def be_down(self, times: int) -> None:
        """For so many calls."""
        self.unanswered = times

    def hold(self, number: str) -> asyncio.Event:
        """What is asked for under this number stays at the door until the event is set."""
        return self.doors.setdefault(number, asyncio.Event())

    async def asked_for(self, number: str) -> Intent:
        while True:
            for intent in self.asked:
                if intent.number == number:
                    return intent
            await self._next()

    async def looked_at(self, number: str, times: int) -> None:
        while self.looks[number] < times:
            await self._next()

    async def paid_back(self, refunds: int) -> dict[str, tuple[str, int]]:
        while len(self.refunded) < refunds:
            await self._next()
        return self.refunded

    async def _next(self) -> None:
        self._news.clear()
        async with asyncio.timeout(10):
            await self._news.wait()

    # --- the relay's side --------------------------------------------------------------------
    def _answer(self) -> None:
        self._news.set()
        if self.unanswered:
            self.unanswered -= 1
            raise ProviderDown

    def serves(self, shop: str) -> bool:
        return True

    async def create(self, intent: Intent) -> Created:
        self._answer()
        self.asked.append(intent)
        if intent.number in self.doors:
            await self.doors[intent.number].wait()
        return Created(qr=f"till:{intent.number}" if self._qr else None)

    async def poll(self, intent: Intent) -> Status:
        number = intent.number
        self.looks[number] += 1
        self._answer()
        return self.outcomes.get(number, Status(PaymentOutcome.PENDING, 0))

    async def cancel(self, intent: Intent) -> Status:
        number = intent.number
        self._answer()
        self.cancelled.append(number)
        if number in self.paid_at_the_last_moment:
            self.pay(number, self.paid_at_the_last_moment[number])
        return self.outcomes.setdefault(number, Status(PaymentOutcome.FAILED, 0))

    async def refund(self, repayment: Repayment) -> RefundStatus:
        self._answer()
        number, paid = repayment.number, (repayment.intent.number, repayment.fen)
        if number in self.refuses:
            raise Refused(Code.PAYMENT_FAILED, "refund")
        if self.refunded.setdefault(number, paid) != paid:
            raise Refused(Code.PAYMENT_FAILED, "number")
        self._news.set()
        return self.refunds.get(number, RefundStatus(RefundState.DONE))

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        self._answer()
        return self.refunds.get(repayment.number, RefundStatus(RefundState.DONE))
