"""Providers between order and money: asked once, insisted on while down, called off in time."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import EVENING, HandClock, House, fresh, open_house
from tests.relay.money.till import Till

from miaohui.relay.money import ledger, orderbook
from miaohui.relay.money.cashier import ABNORMAL_MS, REFUND_ASKS_MS, Cashier
from miaohui.relay.money.payments import (
    PAYMENT_OPEN_MS,
    Intent,
    PaymentOutcome,
    PaymentProvider,
    RefundState,
    RefundStatus,
    Status,
)
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.orders.checkout import book_payment_in, payment_number
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage.store import Store
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, GetOrder, Order, OrderState, Pay


def play(data: Path, till: Till, story: Callable[[House], Coroutine[Any, Any, None]]) -> None:
    clock = HandClock()

    def providers(store: Store) -> list[PaymentProvider]:
        return [PracticeProvider(store, clock, takes_ms=0), till]

    async def whole() -> None:
        async with open_house(data, clock, providers) as house:
            await house.responder("yun")
            await story(house)
            assert await house.store.read(ledger.audit_in) == []

    asyncio.run(whole())


async def pay(house: House, customer: Caller, provider: str = "till") -> tuple[str, str]:
    """The order, and its payment's number."""
    quoted = await house.quote(customer)
    asked = Pay(id=fresh(), order=quoted.order, provider=provider, price_fen=5000)
    await house.ask(customer, asked)
    return quoted.order, payment_number(quoted.order)


async def shown(house: House, customer: Caller, order: str) -> Order:
    return await house.want(Order, customer, GetOrder(id=fresh(), order=order))


def brief(order: Order) -> tuple[str, str, int, str | None]:
    """Its payment."""
    made = order.payment
    assert made is not None
    return made.provider, made.state, made.fen, made.qr


def test_a_provider_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        with pytest.raises(Refused) as caught:
            await pay(house, anna, "barter")
        assert (caught.value.code, caught.value.detail) == (Code.PAYMENT_FAILED, "provider")

    play(tmp_path, Till(), story)


def test_a_payment_is_asked_for_once_and_looked_at_until_it_is_decided(tmp_path: Path) -> None:
    till = Till(qr=True)

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.looked_at(number, 4)
        assert brief(await shown(house, anna, order)) == ("till", "pending", 5000, f"till:{number}")
        till.pay(number, 5000)
        await house.queued(order)
        assert till.asked == [
            Intent(number, anna.account, 5000, "晚风小屋", "wan", EVENING + PAYMENT_OPEN_MS)
        ]
        assert brief(await shown(house, anna, order)) == (
            "till",
            "succeeded",
            5000,
            f"till:{number}",
        )
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == -5000

    play(tmp_path, till, story)


