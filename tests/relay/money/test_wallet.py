"""The customer's own limits and what the wallet shows: months, quiet hours, net spending."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import HandClock, House, fresh, open_house
from tests.relay.money.till import Till

from miaohui.relay.money import ledger, wallet
from miaohui.relay.orders.checkout import payment_number
from miaohui.relay.ports import Refused
from miaohui.wire.accounts import Done, GetWallet, SetLimits, Wallet
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, OrderState, Pay


def play(data: Path, story: Callable[[House], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with open_house(data) as house:
            await story(house)
            assert await house.store.read(ledger.audit_in) == []

    asyncio.run(whole())


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


MONTHS = [
    # In Beijing, eight hours ahead, the month begins while it is the last of the month in UTC.
    ("2027-01-15T08:00:00", 480, "2026-12-31T16:00:00"),
    ("2027-03-31T15:59:59.999", 480, "2027-02-28T16:00:00"),
    ("2027-03-31T16:00:00", 480, "2027-03-31T16:00:00"),
    ("2027-01-15T08:07:09.123", 0, "2027-01-01T00:00:00"),
    ("2027-02-01T04:59:59", -300, "2027-01-01T05:00:00"),
    ("2027-02-01T05:00:00", -300, "2027-02-01T05:00:00"),
    ("2024-02-29T23:30:00", 330, "2024-02-29T18:30:00"),
]


@pytest.mark.parametrize(("now", "offset", "start"), MONTHS)
def test_a_month_begins_where_the_customer_is(now: str, offset: int, start: str) -> None:
    assert wallet.month_start_ms(ms(now), offset) == ms(start)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is fixed here")
def test_the_hosts_own_zone_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.ask(anna, SetLimits(id=fresh(), quiet_from=16, quiet_to=17))
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "quiet_hours")

    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "America/New_York")
            time.tzset()
            for now, offset, start in MONTHS:
                assert wallet.month_start_ms(ms(now), offset) == ms(start)
            play(tmp_path, story)
    finally:
        time.tzset()


@pytest.mark.parametrize(
    ("quiet_from", "quiet_to", "hours"),
    [
        (22, 7, [0, 1, 2, 3, 4, 5, 6, 22, 23]),
        (16, 18, [16, 17]),
        (0, 1, [0]),
        (23, 0, [23]),
        (5, 5, []),
        (None, None, []),
        (None, 7, []),
        (22, None, []),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    quiet_from: int | None, quiet_to: int | None, hours: list[int]
) -> None:
    quiet = [hour for hour in range(24) if wallet.is_quiet(hour, quiet_from, quiet_to)]
    assert quiet == hours


def test_the_limit_itself_may_be_spent_and_not_a_fen_more(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=4999))
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "month_fen")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=5000))
        await house.buy(anna)
        assert await refusal(house.quote(anna, "wan-15")) == (Code.LIMIT_REACHED, "month_fen")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=7999))
        assert await refusal(house.quote(anna, "wan-15")) == (Code.LIMIT_REACHED, "month_fen")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=8000))
        await house.buy(anna, "wan-15")

    play(tmp_path, story)


def test_what_came_back_may_be_spent_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await house.ask(anna, SetLimits(id=fresh(), month_fen=5000))
        first = await house.buy(anna)
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "month_fen")
        await house.ask(anna, CancelOrder(id=fresh(), order=first.order))
        await house.buy(anna)
        found = await house.want(Wallet, anna, GetWallet(id=fresh()))
        assert (found.spent_month_fen, found.balance_fen) == (5000, ledger.GRANT_FEN - 5000)

    play(tmp_path, story)


def test_what_is_being_paid_counts_and_what_failed_does_not(tmp_path: Path) -> None:
    till = Till()

    async def story() -> None:
        async with open_house(tmp_path, providers=lambda store: [till]) as house:
            anna, ben = await house.customer("anna"), await house.customer("ben")
            await house.responder("yun")
            for each in (anna, ben):
                await house.ask(each, SetLimits(id=fresh(), month_fen=5000))
            quoted = await house.quote(anna)
            pay = Pay(id=fresh(), order=quoted.order, provider="till", price_fen=5000)
            await house.ask(anna, pay)
            assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "month_fen")
            await house.quote(ben)  # another's payment is nothing to them
            till.fail(payment_number(quoted.order))
            await house.screens.order(quoted.order, OrderState.VOID)
            await house.quote(anna)

    asyncio.run(story())


def test_the_first_of_the_month_brings_the_limit_back(tmp_path: Path) -> None:
    clock = HandClock(ms("2027-01-31T15:59:59.999"))  # midnight in Beijing is a moment away

    async def story() -> None:
        async with open_house(tmp_path, clock) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            await house.ask(anna, SetLimits(id=fresh(), month_fen=5000))
            first = await house.buy(anna)
            assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "month_fen")
            clock.forward(1)
            second = await house.buy(anna)
            await house.ask(anna, CancelOrder(id=fresh(), order=first.order))
            await house.ask(anna, CancelOrder(id=fresh(), order=second.order))
            # More came back this month than was spent in it.
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert found.spent_month_fen == 0

    asyncio.run(story())


def test_the_wallet_shows_balance_spending_and_limits(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        assert await house.want(Wallet, anna, GetWallet(id=fresh())) == Wallet(
            balance_fen=100_000, spent_month_fen=0, practice=True
        )
        await house.buy(anna)
        limits = SetLimits(id=fresh(), month_fen=9000, quiet_from=22, quiet_to=7)
        for _ in range(2):  # the same words again change nothing
            assert await house.ask(anna, limits) == Done()
        assert await house.want(Wallet, anna, GetWallet(id=fresh())) == Wallet(
            balance_fen=95_000,
            spent_month_fen=5000,
            month_fen=9000,
            quiet_from=22,
            quiet_to=7,
            practice=True,
        )
        other = SetLimits(id=limits.id, month_fen=1)
        assert await refusal(house.ask(anna, other)) == (Code.ID_REUSED, "")

    play(tmp_path, story)


@pytest.mark.parametrize(
    "limits",
    [
        {"month_fen": 0},
        {"month_fen": 10**12},
        {"quiet_from": 0, "quiet_to": 23},
        {"quiet_from": 23, "quiet_to": 0},
        {"utc_offset_min": 14 * 60},
        {"utc_offset_min": -14 * 60},
    ],
)
def test_limits_within_bounds_are_kept(tmp_path: Path, limits: dict[str, int]) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.ask(anna, SetLimits(id=fresh(), **limits))
        kept = await house.store.read(
            lambda conn: conn.execute(
                "SELECT month_fen, quiet_from, quiet_to, utc_offset_min FROM own_limits"
            ).fetchone()
        )
        names = ("month_fen", "quiet_from", "quiet_to", "utc_offset_min")
        assert kept == tuple(limits.get(name, {"utc_offset_min": 480}.get(name)) for name in names)

    play(tmp_path, story)


@pytest.mark.parametrize(
    "limits",
    [
        {"month_fen": -1},
        {"month_fen": 10**12 + 1},
        {"quiet_from": -1, "quiet_to": 7},
        {"quiet_from": 24, "quiet_to": 7},
        {"quiet_from": 22, "quiet_to": 24},
        {"quiet_from": 22},
        {"quiet_to": 7},
        {"utc_offset_min": 14 * 60 + 1},
        {"utc_offset_min": -14 * 60 - 1},
    ],
)
def test_limits_out_of_bounds_are_refused(tmp_path: Path, limits: dict[str, int]) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        asked = house.ask(anna, SetLimits(id=fresh(), **limits))
        assert await refusal(asked) == (Code.NOT_ALLOWED, "limits")
        assert await house.value("SELECT count(*) FROM own_limits") == 0

    play(tmp_path, story)


def test_a_relay_of_real_money_says_so(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        real = wallet.Wallets(house.store, house.clock, practice=False)
        found = await real.handlers()[GetWallet](anna, GetWallet(id=fresh()))
        assert isinstance(found, Wallet)
        assert not found.practice

    play(tmp_path, story)
