"""Providers: outcomes that come late, cuts on the way, refunds once, notices that are old."""

import asyncio
from pathlib import Path

import pytest
from tests.relay.house import HandClock, fresh, open_house

from miaohui.relay.money import ledger, payments
from miaohui.relay.money.payments import Intent, Notice, Outcome, Status
from miaohui.relay.money.practicepay import TAKES_MS, PracticeProvider
from miaohui.relay.orders.checkout import book_payment_in, payment_number
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, OrderState, Pay

KEY = b"k" * 32


def test_a_notice_is_refused_when_it_is_old_or_not_signed() -> None:
    good = Notice("p-1", 1_000_000, b"{}", payments.sign_notice(KEY, "p-1", 1_000_000, b"{}"))
    assert payments.check_notice(KEY, good, 1_000_000 + payments.NOTICE_MAX_AGE_MS) == "p-1"
    with pytest.raises(Refused) as late:
        payments.check_notice(KEY, good, 1_000_001 + payments.NOTICE_MAX_AGE_MS)
    assert late.value.code is Code.TOO_LATE
    forged = Notice("p-2", good.utc_ms, good.body, good.signature)
    with pytest.raises(Refused) as wrong:
        payments.check_notice(KEY, forged, 1_000_000)
    assert wrong.value.code is Code.NOT_ALLOWED


def test_practice_pays_later_and_refunds_a_number_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(tmp_path) as house:
            anna = await house.customer("anna")
            provider = PracticeProvider(house.store, house.clock)
            intent = Intent("n1", anna.account, 5000, "order")
            await provider.create(intent)
            await provider.create(intent)
            assert (await provider.poll("n1")).outcome is Outcome.PENDING
            house.clock.forward(TAKES_MS)
            assert await provider.poll("n1") == Status(Outcome.SUCCEEDED, 5000)
            assert (await provider.cancel("n1")).outcome is Outcome.SUCCEEDED
            assert (await provider.poll("never made")).outcome is Outcome.FAILED
            for _ in range(2):
                await provider.refund("r1", "n1", 3000)
            with pytest.raises(Refused):
                await provider.refund("r1", "n1", 2000)
            with pytest.raises(Refused):
                await provider.refund("r2", "n1", 2001)
            await provider.refund("r2", "n1", 2000)
            with pytest.raises(Refused):
                await provider.create(Intent("n1", anna.account, 1, "order"))

    asyncio.run(story())


def test_a_payment_that_succeeds_after_the_customer_left_goes_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(
            tmp_path, providers=lambda store: [PracticeProvider(store, clock)]
        ) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            quoted = await house.quote(anna)
            pay = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=5000)
            await house.ask(anna, pay)  # the hand clock stands: the provider stays undecided
            await house.ask(anna, CancelOrder(id=fresh(), order=quoted.order))
            # Suppose the provider had been paid all the same.
            number = payment_number(quoted.order)
            now = clock.utc_ms()
            await house.store.write(
                lambda conn: (
                    conn.execute(
                        "UPDATE payments SET state = 'pending' WHERE number = ?", (number,)
                    ).rowcount
                )
            )
            row = await house.store.write(
                lambda conn: book_payment_in(conn, number, Status(Outcome.SUCCEEDED, 5000), now)
            )
            assert row.state is OrderState.REFUNDED
            again = await house.store.write(
                lambda conn: book_payment_in(conn, number, Status(Outcome.SUCCEEDED, 5000), now)
            )
            assert again == row
            assert await house.store.read(ledger.audit_in) == []
            assert (
                await house.value(
                    "SELECT fen FROM books WHERE book = ?", f"customer:{anna.account}"
                )
                == ledger.GRANT_FEN
            )

    clock = HandClock()
    asyncio.run(story())


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
            assert (await orders._cashier.collect(number)).outcome is Outcome.FAILED
            assert await house.value("SELECT count(*) FROM practice_intents") == 0
            assert not orders._cashier._making

    asyncio.run(story())


def test_a_sum_other_than_the_orders_opens_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_house(
            tmp_path, providers=lambda store: [PracticeProvider(store, clock)]
        ) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            quoted = await house.quote(anna)
            pay = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=5000)
            await house.ask(anna, pay)
            number = payment_number(quoted.order)
            row = await house.store.write(
                lambda conn: book_payment_in(
                    conn, number, Status(Outcome.SUCCEEDED, 4999), clock.utc_ms()
                )
            )
            assert (row.state, row.refund_fen) == (OrderState.REFUNDED, 4999)
            assert await house.store.read(ledger.audit_in) == []

    clock = HandClock()
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