def test_a_provider_that_is_down_is_asked_again(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        till.be_down(times=2)
        order, number = await pay(house, anna)
        assert (await till.asked_for(number)).fen == 5000
        till.be_down(times=1)
        await till.looked_at(number, 2)
        assert (await shown(house, anna, order)).state is OrderState.AWAITING_PAYMENT
        till.pay(number, 5000)
        await house.queued(order)
        assert len(till.asked) == 1

    play(tmp_path, till, story)


def test_a_payment_that_fails_voids_its_order(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        till.fail(number)
        void = await house.screens.order(order, OrderState.VOID)
        assert brief(void) == ("till", "failed", 5000, None)
        assert void.movements == []

    play(tmp_path, till, story)


def test_who_leaves_while_the_provider_is_being_asked_is_not_charged(tmp_path: Path) -> None:
    """The payment is called off after it was made, never before: there it would be paid for good."""
    till = Till()

    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        quoted = await house.quote(anna)
        number = payment_number(quoted.order)
        door = till.hold(number)
        asked = Pay(id=fresh(), order=quoted.order, provider="till", price_fen=5000)
        await house.ask(anna, asked)
        await till.asked_for(number)
        leaving = asyncio.gather(house.ask(anna, CancelOrder(id=fresh(), order=quoted.order)))
        # Whoever else pays meanwhile is not held up.
        other, others = await pay(house, ben)
        till.pay(others, 5000)
        await house.queued(other)
        assert await house.value("SELECT state FROM orders WHERE order_id = ?", quoted.order) == (
            "void"
        )
        assert till.cancelled == []
        door.set()
        await leaving
        assert set(till.cancelled) == {number}
        void = await house.screens.order(quoted.order, OrderState.VOID)
        assert brief(void) == ("till", "failed", 5000, None)

    play(tmp_path, till, story)


def test_a_payment_that_succeeds_after_the_customer_left_goes_back(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.asked_for(number)
        till.paid_at_the_last_moment[number] = 5000
        await house.ask(anna, CancelOrder(id=fresh(), order=order))
        back = await house.screens.order(order, OrderState.REFUNDED)
        assert (back.refund_fen, [each.fen for each in back.movements]) == (5000, [-5000, 5000])
        assert await till.paid_back(1) == {f"{number}-r1": (number, 5000)}
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == 0
        # Hearing of it again books nothing more.
        row = await house.store.write(
            lambda conn: book_payment_in(conn, number, Status(PaymentOutcome.SUCCEEDED, 5000), 0)
        )
        assert row.state is OrderState.REFUNDED
        assert await house.value("SELECT count(*) FROM refunds") == 1

    play(tmp_path, till, story)


@pytest.mark.parametrize("paid", [4999, 5001])
def test_a_sum_other_than_the_orders_opens_nothing(tmp_path: Path, paid: int) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        till.pay(number, paid)
        back = await house.screens.order(order, OrderState.REFUNDED)
        assert back.refund_fen == paid
        assert await till.paid_back(1) == {f"{number}-r1": (number, paid)}

    play(tmp_path, till, story)


def test_what_was_called_off_is_not_asked_for_afterwards(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        till.be_down(times=1)  # so that the order is left between two tries
        order, number = await pay(house, anna)
        while till.unanswered:
            await house.value("SELECT 1")
        await house.ask(anna, CancelOrder(id=fresh(), order=order))
        cashier = Cashier(house.store, [till])
        assert await cashier.collect(number) == Status(PaymentOutcome.FAILED, 0)
        assert till.asked == []
        assert set(till.cancelled) == {number}

    play(tmp_path, till, story)


def test_a_refund_is_insisted_on_and_one_that_is_refused_holds_up_no_other(
    tmp_path: Path,
) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        numbers = []
        for _ in range(2):
            order, number = await pay(house, anna)
            till.pay(number, 5000)
            await house.queued(order)
            numbers.append(number)
        # Two refunds that this relay's own cashier does not know of yet.
        first, second = sorted(f"{number}-r1" for number in numbers)
        await house.store.write(
            lambda conn: [orderbook.note_refund_in(conn, number, 5000) for number in numbers]
        )

        async def states() -> list[str]:
            return await house.store.read(
                lambda conn: [
                    row[0] for row in conn.execute("SELECT state FROM refunds ORDER BY number")
                ]
            )

        cashier = Cashier(house.store, [till])
        till.be_down(times=2)
        assert not await cashier.refund_all()
        assert await states() == ["pending", "pending"]
        till.be_down(times=1)
        assert not await cashier.refund_all()
        assert await states() == ["pending", "done"]
        till.refuses.add(first)
        assert await cashier.refund_all()
        assert await states() == ["pending", "done"]
        till.refuses.clear()
        assert await cashier.refund_all()
        assert await states() == ["done", "done"]
        assert till.refunded == {first: (first[:-3], 5000), second: (second[:-3], 5000)}
        till.refunded.clear()
        assert await cashier.refund_all()
        assert till.refunded == {}

    play(tmp_path, till, story)


def test_refunds_are_paid_as_they_are_noted(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        for so_far in (1, 2):
            order, number = await pay(house, anna)
            till.pay(number, 5000)
            await house.queued(order)
            await house.ask(anna, CancelOrder(id=fresh(), order=order))
            assert (await till.paid_back(so_far))[f"{number}-r1"] == (number, 5000)

    play(tmp_path, till, story)


def test_a_refund_is_done_when_it_arrived_and_not_when_it_was_taken(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        till.pay(number, 5000)
        await house.queued(order)
        for each in (f"{number}-r1", f"{number}-r2"):
            till.refunds[each] = RefundStatus(RefundState.PROCESSING, "b-1", "PROCESSING")
        await house.ask(anna, CancelOrder(id=fresh(), order=order))
        await till.paid_back(1)
        cashier = Cashier(house.store, [till], house.clock)

        async def states() -> list[str]:
            return [each.state for each in (await shown(house, anna, order)).refunds]

        while await states() != ["processing"]:
            await house.screens.until(
                lambda: house.screens.orders[order].refunds[0].state != "pending"
            )
        till.refunds[f"{number}-r1"] = RefundStatus(RefundState.ABNORMAL)
        house.clock.forward(REFUND_ASKS_MS[0])
        assert await cashier.refund_all()
        assert await states() == ["abnormal"]
        # The provider gives up: the next one is noted in the same transaction.
        till.refunds[f"{number}-r1"] = RefundStatus(RefundState.CLOSED)
        house.clock.forward(ABNORMAL_MS)
        assert await cashier.refund_all()
        assert await states() == ["closed", "pending"]
        assert await cashier.refund_all()
        till.refunds[f"{number}-r2"] = RefundStatus(RefundState.DONE)
        house.clock.forward(REFUND_ASKS_MS[1])
        assert await cashier.refund_all()
        assert await states() == ["closed", "done"]
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == 0

    play(tmp_path, till, story)


def test_another_way_to_pay_calls_the_first_off(tmp_path: Path) -> None:
    till = Till(qr=True)

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.looked_at(number, 1)
        again = Pay(id=fresh(), order=order, provider="practice", price_fen=5000)
        await house.ask(anna, again)
        assert till.cancelled == [number]
        await house.queued(order)
        made = await shown(house, anna, order)
        assert made.payment is not None
        assert (made.payment.provider, made.payment.state) == ("practice", "succeeded")
        assert await house.value("SELECT state FROM payments WHERE number = ?", number) == "failed"
        # It was paid all the same, late: booked, and back in full; the order stands.
        till.pay(number, 5000)
        await house.services.orders.look_for_late()
        assert await till.paid_back(1) == {f"{number}-r1": (number, 5000)}
        assert (await shown(house, anna, order)).state is OrderState.QUEUED
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == 0

    play(tmp_path, till, story)


def test_another_way_is_not_opened_while_the_first_one_may_be_paid(tmp_path: Path) -> None:
    till = Till(qr=True)

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.looked_at(number, 1)
        till.be_down(times=1_000_000)
        with pytest.raises(Refused) as caught:
            await house.ask(anna, Pay(id=fresh(), order=order, provider="practice", price_fen=5000))
        assert (caught.value.code, caught.value.detail) == (Code.PAYMENT_FAILED, "unanswered")
        await house.screens.until(
            lambda: (shown := house.screens.orders[order].payment) is not None and shown.unanswered
        )
        till.be_down(times=0)
        till.paid_at_the_last_moment[number] = 5000
        await house.ask(anna, Pay(id=fresh(), order=order, provider="practice", price_fen=5000))
        await house.queued(order)
        assert await house.value("SELECT count(*) FROM payments") == 1

    play(tmp_path, till, story)


def test_what_is_called_off_and_given_back_by_the_provider_is_booked_as_both(
    tmp_path: Path,
) -> None:
    till = Till(qr=True)

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.looked_at(number, 1)
        till.outcomes[number] = Status(PaymentOutcome.REFUNDED, 5000)
        await house.ask(anna, CancelOrder(id=fresh(), order=order))
        back = await house.screens.order(order, OrderState.REFUNDED)
        assert [each.fen for each in back.movements] == [-5000, 5000]
        assert [each.state for each in back.refunds] == ["done"]
        assert till.refunded == {}
        assert await house.value("SELECT state FROM payments") == "refunded"

    play(tmp_path, till, story)


def test_a_code_that_nobody_scanned_is_called_off_at_its_end(tmp_path: Path) -> None:
    till = Till(qr=True)

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        order, number = await pay(house, anna)
        await till.looked_at(number, 1)
        house.clock.forward(PAYMENT_OPEN_MS)
        await house.screens.order(order, OrderState.VOID)
        assert till.cancelled == [number]

    play(tmp_path, till, story)
