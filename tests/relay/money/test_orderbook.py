"""Orders as rows and as their customers see them, and money on its way back."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import EVENING, HandClock, House, fresh, open_house
from tests.relay.money.till import Till

from miaohui.relay.money import ledger, orderbook, orderstates
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.orders.checkout import payment_number
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import rfc3339
from miaohui.wire.accounts import GetWallet, Wallet
from miaohui.wire.desk import AcceptOrder, DeclineOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, GetOrder, Movement, Order, OrderState, Pay
from miaohui.wire.sessions import Extend, Extended, WriteReview


def play(
    data: Path, story: Callable[[House], Coroutine[Any, Any, None]], till: Till | None = None
) -> None:
    clock = HandClock()

    def providers(store: Store) -> list[PaymentProvider]:
        practice = PracticeProvider(store, clock, takes_ms=0)
        return [practice] if till is None else [practice, till]

    async def whole() -> None:
        async with open_house(data, clock, providers) as house:
            await story(house)
            assert await house.store.read(ledger.audit_in) == []

    asyncio.run(whole())


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail


async def opened(house: House, order: str) -> str:
    """Its session, taken by 云朵."""
    yun = await house.responder("yun")
    await house.offered("yun", order)
    found = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order))
    return found.card.session


def test_an_order_shows_its_customer_everything(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        order = await house.quote(anna, responder="yun")
        expected = Order(
            order=order.order,
            version=1,
            state=OrderState.QUOTED,
            shop="wan",
            shop_name="晚风小屋",
            responder="yun",
            responder_name="云朵",
            offer="wan-30",
            minutes=30,
            mode="text",
            price_fen=5000,
            extensions_fen=0,
            extended_minutes=0,
            refund_fen=0,
            given_back_ms=0,
            terms=orderbook.USUAL_TERMS,
            practice=True,
            created_utc=rfc3339(EVENING),
        )
        assert order == expected
        house.clock.forward(1000)
        pay = Pay(id=fresh(), order=order.order, provider="practice", price_fen=5000)
        await house.ask(anna, pay)
        await house.queued(order.order)
        session = await opened(house, order.order)
        house.clock.forward(2000)
        extend = Extend(
            id=fresh(), session=session, offer="wan-15", price_fen=3000, provider="practice"
        )
        await house.want(Extended, anna, extend)
        house.clock.forward(3000)
        await house.sessions.end_all(anna.account, "safety")
        await house.screens.order(order.order, OrderState.SETTLED)
        found = await house.want(Order, anna, GetOrder(id=fresh(), order=order.order))

        def utc(after_ms: int) -> str:
            return rfc3339(EVENING + after_ms)

        assert found.version > 6
        assert found == Order(
            order=order.order,
            version=found.version,
            state=OrderState.SETTLED,
            shop="wan",
            shop_name="晚风小屋",
            responder="yun",
            responder_name="云朵",
            offer="wan-30",
            minutes=30,
            mode="text",
            price_fen=5000,
            extensions_fen=3000,
            extended_minutes=15,
            refund_fen=8000,
            given_back_ms=found.given_back_ms,
            terms=orderbook.USUAL_TERMS,
            practice=True,
            created_utc=rfc3339(EVENING),
            payment=found.payment,
            refunds=found.refunds,
            session=session,
            opened_utc=utc(1000),
            closed_utc=utc(6000),
            closed_reason="safety",
            movements=[
                Movement(what="payment", fen=-5000, utc=utc(1000)),
                Movement(what="extension", fen=-3000, utc=utc(3000)),
                # The newest payment goes back first.
                Movement(what="refund", fen=3000, utc=utc(6000)),
                Movement(what="refund", fen=5000, utc=utc(6000)),
            ],
        )
        house.clock.forward(60_000)  # a review takes a pause
        await house.ask(anna, WriteReview(id=fresh(), session=session, stars=4))
        found = await house.want(Order, anna, GetOrder(id=fresh(), order=order.order))
        assert found.reviewed

    play(tmp_path, story)


def test_whoever_took_it_is_named_and_a_trial_says_so(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        quoted = await house.quote(anna, "wan-try")
        assert (quoted.trial, quoted.responder, quoted.responder_name) == (True, None, None)
        order = await house.buy(anna)
        await opened(house, order.order)
        found = await house.want(Order, anna, GetOrder(id=fresh(), order=order.order))
        assert (found.trial, found.responder, found.responder_name) == (False, "yun", "云朵")

    play(tmp_path, story)


def test_an_order_of_nobody_and_of_somebody_else_are_alike(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, eve = await house.customer("anna"), await house.customer("eve")
        await house.responder("yun")
        order = await house.quote(anna)
        for asked in (order.order, "nobody's"):
            found = house.ask(eve, GetOrder(id=fresh(), order=asked))
            assert await refusal(found) == (Code.NOT_FOUND, "order")
        with pytest.raises(Refused) as caught:
            await house.store.read(lambda conn: orderbook.get(conn, "nobody's"))
        assert (caught.value.code, caught.value.detail) == (Code.NOT_FOUND, "order")

    play(tmp_path, story)


@pytest.mark.parametrize("end", [OrderState.DECLINED, OrderState.REFUNDED])
def test_an_order_that_never_opened_ends_now_with_all_it_cost(
    tmp_path: Path, end: OrderState
) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna, responder="yun")
        await house.offered("yun", order.order)
        house.clock.forward(1234)
        if end is OrderState.DECLINED:
            await house.ask(yun, DeclineOrder(id=fresh(), order=order.order))
        else:
            await house.ask(anna, CancelOrder(id=fresh(), order=order.order))
        found = await house.screens.order(order.order, end)
        assert (found.refund_fen, found.closed_utc) == (5000, rfc3339(EVENING + 1234))
        wallet = await house.want(Wallet, anna, GetWallet(id=fresh()))
        assert (wallet.spent_month_fen, wallet.balance_fen) == (0, ledger.GRANT_FEN)
        again = house.ask(anna, CancelOrder(id=fresh(), order=order.order))
        assert await refusal(again) == (Code.WRONG_STATE, end.value)

    play(tmp_path, story)


def test_no_payment_is_paid_back_beyond_its_sum(tmp_path: Path) -> None:
    till = Till()

    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        order = await house.buy(anna)
        session = await opened(house, order.order)
        house.clock.forward(1)
        extend = Extend(
            id=fresh(), session=session, offer="wan-15", price_fen=3000, provider="till"
        )
        extension, payment = f"x-{anna.account}-{extend.id}", payment_number(order.order)
        till.pay(extension, 3000)
        await house.want(Extended, anna, extend)

        async def give(fen: int) -> list[tuple[str, int]]:
            """What is noted to be paid back afterwards, by its number."""

            def job(conn: sqlite3.Connection) -> list[tuple[str, int]]:
                row = orderbook.get(conn, order.order)
                orderbook.refund_in(conn, row, fen, house.clock.utc_ms())
                return conn.execute("SELECT number, fen FROM refunds ORDER BY rowid").fetchall()

            return await house.store.write(job)

        assert await give(0) == []
        # Of the newest first, down to the last fen; each under a number of its own.
        assert await give(2999) == [(f"{extension}-r1", 2999)]
        assert (await give(2))[1:] == [(f"{extension}-r2", 1), (f"{payment}-r1", 1)]
        assert (await give(4000))[3:] == [(f"{payment}-r2", 4000)]
        # Books hold 999: neither payment has more.
        with pytest.raises((ledger.LedgerBroken, Refused)):
            await give(1000)
        assert (await give(999))[4:] == [(f"{payment}-r3", 999)]
        with pytest.raises(ledger.LedgerBroken, match=r"^1 fen to give back that were never paid$"):
            await give(1)
        sums = await house.store.read(
            lambda conn: conn.execute(
                "SELECT payment, sum(fen) FROM refunds GROUP BY payment ORDER BY 2"
            ).fetchall()
        )
        assert sums == [(extension, 3000), (payment, 5000)]
        # Money goes back where it came from.
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == 0
        found = await house.want(Wallet, anna, GetWallet(id=fresh()))
        assert (found.balance_fen, found.spent_month_fen) == (ledger.GRANT_FEN, 0)
        house.services.orders.announce(order.order)  # there are refunds noted
        assert await till.paid_back(2) == {
            f"{extension}-r1": (extension, 2999),
            f"{extension}-r2": (extension, 1),
        }

    play(tmp_path, story, till)


def test_a_state_follows_only_what_it_may() -> None:
    allowed = [
        (state, to)
        for state in OrderState
        for to in OrderState
        if to in orderstates.NEXT[state] and orderstates.check(state, to) is None
    ]
    assert (OrderState.VOID, OrderState.REFUNDED) in allowed
    for state in OrderState:
        for to in OrderState:
            if (state, to) in allowed:
                continue
            with pytest.raises(Refused) as caught:
                orderstates.check(state, to)
            assert (caught.value.code, caught.value.detail) == (Code.WRONG_STATE, state.value)
