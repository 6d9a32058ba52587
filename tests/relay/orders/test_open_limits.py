"""What one customer may hold open, and what a flood of it costs everybody else: nothing."""

from pathlib import Path

from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play, refusal

from miaohui.relay.money.payments import (
    Created,
    Intent,
    PaymentOutcome,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.orders.checkout import QUOTE_HELD_MS, VOID_KEPT_MS, Checkout
from miaohui.relay.orders.open_limits import CANCELS_MS, FIRST_PAUSE_MS, QUOTES, WAITING
from miaohui.relay.orders.orders import AT_ONCE
from miaohui.relay.ports import Caller
from miaohui.relay.storage.store import Store
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, Order, OrderState, Pay, Quote


async def pay(house: House, who: Caller, quoted: Order) -> tuple[Code, str]:
    return await refusal(
        house.ask(
            who,
            Pay(id=fresh(), order=quoted.order, provider="practice", price_fen=quoted.price_fen),
        )
    )


def test_five_quotes_are_open_at_a_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await house.responder("yun")
        quotes = [await house.quote(anna) for _ in range(QUOTES)]
        assert await refusal(house.quote(anna)) == (Code.ORDERS_OPEN, "quotes")
        await house.quote(ben)
        await house.ask(anna, CancelOrder(id=fresh(), order=quotes[0].order))
        await house.quote(anna)
        house.clock.forward(QUOTE_HELD_MS + 1)
        await house.quote(anna)

    play(tmp_path, story)


def test_three_orders_wait_at_a_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        for _ in range(WAITING):
            await house.buy(anna, "wan-15")
        quoted = await house.quote(anna, "wan-15")
        assert await pay(house, anna, quoted) == (Code.ORDERS_OPEN, "waiting")

    play(tmp_path, story)


def test_who_takes_orders_back_all_the_time_pauses_longer_and_longer(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")

        async def buy_and_leave() -> None:
            order = await house.buy(anna, "wan-15")
            await house.ask(anna, CancelOrder(id=fresh(), order=order.order))

        for _ in range(3):
            await buy_and_leave()
        assert await refusal(house.quote(anna)) == (Code.ORDERS_OPEN, "cancels")
        house.clock.forward(FIRST_PAUSE_MS)
        await buy_and_leave()
        house.clock.forward(FIRST_PAUSE_MS)
        assert await refusal(house.quote(anna)) == (Code.ORDERS_OPEN, "cancels")
        house.clock.forward(FIRST_PAUSE_MS)
        await house.quote(anna)
        house.clock.forward(CANCELS_MS)
        await buy_and_leave()
        await house.quote(anna)

    play(tmp_path, story)


def test_old_quotes_are_swept_in_pieces_and_forgotten(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        made = await house.quote(anna)
        await house.store.write(
            lambda conn: (
                conn.executemany(
                    "INSERT INTO orders (order_id, version, state, customer, customer_name, shop, offer,"
                    " minutes, mode, price_fen, terms, trial, created_ms)"
                    " SELECT ?, version, state, 'x', 'x', shop, offer, minutes, mode, price_fen, terms,"
                    " trial, created_ms FROM orders WHERE order_id = ?",
                    [(f"q{n}", made.order) for n in range(3 * AT_ONCE)],
                ).rowcount
            )
        )
        house.clock.forward(QUOTE_HELD_MS + 1)
        checkout: Checkout = house.services.orders._checkout
        sizes = []
        while dropped := await checkout.drop_old_quotes(AT_ONCE):
            sizes.append(len(dropped))
        assert sizes == [AT_ONCE] * 3 + [1]
        assert await house.value("SELECT count(*) FROM orders WHERE state <> 'void'") == 0
        assert await checkout.forget_void(AT_ONCE) == 0
        house.clock.forward(VOID_KEPT_MS + 1)
        assert await checkout.forget_void(AT_ONCE) == AT_ONCE

    play(tmp_path, story)


def test_sweeps_and_counts_go_by_an_index(tmp_path: Path) -> None:
    questions = (
        "SELECT order_id FROM orders WHERE state = 'quoted' AND created_ms < 1"
        " ORDER BY created_ms LIMIT 9",
        "SELECT created_ms FROM orders WHERE customer = 'a' AND state = 'quoted'"
        " AND created_ms >= 1 ORDER BY created_ms LIMIT 5",
        "SELECT 1 FROM orders WHERE customer = 'a'"
        " AND state IN ('awaiting_payment', 'paid', 'queued') LIMIT 3",
        "SELECT closed_ms FROM orders WHERE customer = 'a' AND state = 'refunded'"
        " AND closed_ms > 1 ORDER BY closed_ms DESC LIMIT 16",
        "SELECT order_id FROM orders o WHERE state = 'void' AND closed_ms < 1 ORDER BY closed_ms",
    )

    async def story(house: House) -> None:
        for question in questions:
            plan = await house.store.read(
                lambda conn, asked=question: conn.execute(  # type: ignore[misc]
                    f"EXPLAIN QUERY PLAN {asked}"
                ).fetchall()
            )
            assert all("USING" in row[3] and "TEMP" not in row[3] for row in plan), (question, plan)

    play(tmp_path, story)


def test_nobody_buys_in_their_own_shop(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        yun = await house.responder("yun")
        quote = Quote(id=fresh(), shop="wan", offer="wan-15")
        assert await refusal(house.ask(yun, quote)) == (Code.NOT_ALLOWED, "role")
        anna = await house.customer("anna")
        there = Caller(anna.account, Role.CUSTOMER, None, "anna", anna.token_id, "d-yun", 3)
        assert await refusal(house.ask(there, quote)) == (Code.NOT_ALLOWED, "own_shop")
        await house.quote(anna)

    play(tmp_path, story)


class OnePurse:
    """A provider whose payers are one and the same person."""

    name = "purse"

    def __init__(self, _store: Store) -> None:
        self.sums: dict[str, int] = {}

    async def create(self, intent: Intent) -> Created:
        self.sums[intent.number] = intent.fen
        return Created()

    def serves(self, shop: str) -> bool:
        return True

    async def poll(self, intent: Intent) -> Status:
        return Status(PaymentOutcome.SUCCEEDED, self.sums[intent.number], payer="openid-1")

    async def cancel(self, intent: Intent) -> Status:
        return await self.poll(intent)

    async def refund(self, repayment: Repayment) -> RefundStatus:
        return RefundStatus(RefundState.DONE)

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        return RefundStatus(RefundState.DONE)


def test_a_trial_is_once_for_a_purse_whatever_the_account(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.responder("yun")
        states = []
        for name in ("anna", "ben"):
            who = await house.customer(name)
            quoted = await house.quote(who, "wan-try")
            await house.ask(
                who, Pay(id=fresh(), order=quoted.order, provider="purse", price_fen=100)
            )
            wanted = OrderState.QUEUED if name == "anna" else OrderState.REFUNDED
            states.append((await house.screens.order(quoted.order, wanted)).state)
        assert states == [OrderState.QUEUED, OrderState.REFUNDED]

    play(tmp_path, story, providers=lambda store: [OnePurse(store)])
