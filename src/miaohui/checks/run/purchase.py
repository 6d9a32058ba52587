"""One purchase, made once however often it is begun: its ids are on disk before it is asked for.

A relay answers the same id of the same account with the first answer, for good; so a run that was
killed in between says the same two things again, and looks where the order stands by now.
"""

from collections.abc import Callable
from dataclasses import dataclass

from miaohui.checks.record.course import Course
from miaohui.checks.record.events import AnyEvent, Bought, Buying
from miaohui.checks.record.standing import Budget
from miaohui.checks.run.account import GaveUp, TestAccount
from miaohui.client.port import Refused
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, GetOrder, Order, OrderState, Pay, Quote

PROVIDER = "practice"
UNPAID = frozenset({OrderState.QUOTED, OrderState.AWAITING_PAYMENT})
WITHOUT_SESSION = frozenset(
    {OrderState.DECLINED, OrderState.NO_SHOW, OrderState.REFUNDED, OrderState.VOID}
)
# The relay's codes that have a reason of their own in the run's journal.
REASONS: dict[str, str] = {
    Code.SHOP_CLOSED: "nobody_on_duty",
    Code.NOBODY_FREE: "nobody_on_duty",
    Code.PRICE_CHANGED: "price_changed",
    Code.NOT_FOUND: "no_offer",
    Code.TRIAL_USED: "no_offer",
    Code.BANNED: "banned",
    Code.QUOTE_EXPIRED: "late",
}


@dataclass(frozen=True, slots=True)
class NotBought:
    """Nothing was paid, and why."""

    reason: str


class Purchase:
    """Buys one slot's session. ``write`` returns when the event is on disk."""

    def __init__(
        self,
        course: Course,
        account: TestAccount,
        budget: Budget,
        clock: Clock,
        write: Callable[[AnyEvent], None],
        give_up: Callable[[], bool],
        plan_secret: str,
    ) -> None:
        self._course, self._account, self._budget = course, account, budget
        self._clock, self._write, self._give_up = clock, write, give_up
        self._plan_secret = plan_secret

    async def make(self) -> Order | NotBought:
        """The paid order. GaveUp where the run stops in between: the next one goes on here."""
        slot, course = self._course.slot, self._course
        if course.buying is None:
            # Looking and reserving are one step: no other session's purchase can come between.
            if not self._budget.may(slot.price_fen):
                return NotBought("budget")
            client = self._account.client
            self._write(
                Buying(
                    utc_ms=self._clock.utc_ms(),
                    slot=slot.slot,
                    quote_id=client.new_id(),
                    pay_id=client.new_id(),
                    price_fen=slot.price_fen,
                )
            )
        try:
            return await self._buy()
        except Refused as refused:
            return NotBought(REASONS.get(refused.code, refused.code))

    async def _buy(self) -> Order | NotBought:
        slot, buying = self._course.slot, self._course.buying
        assert buying is not None
        quote = await self._ask_order(
            Quote(
                id=buying.quote_id,
                shop=slot.shop,
                offer=slot.offer,
                responder=slot.responder,
                plan_secret=self._plan_secret,
            )
        )
        if quote.price_fen != buying.price_fen:
            await self.cancel(quote.order)
            return NotBought("price_changed")
        order = await self._pay(quote, buying)
        await self._account.until(
            lambda: self.state(order) not in UNPAID or self._give_up() or self._account.banned
        )
        order = self.newest(order)
        if order.state in UNPAID:
            raise GaveUp
        if order.state is OrderState.VOID:
            return NotBought("payment_failed")
        self._write(
            Bought(
                utc_ms=self._clock.utc_ms(),
                slot=slot.slot,
                order=order.order,
                price_fen=buying.price_fen,
            )
        )
        return order

    async def _pay(self, quote: Order, buying: Buying) -> Order:
        """A quote that ran out between a crash and now was either paid, or never will be."""
        try:
            return await self._ask_order(
                Pay(
                    id=buying.pay_id,
                    order=quote.order,
                    provider=PROVIDER,
                    price_fen=buying.price_fen,
                )
            )
        except Refused as refused:
            if refused.code != Code.WRONG_STATE:
                raise
            return await self._look(quote.order)

    async def _look(self, order: str) -> Order:
        return await self._ask_order(GetOrder(id=self._account.client.new_id(), order=order))

    async def find(self, order: str) -> Order:
        """An order that was bought before, as it stands."""
        return self.newest(await self._look(order))

    async def cancel(self, order: str) -> None:
        """Leaves the queue (or drops a quote): the whole sum comes back. What is open already,
        or over, stays as it is."""
        try:
            await self._account.ask(
                CancelOrder(id=self._account.client.new_id(), order=order), self._give_up
            )
        except Refused as refused:
            if refused.code not in (Code.WRONG_STATE, Code.NOT_FOUND, Code.BANNED):
                raise

    async def _ask_order(self, request: Quote | Pay | GetOrder) -> Order:
        found = await self._account.ask(request, self._give_up)
        if not isinstance(found, Order):
            raise Refused(Code.BAD_FRAME)
        return found

    def newest(self, order: Order) -> Order:
        """The highest version is the truth."""
        known = [each for each in self._account.client.view.orders if each.order == order.order]
        return max([order, *known], key=lambda each: each.version)

    def state(self, order: Order) -> OrderState:
        return self.newest(order).state


def paid_back(order: Order) -> int:
    """The part of an order's price that has come back, in fen: what was promised does not count."""
    return sum(each.fen for each in order.movements if each.what == "refund")
