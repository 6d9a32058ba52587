"""The practice provider: decides later, within the balance, and remembers what it decided."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh, open_house

from miaohui.relay.money import ledger, orderbook
from miaohui.relay.money.payments import Intent, PaymentOutcome, Repayment, Status
from miaohui.relay.money.practicepay import TAKES_MS, PracticeProvider
from miaohui.relay.orders.checkout import note_payment_in
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

NEVER = Status(PaymentOutcome.FAILED, 0)


def due(number: str) -> Intent:
    return Intent(number, "", 0, "order")


def play(data: Path, story: Callable[[House, PracticeProvider], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with open_house(data) as house:
            await story(house, PracticeProvider(house.store, house.clock))

    asyncio.run(whole())


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail


def test_an_intent_is_decided_when_its_time_has_come(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna = await house.customer("anna")
        assert await provider.poll(due("n")) == NEVER
        intent = Intent("n", anna.account, 5000, "order")
        for _ in range(2):
            await provider.create(intent)
            assert await provider.poll(due("n")) == Status(PaymentOutcome.PENDING, 5000)
        house.clock.forward(TAKES_MS - 1)
        assert await provider.poll(due("n")) == Status(PaymentOutcome.PENDING, 5000)
        house.clock.forward(1)
        for _ in range(2):
            assert await provider.poll(due("n")) == Status(PaymentOutcome.SUCCEEDED, 5000)
        assert await provider.cancel(due("n")) == Status(PaymentOutcome.SUCCEEDED, 5000)

    play(tmp_path, story)


def test_a_wall_clock_set_back_makes_nobody_wait(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna = await house.customer("anna")
        await provider.create(Intent("n", anna.account, 5000, "order"))
        house.clock.forward(-1)
        assert await provider.poll(due("n")) == Status(PaymentOutcome.SUCCEEDED, 5000)

    play(tmp_path, story)


def test_a_number_is_for_one_sum_of_one_payer(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await provider.create(Intent("n", anna.account, 5000, "order"))
        for other in (Intent("n", anna.account, 1, "o"), Intent("n", ben.account, 5000, "o")):
            assert await refusal(provider.create(other)) == (Code.PAYMENT_FAILED, "number")

    play(tmp_path, story)


def test_what_is_called_off_in_time_is_never_paid(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna = await house.customer("anna")
        assert await provider.cancel(due("n")) == NEVER
        for number in ("n", "other"):
            await provider.create(Intent(number, anna.account, 5000, "order"))
        for _ in range(2):
            assert await provider.cancel(due("n")) == Status(PaymentOutcome.FAILED, 5000)
        house.clock.forward(TAKES_MS)
        assert await provider.poll(due("n")) == Status(PaymentOutcome.FAILED, 5000)
        assert await provider.poll(due("other")) == Status(PaymentOutcome.SUCCEEDED, 5000)

    play(tmp_path, story)


def test_the_whole_balance_can_be_paid_and_nothing_on_top(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna = await house.customer("anna")
        for number, fen in (("all", ledger.GRANT_FEN), ("more", ledger.GRANT_FEN + 1)):
            await provider.create(Intent(number, anna.account, fen, "order"))
        house.clock.forward(TAKES_MS)
        assert await provider.poll(due("more")) == Status(
            PaymentOutcome.FAILED, ledger.GRANT_FEN + 1
        )
        assert await provider.poll(due("all")) == Status(PaymentOutcome.SUCCEEDED, ledger.GRANT_FEN)

    play(tmp_path, story)


def test_what_is_promised_to_one_order_is_not_there_for_another(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await house.responder("yun")
        quoted = [await house.quote(each) for each in (anna, anna, anna, ben)]
        sums = (60_000, 40_001, 40_000, 100_000)

        def note(conn: sqlite3.Connection) -> None:
            for order, fen in zip(quoted, sums, strict=True):
                row = orderbook.get(conn, order.order)
                note_payment_in(conn, f"n{fen}", row, "payment", "practice", fen, 0)

        await house.store.write(note)
        for caller, fen in zip((anna, anna, anna, ben), sums, strict=True):
            await provider.create(Intent(f"n{fen}", caller.account, fen, "order"))
        house.clock.forward(TAKES_MS)
        paid = [
            (await provider.poll(due(f"n{fen}"))).outcome is PaymentOutcome.SUCCEEDED
            for fen in sums
        ]
        assert paid == [True, False, True, True]
        # What goes back without having been booked is there again.
        await house.store.write(lambda conn: orderbook.note_refund_in(conn, "n60000", 60_000))
        again = Intent(fresh(), anna.account, 60_000, "order")
        await provider.create(again)
        house.clock.forward(TAKES_MS)
        assert await provider.poll(due(again.number)) == Status(PaymentOutcome.SUCCEEDED, 60_000)

    play(tmp_path, story)


def test_no_more_goes_back_than_was_paid(tmp_path: Path) -> None:
    async def story(house: House, provider: PracticeProvider) -> None:
        anna = await house.customer("anna")
        for number in ("n", "unpaid"):
            await provider.create(Intent(number, anna.account, 5000, "order"))
        assert await refusal(provider.refund(Repayment("r", due("n"), 1))) == (
            Code.PAYMENT_FAILED,
            "refund",
        )
        house.clock.forward(TAKES_MS)
        await provider.poll(due("n"))
        for _ in range(2):
            await provider.refund(Repayment("r1", due("n"), 3000))
        assert await refusal(provider.refund(Repayment("r1", due("n"), 2000))) == (
            Code.PAYMENT_FAILED,
            "number",
        )
        assert await refusal(provider.refund(Repayment("r1", due("x"), 3000))) == (
            Code.PAYMENT_FAILED,
            "number",
        )
        assert await refusal(provider.refund(Repayment("r2", due("n"), 2001))) == (
            Code.PAYMENT_FAILED,
            "refund",
        )
        await provider.refund(Repayment("r2", due("n"), 2000))
        assert await refusal(provider.refund(Repayment("r3", due("n"), 1))) == (
            Code.PAYMENT_FAILED,
            "refund",
        )
        assert await refusal(provider.refund(Repayment("r4", due("unpaid"), 1))) == (
            Code.PAYMENT_FAILED,
            "refund",
        )
        assert await refusal(provider.refund(Repayment("r5", due("none"), 1))) == (
            Code.PAYMENT_FAILED,
            "refund",
        )
        assert await house.value("SELECT sum(fen) FROM practice_refunds WHERE intent = 'n'") == 5000

    play(tmp_path, story)
