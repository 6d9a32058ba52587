"""Time bought on top: charged once, granted once, and given back where it came to nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import HandClock, House, fresh, open_house
from tests.relay.money.till import Till

from miaohui.relay.money import ledger
from miaohui.relay.money.payments import PaymentOutcome, PaymentProvider, Status
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage.store import Store
from miaohui.wire.accounts import GetWallet, SetLimits, Wallet
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.orders import GetOrder, Movement, Order, OrderState
from miaohui.wire.sessions import Extend, Extended

Story = Callable[[House, Caller, str, str], Coroutine[Any, Any, None]]


class Room:
    """A session under way: its customer, its order, its id; the till stands at the door."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = HandClock()
        self.till = Till()

    def providers(self, store: Store) -> list[PaymentProvider]:
        return [PracticeProvider(store, self.clock, takes_ms=0), self.till]

    def play(self, story: Story) -> None:
        async def whole() -> None:
            async with open_house(self.data, self.clock, self.providers) as house:
                await self.begin(house, story)
                assert await house.store.read(ledger.audit_in) == []

        asyncio.run(whole())

    async def begin(self, house: House, story: Story) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        await story(house, anna, order.order, opened.card.session)


def wish(session: str, **other: Any) -> Extend:
    usual = {"offer": "wan-15", "price_fen": 3000, "provider": "till"}
    return Extend(id=fresh(), session=session, **(usual | other))


def number_of(caller: Caller, extend: Extend) -> str:
    return f"x-{caller.account}-{extend.id}"


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str, int]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail, caught.value.retry_ms


async def untouched(house: House, caller: Caller, order: str) -> bool:
    """Nothing was granted, and the books know of nothing but the order's own price."""
    found = await house.want(Order, caller, GetOrder(id=fresh(), order=order))
    wallet = await house.want(Wallet, caller, GetWallet(id=fresh()))
    return (found.extensions_fen, found.extended_minutes, wallet.spent_month_fen) == (0, 0, 5000)


