"""Payments: notices that are old, what was called off, and books that hold."""

import asyncio
from pathlib import Path

import pytest
from tests.relay.house import fresh, open_house

from miaohui.relay.money import ledger, payments
from miaohui.relay.money.payments import PaymentOutcome
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, Pay


def test_every_number_of_ours_is_one_that_all_providers_take() -> None:
    numbers = ["p-1", "p-1-2", "x-" + "a" * 90, "p-1-r1"]
    trades = [payments.trade_number(each) for each in numbers]
    assert len(set(trades)) == 4
    assert all(len(each) == 32 and each.isalnum() and each.isascii() for each in trades)


def test_what_was_called_off_is_not_asked_for_afterwards(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            quoted = await house.quote(anna)
            orders = house.services.orders
            pay = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=5000)
            _, number = await orders._checkout.pay(anna, pay)
            assert number is not None
            # Left before the provider was asked for anything.
            await house.ask(anna, CancelOrder(id=fresh(), order=quoted.order))
            assert (await orders._cashier.collect(number)).outcome is PaymentOutcome.FAILED
            assert await house.value("SELECT count(*) FROM practice_intents") == 0
            assert not orders._cashier._making

    asyncio.run(story())


def test_no_book_goes_below_zero_and_no_movement_is_rewritten(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna = await house.customer("anna")
            book = ledger.customer_book(anna.account)

            async def take(fen: int) -> None:
                await house.store.write(
                    lambda conn: ledger.move_in(
                        conn, "payment", from_book=book, to_book="shop:wan", fen=fen, now_ms=0
                    )
                )

            with pytest.raises(Refused) as caught:
                await take(ledger.GRANT_FEN + 1)
            assert caught.value.code is Code.BALANCE_LOW
            with pytest.raises(ledger.LedgerBroken):
                await take(-1)
            await take(ledger.GRANT_FEN)
            assert await house.store.read(ledger.audit_in) == []
            # A planted fault: money out of nowhere is seen at the next movement.
            await house.store.write(
                lambda conn: (
                    conn.execute("UPDATE books SET fen = fen + 1 WHERE book = 'shop:wan'").rowcount
                )
            )
            assert await house.store.read(ledger.audit_in) != []
            with pytest.raises(ledger.LedgerBroken):
                await house.customer("ben")

    asyncio.run(story())
