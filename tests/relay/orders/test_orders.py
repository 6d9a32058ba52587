"""Orders from quote to end: the queue, the money, the ways out."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import HandClock, House, fresh, open_house

from miaohui.relay.money import ledger
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.orders.checkout import QUOTE_HELD_MS
from miaohui.relay.orders.dispatch import ANSWER_ALL_MS, ANSWER_MS, NOBODY_MS
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.wire.accounts import GetWallet, SetLimits, Wallet
from miaohui.wire.desk import AcceptOrder, DeclineOrder, Desk, GetDesk, Opened, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, GetOrder, ListOrders, Order, OrderState, Pay
from miaohui.wire.orders import Orders as OrderList
from miaohui.wire.sessions import Body, Extend, Extended, Send

Story = Callable[[House], Coroutine[Any, Any, None]]
START_FEN = 100_000


def play(
    data: Path,
    story: Story,
    clock: HandClock | None = None,
    providers: Callable[[Store], list[PaymentProvider]] | None = None,
) -> None:
    async def whole() -> None:
        async with open_house(data, clock, providers) as house:
            await story(house)
            wrong = await house.store.read(ledger.audit_in)
            assert wrong == []

    asyncio.run(whole())


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail


async def balance(house: House, account: str) -> int:
    return await house.store.read(
        lambda conn: ledger.balance_in(conn, ledger.customer_book(account))
    )


def test_an_order_is_quoted_paid_queued_accepted_and_settled(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        assert await balance(house, anna.account) == START_FEN - 5000
        await house.offered("yun", order.order)
        desk = await house.want(Desk, yun, GetDesk(id=fresh()))
        assert [(each.order, each.first_time, each.chosen) for each in desk.incoming] == [
            (order.order, True, False)
        ]
        assert desk.incoming[0].left_ms == ANSWER_MS
        accept = AcceptOrder(id=fresh(), order=order.order)
        opened = await house.want(Opened, yun, accept)
        again = await house.want(Opened, yun, accept)
        assert again.card.session == opened.card.session
        opened_order = await house.screens.order(order.order, OrderState.OPEN)
        assert (opened_order.session, opened_order.responder) == (opened.card.session, "yun")
        house.clock.forward(60_000)
        await house.sessions.end_all(anna.account, "safety")
        settled = await house.screens.order(order.order, OrderState.SETTLED)
        # Nobody ever wrote a word to her: the whole price.
        assert (settled.refund_fen, settled.closed_reason) == (5000, "safety")
        assert [(each.what, each.fen) for each in settled.movements] == [
            ("payment", -5000),
            ("refund", 5000),
        ]
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_what_was_written_while_queued_is_asked_at_the_opening(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        quoted = await house.quote(anna)
        soon = Send(id=fresh(), session=quoted.order, body=Body(salt="0" * 32, text="在吗"))
        early = await refusal(house.services.orders.queue_message(anna, soon))
        assert early == (Code.WRONG_STATE, "quoted")
        assert await house.services.orders.queue_message(yun, soon) is None
        order = await house.buy(anna)
        send = Send(id=fresh(), session=order.order, body=Body(salt="0" * 32, text="在吗"))
        kept = await house.services.orders.queue_message(anna, send)
        assert kept is not None
        assert await house.services.orders.queue_message(anna, send) == kept
        assert await house.services.orders.queue_message(yun, send) is None
        bad = Send(id=fresh(), session=order.order, body=Body(salt="0" * 32, text=" "))
        assert (await refusal(house.services.orders.queue_message(anna, bad)))[0] is Code.TEXT_EMPTY
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        lines = await house.value(
            "SELECT count(*) FROM feed JOIN session ON num = session WHERE id = ? AND seq = 2"
            " AND line LIKE ?",
            opened.card.session,
            f"%{send.id}%",
        )
        assert lines == 1
        # The session has it, and nothing else: what is recalled there is gone.
        assert await house.value("SELECT count(*) FROM queued_messages") == 0
        # What crosses the opening goes to the session; what was kept is answered alike.
        assert await house.services.orders.queue_message(anna, send) == kept
        late = Send(id=fresh(), session=order.order, body=Body(salt="0" * 32, text="还在吗"))
        session = opened.card.session
        assert await house.services.orders.queue_message(anna, late) == session
        assert await house.services.orders.queue_message(yun, late) is None

    play(tmp_path, story)


def test_a_chosen_responder_who_declines_ends_it_with_the_whole_sum(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        await house.responder("bai")
        order = await house.buy(anna, responder="yun")
        await house.offered("yun", order.order)
        await house.ask(yun, DeclineOrder(id=fresh(), order=order.order))
        declined = await house.screens.order(order.order, OrderState.DECLINED)
        assert declined.refund_fen == 5000
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_whoever_is_free_goes_round_until_nobody_is_left(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        yun, bai = await house.responder("yun"), await house.responder("bai")
        order = await house.buy(anna)
        await house.services.orders.tick()
        for caller in (bai, yun):  # by name, as both are idle: 云朵 after 阿白
            offered = [
                each.order for each in house.services.orders.dispatch.offers_to(caller.account)
            ]
            if offered:
                await house.ask(caller, DeclineOrder(id=fresh(), order=order.order))
        for caller in (bai, yun):
            if list(house.services.orders.dispatch.offers_to(caller.account)):
                await house.ask(caller, DeclineOrder(id=fresh(), order=order.order))
        await house.screens.order(order.order, OrderState.DECLINED)
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_who_leaves_in_the_moment_of_queueing_leaves_nothing_in_the_queue(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        order = await house.buy(anna)
        orders = house.services.orders
        orders.dispatch.remove(order.order)
        await house.store.write(
            lambda conn: conn.execute("UPDATE orders SET state = 'paid', queued_ms = NULL").rowcount
        )
        # Both are written in one commit, the place in the queue first.
        cancel = CancelOrder(id=fresh(), order=order.order)
        await asyncio.gather(orders._enqueue(order.order), house.ask(anna, cancel))
        assert (await house.screens.order(order.order, OrderState.REFUNDED)).refund_fen == 5000
        assert orders.dispatch.get(order.order) is None
        await orders.tick()
        assert list(orders.dispatch.offers_to("yun")) == []
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_nobody_answering_within_a_minute_is_a_no_show(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.responder("bai")
        order = await house.buy(anna)
        await house.later(0)
        await house.later(ANSWER_MS)
        assert house.services.orders.dispatch.get(order.order) is not None
        await house.later(ANSWER_ALL_MS - ANSWER_MS)
        no_show = await house.screens.order(order.order, OrderState.NO_SHOW)
        assert no_show.refund_fen == 5000
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_a_full_shop_keeps_one_waiting_with_an_estimate_until_one_leaves(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        yun = await house.responder("yun")
        first, second, third = [await house.customer(name) for name in ("c1", "c2", "c3")]
        order = await house.buy(first)
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        assert opened.card.state == "open"
        waiting = await house.buy(second)
        behind = await house.buy(third)
        await house.later(1000)
        view = await house.want(Order, second, GetOrder(id=fresh(), order=waiting.order))
        assert (view.queue_ahead, view.estimate_ms) == (0, 30 * 60_000)
        view = await house.want(Order, third, GetOrder(id=fresh(), order=behind.order))
        assert view.queue_ahead == 1
        assert view.estimate_ms is not None
        assert view.estimate_ms >= 30 * 60_000
        await house.later(10 * 60_000)
        left = await house.want(Order, second, CancelOrder(id=fresh(), order=waiting.order))
        assert (left.state, left.refund_fen) == (OrderState.REFUNDED, 5000)
        await house.sessions.end_all(first.account, "safety")
        await house.offered("yun", behind.order)

    play(tmp_path, story)


def test_a_shop_that_goes_home_gives_the_money_back(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, robin = await house.customer("anna"), await house.responder("robin")
        # Both happen before the queue looks: the order waits before nobody.
        await house.ask(robin, SetPresence(id=fresh(), state="on"))
        order = await house.buy(anna, "solo-30")
        await house.offered("robin", order.order)
        house.screens.here.discard("robin")
        await house.later(ANSWER_MS)
        await house.screens.order(order.order, OrderState.NO_SHOW)
        await house.ask(robin, SetPresence(id=fresh(), state="off"))
        closed = house.quote(anna, "solo-30")
        assert (await refusal(closed))[0] is Code.SHOP_CLOSED

    play(tmp_path, story)


def test_a_queue_nobody_serves_any_more_ends(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben, yun = (
            await house.customer("anna"),
            await house.customer("ben"),
            await house.responder("yun"),
        )
        first = await house.buy(anna)
        await house.offered("yun", first.order)
        await house.want(Opened, yun, AcceptOrder(id=fresh(), order=first.order))
        second = await house.buy(ben)
        await house.ask(yun, SetPresence(id=fresh(), state="off"))
        await house.later(0)
        await house.later(NOBODY_MS)
        await house.screens.order(second.order, OrderState.NO_SHOW)
        assert await balance(house, ben.account) == START_FEN

    play(tmp_path, story)


def test_quotes_hold_for_ten_minutes_and_for_their_price(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        quoted = await house.quote(anna)
        dear = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=1)
        assert (await refusal(house.ask(anna, dear)))[0] is Code.PRICE_CHANGED
        stranger = await house.customer("eve")
        theft = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=5000)
        assert (await refusal(house.ask(stranger, theft)))[0] is Code.NOT_FOUND
        elsewhere = Pay(id=fresh(), order=quoted.order, provider="wechat", price_fen=5000)
        assert (await refusal(house.ask(anna, elsewhere)))[0] is Code.PAYMENT_FAILED
        house.clock.forward(QUOTE_HELD_MS + 1)
        late = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=5000)
        assert (await refusal(house.ask(anna, late)))[0] is Code.QUOTE_EXPIRED
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_a_trial_is_for_the_first_order_in_a_shop(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        first = await house.quote(anna, "wan-try")
        second = await house.quote(anna, "wan-try")
        pay = Pay(id=fresh(), order=first.order, provider="practice", price_fen=100)
        await house.ask(anna, pay)
        pay = Pay(id=fresh(), order=second.order, provider="practice", price_fen=100)
        assert (await refusal(house.ask(anna, pay)))[0] is Code.TRIAL_USED
        await house.screens.order(first.order, OrderState.QUEUED)
        await house.offered("yun", first.order)
        await house.ask(yun, AcceptOrder(id=fresh(), order=first.order))
        assert (await refusal(house.quote(anna, "wan-try")))[0] is Code.TRIAL_USED

    play(tmp_path, story)


def test_the_customers_own_limits_hold(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=7000))
        await house.buy(anna)
        assert await refusal(house.quote(anna, "wan-15")) == (Code.LIMIT_REACHED, "month_fen")
        # It is four in the afternoon.
        ben, cleo = await house.customer("ben"), await house.customer("cleo")
        await house.ask(ben, SetLimits(id=fresh(), quiet_from=16, quiet_to=17))
        assert await refusal(house.quote(ben, "wan-15")) == (Code.LIMIT_REACHED, "quiet_hours")
        await house.ask(cleo, SetLimits(id=fresh(), quiet_from=22, quiet_to=7))
        await house.quote(cleo, "wan-15")
        wallet = await house.want(Wallet, cleo, GetWallet(id=fresh()))
        assert (wallet.spent_month_fen, wallet.quiet_from, wallet.month_fen) == (0, 22, None)

    play(tmp_path, story)


def test_more_than_the_balance_is_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("robin")
        await house.spend(anna, 96_000)
        quoted = await house.quote(anna, "solo-30")
        pay = Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=12000)
        assert (await refusal(house.ask(anna, pay)))[0] is Code.BALANCE_LOW

    play(tmp_path, story)


def test_an_extension_is_charged_once_and_only_while_open(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        session = opened.card.session
        extend = Extend(
            id=fresh(), session=session, offer="wan-15", price_fen=3000, provider="practice"
        )
        done = await house.want(Extended, anna, extend)
        assert (done.order.extensions_fen, done.order.extended_minutes) == (3000, 15)
        assert await house.want(Extended, anna, extend) == done
        assert await balance(house, anna.account) == START_FEN - 8000
        await house.sessions.end_all(anna.account, "safety")
        await house.screens.order(order.order, OrderState.SETTLED)
        late = Extend(
            id=fresh(), session=session, offer="wan-15", price_fen=3000, provider="practice"
        )
        assert (await refusal(house.ask(anna, late)))[0] is Code.SESSION_CLOSED
        assert await balance(house, anna.account) == START_FEN

    play(tmp_path, story)


def test_orders_are_listed_newest_first_in_pages(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        made = []
        for _ in range(5):
            made.append((await house.quote(anna)).order)
            house.clock.forward(10)
        page = await house.want(OrderList, anna, ListOrders(id=fresh(), limit=3))
        rest = await house.want(
            OrderList, anna, ListOrders(id=fresh(), limit=3, cursor=page.cursor)
        )
        assert [each.order for each in [*page.orders, *rest.orders]] == made[::-1]
        assert rest.cursor is None
        broken = house.ask(anna, ListOrders(id=fresh(), cursor="%%%"))
        assert (await refusal(broken))[0] is Code.NOT_FOUND

    play(tmp_path, story)


def test_a_restart_takes_every_order_up_again(tmp_path: Path) -> None:
    clock = HandClock()

    async def before(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.buy(anna)

        # Paid, and cut off before it was queued; and a payment whose outcome nobody saw.
        for offer in ("wan-15", "wan-15"):
            await house.buy(anna, offer)

    async def after(house: House) -> None:
        rows = await house.store.read(
            lambda conn: conn.execute("SELECT order_id, state FROM orders").fetchall()
        )
        assert len(rows) == 3
        await house.responder("yun")
        queue = [each.order for each in house.services.orders.dispatch.queue_of("wan")]
        assert sorted(queue) == sorted(order for order, _ in rows)
        await house.later(0)
        assert len(list(house.services.orders.dispatch.offers_to("yun"))) == 1

    async def whole() -> None:
        async with open_house(tmp_path, clock) as house:
            await before(house)
        house = House(tmp_path, clock)
        await house.store.write(
            lambda conn: (
                conn.execute(
                    "UPDATE orders SET state = 'paid', queued_ms = NULL WHERE offer = 'wan-15'"
                ).rowcount
            )
        )
        await house.start()
        try:
            await after(house)
        finally:
            await house.stop()

    asyncio.run(whole())
