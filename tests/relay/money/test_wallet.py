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

from miaohui.relay.money import ledger, own_limits, wallet
from miaohui.relay.money.own_limits import Caps
from miaohui.relay.orders.checkout import payment_number
from miaohui.relay.ports import Refused
from miaohui.wire.accounts import DeclareAge, Done, GetWallet, SetLimits, StopBuying, Wallet
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, OrderState, Pay

DAY_MS = 24 * 3_600_000


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
    assert own_limits.month_start_ms(ms(now), Caps(utc_offset_min=offset).place) == ms(start)


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
                assert own_limits.month_start_ms(ms(now), Caps(utc_offset_min=offset).place) == ms(
                    start
                )
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
    quiet = [hour for hour in range(24) if own_limits.is_quiet(hour, quiet_from, quiet_to)]
    assert quiet == hours


@pytest.mark.parametrize("name", ["month_fen", "day_fen"])
def test_the_limit_itself_may_be_spent_and_not_a_fen_more(tmp_path: Path, name: str) -> None:
    async def story(house: House) -> None:
        await house.responder("yun")
        anna, ben, cleo = [await house.customer(each) for each in ("anna", "ben", "cleo")]
        for each, fen in ((anna, 4999), (ben, 7999), (cleo, 8000)):
            await house.ask(each, SetLimits(id=fresh(), **{name: fen}))
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, name)
        await house.buy(ben)
        assert await refusal(house.quote(ben, "wan-15")) == (Code.LIMIT_REACHED, name)
        await house.buy(cleo)
        await house.buy(cleo, "wan-15")

    play(tmp_path, story)


def test_a_purchase_and_the_minutes_of_a_day_have_limits(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.responder("yun")
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await house.ask(anna, SetLimits(id=fresh(), purchase_fen=4999))
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "purchase_fen")
        await house.buy(anna, "wan-15")
        await house.ask(ben, SetLimits(id=fresh(), day_minutes=44))
        await house.buy(ben, "wan-15")
        assert await refusal(house.quote(ben)) == (Code.LIMIT_REACHED, "day_minutes")
        await house.buy(ben, "wan-15")

    play(tmp_path, story)


def test_a_lower_limit_holds_at_once_and_a_higher_one_a_day_later(tmp_path: Path) -> None:
    clock = HandClock()

    async def story() -> None:
        async with open_house(tmp_path, clock) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            await house.ask(anna, SetLimits(id=fresh(), month_fen=6000, day_fen=6000))
            await house.ask(anna, SetLimits(id=fresh(), month_fen=4000, day_fen=9000))
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert (found.month_fen, found.day_fen) == (4000, 6000)
            assert found.wanted is not None
            assert (found.wanted.month_fen, found.wanted.day_fen) == (4000, 9000)
            clock.forward(DAY_MS - 1)
            # Asked again, it does not begin anew; taken back, it never comes.
            await house.ask(anna, SetLimits(id=fresh(), month_fen=4000, day_fen=9000))
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert found.day_fen == 6000
            clock.forward(1)
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert (found.day_fen, found.wanted) == (9000, None)
            await house.ask(anna, SetLimits(id=fresh()))
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert (found.month_fen, found.day_fen) == (4000, 9000)
            await house.ask(anna, SetLimits(id=fresh(), month_fen=4000, day_fen=9000))
            found = await house.want(Wallet, anna, GetWallet(id=fresh()))
            assert found.wanted is None

    asyncio.run(story())


HOURS = [
    # (from, to) now, wanted, at once
    ((None, None), (22, 7), (22, 7)),
    ((22, 7), (21, 8), (21, 8)),
    ((22, 7), (23, 7), (22, 7)),
    ((22, 7), (8, 12), (22, 7)),
    ((22, 7), (None, None), (22, 7)),
]


@pytest.mark.parametrize(("now", "wanted", "holds"), HOURS)
def test_more_quiet_hours_are_a_lower_limit(
    now: tuple[Any, Any], wanted: tuple[Any, Any], holds: tuple[Any, Any]
) -> None:
    def caps(hours: tuple[Any, Any]) -> Caps:
        return Caps(quiet_from=hours[0], quiet_to=hours[1])

    found = own_limits.tightened(caps(now), caps(wanted), ms("2027-01-15T08:00:00"))
    assert (found.quiet_from, found.quiet_to) == holds


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        ("2027-01-15T05:30:00", 6),  # winter: one hour ahead
        ("2027-07-15T04:30:00", 6),  # summer: two
    ],
)
def test_a_zone_by_name_knows_summer_time(now: str, hour: int) -> None:
    place = Caps(zone="Europe/Berlin").place
    assert own_limits.local(ms(now), place).hour == hour


def test_a_day_begins_at_midnight_however_long_it_is() -> None:
    place = Caps(zone="Europe/Berlin").place
    assert own_limits.day_start_ms(ms("2027-03-28T20:00:00"), place) == ms("2027-03-27T23:00:00")
    assert own_limits.day_start_ms(ms("2027-10-31T20:00:00"), place) == ms("2027-10-30T22:00:00")


def test_another_zone_is_no_way_out_of_the_night(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        here = SetLimits(id=fresh(), quiet_from=16, quiet_to=17, zone="Asia/Shanghai")
        await house.ask(anna, here)
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "quiet_hours")
        there = SetLimits(id=fresh(), quiet_from=16, quiet_to=17, zone="Europe/Berlin")
        await house.ask(anna, there)
        assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "quiet_hours")
        nowhere = SetLimits(id=fresh(), zone="Nowhere/At_all")
        assert await refusal(house.ask(anna, nowhere)) == (Code.NOT_ALLOWED, "zone")

    play(tmp_path, story)


def test_no_purchases_for_seven_days_cannot_be_taken_back(tmp_path: Path) -> None:
    clock = HandClock()

    async def story() -> None:
        async with open_house(tmp_path, clock) as house:
            anna = await house.customer("anna")
            await house.responder("yun")
            await house.ask(anna, StopBuying(id=fresh()))
            await house.ask(anna, SetLimits(id=fresh()))
            assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "stopped")
            clock.forward(7 * DAY_MS - 1)
            assert await refusal(house.quote(anna)) == (Code.LIMIT_REACHED, "stopped")
            clock.forward(1)
            await house.quote(anna)

    asyncio.run(story())


def test_nothing_is_sold_to_a_minor_nor_real_time_to_who_has_not_said(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await house.responder("yun")
        await house.ask(ben, DeclareAge(id=fresh(), adult=False))
        assert await refusal(house.quote(ben)) == (Code.NOT_ALLOWED, "minor")
        again = house.ask(ben, DeclareAge(id=fresh(), adult=True))
        assert await refusal(again) == (Code.NOT_ALLOWED, "minor")

        def sold(account: str) -> Callable[[Any], None]:
            return lambda conn: wallet.check_in(conn, account, 1, 1, 0, practice=False)

        async def buy(account: str) -> None:
            await house.store.read(sold(account))

        assert await refusal(buy(anna.account)) == (Code.NOT_ALLOWED, "age")
        await house.ask(anna, DeclareAge(id=fresh(), adult=True))
        await buy(anna.account)
        found = await house.want(Wallet, anna, GetWallet(id=fresh()))
        assert found.age == "adult"

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
            spent_day_fen=5000,
            minutes_day=30,
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