def test_an_extension_is_paid_granted_and_booked_once(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        room.till.pay(number_of(anna, extend), 3000)
        done = await house.want(Extended, anna, extend)
        assert await house.want(Extended, anna, extend) == done
        assert (done.order.extensions_fen, done.order.extended_minutes) == (3000, 15)
        assert done.order.movements[1:] == [
            Movement(what="extension", fen=-3000, utc=done.order.movements[0].utc)
        ]
        second = wish(session, provider="practice")
        done = await house.want(Extended, anna, second)
        assert (done.order.extensions_fen, done.order.extended_minutes) == (6000, 30)
        wallet = await house.want(Wallet, anna, GetWallet(id=fresh()))
        assert (wallet.spent_month_fen, wallet.balance_fen) == (11_000, ledger.GRANT_FEN - 8000)
        assert await house.value("SELECT fen FROM books WHERE book = 'outside:till'") == -3000
        assert len(room.till.asked) == 1
        told = await house.screens.order(order, OrderState.OPEN)
        await house.screens.until(lambda: house.screens.orders[order].extended_minutes == 30)
        assert told.order == order

    room.play(story)


def test_an_extension_under_way_is_not_begun_again(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        number = number_of(anna, extend)
        first = asyncio.gather(house.want(Extended, anna, extend))
        await room.till.asked_for(number)
        assert await refusal(house.ask(anna, extend)) == (Code.TOO_MANY, "extend", 500)
        room.till.pay(number, 3000)
        await first
        assert await house.want(Extended, anna, extend) == (await first)[0]

    room.play(story)


def test_what_is_not_for_sale_or_not_theirs_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        eve = await house.customer("eve")

        async def refused(caller: Caller, extend: Extend) -> tuple[Code, str]:
            code, detail, _ = await refusal(house.ask(caller, extend))
            return code, detail

        assert await refused(anna, wish(session, offer="wan-try")) == (Code.TRIAL_USED, "")
        assert await refused(anna, wish(session, price_fen=2999)) == (Code.PRICE_CHANGED, "")
        assert await refused(anna, wish(session, offer="solo-30")) == (Code.NOT_FOUND, "offer")
        assert await refused(anna, wish(session, provider="barter")) == (
            Code.PAYMENT_FAILED,
            "provider",
        )
        assert await refused(eve, wish(session)) == (Code.NOT_FOUND, "session")
        assert await refused(anna, wish("nobody's")) == (Code.NOT_FOUND, "session")
        assert room.till.asked == []
        assert await untouched(house, anna, order)

    room.play(story)


def test_an_extension_keeps_within_balance_and_limit(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        await house.responder("robin")
        await house.spend(anna, 94_000)
        # 1,000 fen are left of the practice money; the till does not care.
        low = house.ask(anna, wish(session, provider="practice"))
        assert await refusal(low) == (Code.BALANCE_LOW, "", 0)
        await house.ask(anna, SetLimits(id=fresh(), month_fen=5000 + 84_000 + 10_000 + 3000))
        extend = wish(session)
        room.till.pay(number_of(anna, extend), 3000)
        await house.want(Extended, anna, extend)
        over = house.ask(anna, wish(session))
        assert await refusal(over) == (Code.LIMIT_REACHED, "month_fen", 0)

    room.play(story)


def test_a_payment_that_failed_grants_nothing_now_or_later(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        number = number_of(anna, extend)
        room.till.fail(number)
        for _ in range(2):
            assert await refusal(house.ask(anna, extend)) == (Code.PAYMENT_FAILED, "", 0)
        assert [each.number for each in room.till.asked] == [number]
        # Not even where the provider should change its mind.
        room.till.pay(number, 3000)
        assert await refusal(house.ask(anna, extend)) == (Code.PAYMENT_FAILED, "", 0)
        assert await untouched(house, anna, order)
        assert await house.value("SELECT state FROM payments WHERE number = ?", number) == "failed"
        # What failed counts for no limit, and a new try is a new command.
        await house.ask(anna, SetLimits(id=fresh(), month_fen=8000))
        again = wish(session)
        room.till.pay(number_of(anna, again), 3000)
        await house.want(Extended, anna, again)
        assert room.till.refunded == {}

    room.play(story)


@pytest.mark.parametrize("paid", [2999, 3001])
def test_another_sum_than_the_price_goes_back_as_it_came(tmp_path: Path, paid: int) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        number = number_of(anna, extend)
        room.till.pay(number, paid)
        assert await refusal(house.ask(anna, extend)) == (Code.PAYMENT_FAILED, "", 0)
        assert await room.till.paid_back(1) == {f"{number}-r1": (number, paid)}
        assert await refusal(house.ask(anna, extend)) == (Code.PAYMENT_FAILED, "", 0)
        # Called off once more, it does not go back once more.
        extending = house.services.orders._extending
        await extending.call_off(number, Status(PaymentOutcome.SUCCEEDED, paid))
        assert await house.value("SELECT count(*) FROM refunds") == 1
        assert await untouched(house, anna, order)

    room.play(story)


def test_nothing_paid_of_a_price_gives_nothing_back(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        room.till.pay(number_of(anna, extend), 0)
        assert await refusal(house.ask(anna, extend)) == (Code.PAYMENT_FAILED, "", 0)
        assert await house.value("SELECT count(*) FROM refunds") == 0
        assert await untouched(house, anna, order)

    room.play(story)


def test_a_session_that_closes_while_it_is_being_paid_gives_it_back(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        number = number_of(anna, extend)
        asked = asyncio.gather(refusal(house.ask(anna, extend)))
        await room.till.looked_at(number, 1)
        await house.sessions.end_all(anna.account, "safety")
        await house.screens.order(order, OrderState.SETTLED)
        room.till.pay(number, 3000)
        assert await asked == [(Code.SESSION_CLOSED, "", 0)]
        assert await room.till.paid_back(1) == {f"{number}-r1": (number, 3000)}
        assert await refusal(house.ask(anna, extend)) == (Code.SESSION_CLOSED, "", 0)
        late = wish(session)
        assert await refusal(house.ask(anna, late)) == (Code.SESSION_CLOSED, "", 0)
        assert await house.value("SELECT sum(extended_minutes) FROM orders") == 0
        assert len(room.till.asked) == 1

    room.play(story)


@pytest.mark.parametrize("paid", [3000, None])
def test_what_a_crash_cut_off_is_called_off_once_and_never_granted(
    tmp_path: Path, paid: int | None
) -> None:
    """The app, which knows of no crash, sends its command again while the session goes on."""
    room = Room(tmp_path)
    known: list[tuple[Caller, str, Extend]] = []

    async def before(house: House, anna: Caller, order: str, session: str) -> None:
        done, cut_off = wish(session), wish(session)
        room.till.pay(number_of(anna, done), 3000)
        await house.want(Extended, anna, done)
        await house.tasks.start(begin(house, anna, cut_off), "begun")
        known.append((anna, order, cut_off))

    async def begin(house: House, anna: Caller, extend: Extend) -> None:
        house.tasks.start(house.services.orders._on_extend(anna, extend), "extending")
        await room.till.looked_at(number_of(anna, extend), 1)

    async def after(house: House) -> None:
        ((anna, order, cut_off),) = known
        number = number_of(anna, cut_off)
        house.screens.here.add(anna.account)
        assert await refusal(house.ask(anna, cut_off)) == (Code.PAYMENT_FAILED, "", 0)
        if paid is not None:
            assert await room.till.paid_back(1) == {f"{number}-r1": (number, paid)}
        assert len(room.till.refunded) == (0 if paid is None else 1)
        assert len(room.till.asked) == 2
        found = await house.want(Order, anna, GetOrder(id=fresh(), order=order))
        assert (found.state, found.extensions_fen) == (OrderState.OPEN, 3000)
        assert await house.store.read(ledger.audit_in) == []

    async def whole() -> None:
        async with open_house(tmp_path, room.clock, room.providers) as house:
            await room.begin(house, before)
        number = number_of(known[0][0], known[0][2])
        if paid is not None:
            room.till.paid_at_the_last_moment[number] = paid
        for _ in range(2):  # the second start finds nothing left to do
            house = House(tmp_path, room.clock, room.providers)
            await house.start()
            try:
                await after(house)
            finally:
                await house.stop()
        assert room.till.cancelled == [number]

    asyncio.run(whole())


def test_what_was_granted_is_not_called_off(tmp_path: Path) -> None:
    room = Room(tmp_path)

    async def story(house: House, anna: Caller, order: str, session: str) -> None:
        extend = wish(session)
        number = number_of(anna, extend)
        room.till.pay(number, 3000)
        await house.want(Extended, anna, extend)
        extending = house.services.orders._extending
        await extending.call_off(number, Status(PaymentOutcome.SUCCEEDED, 3000))
        await extending.call_off(number, Status(PaymentOutcome.FAILED, 0))
        assert await house.value("SELECT state FROM payments WHERE number = ?", number) == (
            "succeeded"
        )
        assert await house.value("SELECT count(*) FROM refunds") == 0
        assert room.till.refunded == {}

    room.play(story)
