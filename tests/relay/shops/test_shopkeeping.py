"""A shop kept by its owner: words, hours, terms and limits; nobody else may."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play
from tests.relay.shops.test_day import owner_of, say

from miaohui.relay.ports import Caller, Refused
from miaohui.relay.shops import hours
from miaohui.wire.accounts import Role
from miaohui.wire.catalogue import GetShop, RefundTerm, Shop, SpecialDay, TermsView
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request
from miaohui.wire.orders import Order, Pay, Quote
from miaohui.wire.shopkeeping import (
    DropOffer,
    InviteResponder,
    PriceTerms,
    PutOffer,
    TermsPriced,
    UpdateShop,
)

NEW_TERMS = TermsView(
    give_back=True,
    last_question=True,
    refunds=[RefundTerm(kept_below=95, min_turns=1, refund_percent=100)],
)


async def refusal(house: House, who: Caller, request: Request) -> tuple[Code, str]:
    with pytest.raises(Refused) as told:
        await house.ask(who, request)
    return told.value.code, told.value.detail


async def shop_of(house: House, who: Caller, shop: str = "wan") -> Shop:
    return await house.want(Shop, who, GetShop(id=fresh(), shop=shop))


def test_only_the_shops_owner_may_change_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        other = await owner_of(house, "solo")
        host = replace(anna, role=Role.HOST, shop="wan")
        requests: list[Request] = [
            UpdateShop(id=fresh(), name="别家的店"),
            UpdateShop(id=fresh(), terms=NEW_TERMS),
            UpdateShop(id=fresh(), special_days=[]),
            PutOffer(id=fresh(), minutes=30, price_fen=1),
            DropOffer(id=fresh(), offer="wan-30"),
            InviteResponder(id=fresh()),
            PriceTerms(id=fresh(), terms=NEW_TERMS),
        ]
        for request in requests:
            for who in (anna, yun, host):
                assert await refusal(house, who, request) == (Code.NOT_ALLOWED, "role")
        # The owner of another shop changes that one alone.
        await house.ask(other, UpdateShop(id=fresh(), name="别家的店"))
        drop = DropOffer(id=fresh(), offer="wan-30")
        assert await refusal(house, other, drop) == (Code.NOT_FOUND, "offer")
        assert (await shop_of(house, anna)).card.name == "晚风小屋"
        assert (await shop_of(house, anna, "solo")).card.name == "别家的店"

    play(tmp_path, story)


def test_name_hours_days_terms_and_invoice_are_what_customers_see(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, owner = await house.customer("anna"), await owner_of(house)
        await house.responder("yun")
        today = hours.local_day(house.clock.utc_ms(), 480)
        days = [
            SpecialDay(day="2027-02-06", hours=""),
            SpecialDay(day=today, hours="12:00-02:00"),
            SpecialDay(day="2026-01-01", hours="09:00-12:00"),
        ]
        await house.ask(
            owner,
            UpdateShop(
                id=fresh(),
                name="晚风",
                open_hours="10:00-24:00",
                special_days=days,
                terms=NEW_TERMS,
                invoice="加店铺公众号，报订单号和抬头",
            ),
        )
        shop = await shop_of(house, anna)
        assert (shop.card.name, shop.open_hours) == ("晚风", "10:00-24:00")
        # What is over is not shown any more.
        assert shop.special_days == [days[1], days[0]]
        assert (shop.terms, shop.invoice) == (NEW_TERMS, "加店铺公众号，报订单号和抬头")
        order = await house.quote(anna)
        assert (order.terms, order.invoice) == (NEW_TERMS, "加店铺公众号，报订单号和抬头")
        # A field that is left out stays.
        await house.ask(owner, UpdateShop(id=fresh(), about="慢慢说"))
        assert (await shop_of(house, anna)).special_days == [days[1], days[0]]

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("name", "心理治疗中心", "therapy"),
        ("open_hours", "25:00-26:00", "open_hours"),
        ("special_days", [SpecialDay(day="2027-02-06", hours="never")], "open_hours"),
        ("special_days", [SpecialDay(day="2027-02-06")] * 2, "special_days"),
        (
            "terms",
            TermsView(
                give_back=True,
                last_question=True,
                refunds=[RefundTerm(kept_below=0, min_turns=5, refund_percent=20)],
            ),
            "terms",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, field: str, value: Any, detail: str
) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        before = await shop_of(house, owner)
        request = UpdateShop(id=fresh(), **{"about": "新的介绍", field: value})
        assert await refusal(house, owner, request) == (Code.NOT_ALLOWED, detail)
        assert await shop_of(house, owner) == before

    play(tmp_path, story)


def test_an_offer_of_so_many_a_day_sells_out_and_is_back_the_next_day(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        await house.responder("yun")
        for limit in (0, 10_001):
            wrong = PutOffer(id=fresh(), minutes=30, price_fen=5000, most_a_day=limit)
            assert await refusal(house, owner, wrong) == (Code.NOT_ALLOWED, "most_a_day")
        await house.ask(
            owner, PutOffer(id=fresh(), minutes=20, price_fen=4000, most_a_day=1, offer="wan-30")
        )
        anna, ben = await house.customer("anna"), await house.customer("ben")
        offer = next(one for one in (await shop_of(house, anna)).offers if one.minutes == 20)
        assert (offer.most_a_day, offer.left_today) == (1, 1)

        async def quote(who: Caller) -> Order:
            return await house.want(Order, who, Quote(id=fresh(), shop="wan", offer=offer.offer))

        first, second = await quote(anna), await quote(ben)
        pay = Pay(id=fresh(), order=first.order, provider="practice", price_fen=4000)
        await house.ask(anna, pay)
        late = Pay(id=fresh(), order=second.order, provider="practice", price_fen=4000)
        assert await refusal(house, ben, late) == (Code.SOLD_OUT, "")
        with pytest.raises(Refused) as told:
            await quote(ben)
        assert told.value.code is Code.SOLD_OUT
        offer = next(one for one in (await shop_of(house, anna)).offers if one.minutes == 20)
        assert offer.left_today == 0
        house.clock.forward(9 * 3_600_000)  # past the shop's midnight
        offer = next(one for one in (await shop_of(house, anna)).offers if one.minutes == 20)
        assert offer.left_today == 1

    play(tmp_path, story)


def test_terms_are_priced_by_the_sessions_that_were(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        session = opened.card.session
        await say(house, yun, session, "你好，我在。")
        house.clock.forward(1000)
        await say(house, anna, session, "在吗？今天有点难过")
        house.clock.forward(15_000)
        await say(house, yun, session, "抱歉久等了，发生了什么？")
        await house.sessions.end_all(anna.account, "safety")

        async def priced(view: TermsView) -> TermsPriced:
            return await house.want(TermsPriced, owner, PriceTerms(id=fresh(), terms=view))

        mild = await priced(order.terms)
        refund = await house.value("SELECT refund_fen FROM orders WHERE session = ?", session)
        assert (mild.sessions, mild.of_sessions, mild.sold_fen) == (1, 1, 5000)
        assert mild.really_fen == mild.would_fen == refund
        hard = await priced(NEW_TERMS)
        assert (hard.really_fen, hard.would_fen) == (refund, 5000)
        none = TermsView(give_back=False, last_question=True, refunds=[])
        assert (await priced(none)).would_late_fen == 0
        assert mild.late_fen == mild.would_late_fen > 0
        # Only the last thirty days count, and asking changes nothing.
        house.clock.forward(31 * 24 * 3_600_000)
        assert (await priced(NEW_TERMS)).sessions == 0
        assert (await shop_of(house, owner)).terms == order.terms

    play(tmp_path, story)
