"""People, figures, money and reviews before the owner; and before nobody else."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play
from tests.relay.shops.test_catalogue import add
from tests.relay.shops.test_day import owner_of, say

from miaohui.relay.ports import Caller, Refused
from miaohui.relay.shops import hours
from miaohui.wire.accounts import Role
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request
from miaohui.wire.owner import (
    DropInvitation,
    GetShopFigures,
    GetShopMoney,
    GetShopPeople,
    GetShopReviews,
    LetGo,
    ReplyToReview,
    ShopFigures,
    ShopMoney,
    ShopPeople,
    ShopReviews,
)
from miaohui.wire.sessions import WriteReview
from miaohui.wire.shopkeeping import Invitation, InviteResponder


async def refusal(house: House, who: Caller, request: Request) -> tuple[Code, str]:
    with pytest.raises(Refused) as told:
        await house.ask(who, request)
    return told.value.code, told.value.detail


async def served(house: House, name: str = "anna") -> tuple[Caller, str]:
    """A session with one question, ended before an answer to it counted; customer and id."""
    anna, yun = await house.customer(name), await house.responder("yun")
    order = await house.buy(anna)
    await house.offered("yun", order.order)
    opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
    session = opened.card.session
    await say(house, yun, session, "你好，我在。")
    house.clock.forward(1000)
    await say(house, anna, session, "在吗？今天有点难过")
    house.clock.forward(4000)
    await say(house, yun, session, "在的，发生了什么？")
    await house.sessions.end_all(anna.account, "safety")
    return anna, session


def test_all_of_it_is_the_owners_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, session = await served(house)
        yun = await house.responder("yun")
        requests: list[Request] = [
            GetShopPeople(id=fresh()),
            GetShopFigures(id=fresh()),
            GetShopMoney(id=fresh(), first="2027-01-01", last="2027-01-31"),
            GetShopReviews(id=fresh()),
            DropInvitation(id=fresh(), invitation="0" * 12),
            LetGo(id=fresh(), responder="bai"),
            ReplyToReview(id=fresh(), session=session, text="谢谢"),
        ]
        for request in requests:
            for who in (anna, yun, replace(anna, role=Role.HOST, shop="wan")):
                assert await refusal(house, who, request) == (Code.NOT_ALLOWED, "role")
        # Another shop's owner finds nothing of this one.
        other = await owner_of(house, "solo")
        let_go = LetGo(id=fresh(), responder="bai")
        assert await refusal(house, other, let_go) == (Code.NOT_FOUND, "responder")
        reply = ReplyToReview(id=fresh(), session=session, text="谢谢")
        assert await refusal(house, other, reply) == (Code.NOT_FOUND, "session")
        money = GetShopMoney(id=fresh(), first="2027-01-01", last="2027-01-31")
        assert (await house.want(ShopMoney, other, money)).lines == []

    play(tmp_path, story)


def test_an_invitation_is_listed_and_withdrawn(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        made = await house.want(Invitation, owner, InviteResponder(id=fresh()))
        people = await house.want(ShopPeople, owner, GetShopPeople(id=fresh()))
        assert [each.name for each in people.people] == ["云朵", "阿白"]
        (listed,) = people.invitations
        assert (listed.role, listed.by_host) == ("responder", False)
        assert made.invite not in str(people)  # by what is shown nobody signs up
        assert listed.invitation not in made.invite
        drop = DropInvitation(id=fresh(), invitation=listed.invitation)
        await house.ask(owner, drop)
        await house.ask(owner, drop)  # the same command again
        again = DropInvitation(id=fresh(), invitation=listed.invitation)
        assert await refusal(house, owner, again) == (Code.NOT_FOUND, "invitation")
        left = await house.want(ShopPeople, owner, GetShopPeople(id=fresh()))
        assert left.invitations == []

    play(tmp_path, story)


def test_who_is_let_go_is_a_customer_and_signed_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        await house.ask(yun, AcceptOrder(id=fresh(), order=order.order))
        busy = LetGo(id=fresh(), responder="yun")
        assert await refusal(house, owner, busy) == (Code.WRONG_STATE, "open_orders")
        await house.ask(owner, LetGo(id=fresh(), responder="bai"))
        people = await house.want(ShopPeople, owner, GetShopPeople(id=fresh()))
        assert [each.responder for each in people.people] == ["yun"]
        assert await house.value("SELECT role FROM accounts WHERE account = 'bai'") == "customer"
        assert ("bai", Code.TOKEN_REVOKED, None) in house.screens.cuts
        assert house.services.on_duty.person("bai") is None
        # An owner lets nobody of themselves go: owners are not among the people.
        own = LetGo(id=fresh(), responder=owner.account)
        assert await refusal(house, owner, own) == (Code.NOT_FOUND, "responder")

    play(tmp_path, story)


def test_figures_by_person_hour_and_mode_add_up(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house, "solo")
        await add(house, "s1", kept=19, breached=0)
        await add(house, "s2", kept=3, breached=2, customer="bob")
        told = await house.want(ShopFigures, owner, GetShopFigures(id=fresh(), days=30))
        shop = await house.want(Shop, owner, GetShop(id=fresh(), shop="solo"))
        assert (told.measured.kept, told.measured.breached) == (22, 2)
        # What the owner sees is what customers see.
        seen = shop.card.measured
        assert (told.measured.low, told.measured.high) == (seen.low, seen.high)
        assert told.measured.late_ms == seen.late_ms
        assert [(each.name, each.measured.kept) for each in told.people] == [("Robin", 22)]
        assert [(each.hour, each.measured.kept) for each in told.hours] == [(16, 22)]
        assert [(each.mode, each.measured.breached) for each in told.modes] == [("text", 2)]
        assert 0 < told.hours[0].measured.low < told.hours[0].measured.high < 1
        house.clock.forward(2 * 24 * 3_600_000)
        one = await house.want(ShopFigures, owner, GetShopFigures(id=fresh(), days=1))
        assert (one.measured.kept, one.people[0].measured.kept, one.hours) == (0, 0, [])

    play(tmp_path, story)


def test_money_adds_up_to_the_ledger(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        today = hours.local_day(house.clock.utc_ms(), 480)
        await served(house)
        ben = await house.customer("ben")
        await house.buy(ben, "wan-15")
        ask = GetShopMoney(id=fresh(), first=today, last=today)
        told = await house.want(ShopMoney, owner, ask)
        (practice,) = told.providers
        assert (practice.provider, practice.payments, practice.paid_fen) == ("practice", 2, 8000)
        assert practice.refunded_fen > 0  # unused time of the session that ended
        earned = await house.value("SELECT fen FROM books WHERE book = 'shop:wan'")
        assert (told.earned_fen, told.sessions, told.held_fen) == (earned, 1, 3000)
        assert practice.paid_fen - practice.refunded_fen == told.earned_fen + told.held_fen
        assert sum(line.fen for line in told.lines) == practice.paid_fen - practice.refunded_fen
        assert [line.kind for line in told.lines].count("refund") == practice.refunds
        before = GetShopMoney(id=fresh(), first="2026-01-01", last="2026-12-31")
        assert (await house.want(ShopMoney, owner, before)).lines == []
        for first, last in (("2027-02-02", "2027-02-01"), ("2025-01-01", "2027-01-01")):
            wrong = GetShopMoney(id=fresh(), first=first, last=last)
            assert await refusal(house, owner, wrong) == (Code.NOT_ALLOWED, "days")

    play(tmp_path, story)


def test_money_comes_in_pages_without_gap_or_double(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        from miaohui.relay.shops import takings

        monkeypatch.setattr(takings, "LINES", 2)
        owner = await owner_of(house)
        await house.responder("yun")
        today = hours.local_day(house.clock.utc_ms(), 480)
        for name in ("anna", "ben", "cora", "dora", "eli"):
            await house.buy(await house.customer(name))
        numbers: list[str] = []
        cursor = None
        while True:
            ask = GetShopMoney(id=fresh(), first=today, last=today, cursor=cursor)
            page = await house.want(ShopMoney, owner, ask)
            numbers += [line.number for line in page.lines]
            cursor = page.cursor
            if cursor is None:
                break
        assert len(numbers) == len(set(numbers)) == 5

    play(tmp_path, story)


def test_a_reply_stands_below_the_review_and_can_be_taken_back(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        anna, session = await served(house)
        early = ReplyToReview(id=fresh(), session=session, text="谢谢")
        assert await refusal(house, owner, early) == (Code.NOT_FOUND, "session")
        house.clock.forward(60_000)
        await house.ask(
            anna, WriteReview(id=fresh(), session=session, stars=3, text="还行", tags=["slow"])
        )
        told = await house.want(ShopReviews, owner, GetShopReviews(id=fresh()))
        (own,) = told.reviews
        assert (own.session, own.review.stars, own.review.customer) == (session, 3, "a***")
        assert (own.measured.p50_ms, own.measured.p50_at_least) == (4000, True)
        therapy = ReplyToReview(id=fresh(), session=session, text="我们提供心理治疗")
        assert await refusal(house, owner, therapy) == (Code.NOT_ALLOWED, "therapy")
        await house.ask(owner, ReplyToReview(id=fresh(), session=session, text="谢谢，会更快。"))
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))
        assert [(each.text, each.reply) for each in shop.reviews] == [("还行", "谢谢，会更快。")]
        assert shop.reviews[0].replied_utc is not None
        await house.ask(owner, ReplyToReview(id=fresh(), session=session, text=""))
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))
        assert (shop.reviews[0].reply, shop.reviews[0].replied_utc) == ("", None)

    play(tmp_path, story)


def test_a_complaint_is_seen_once_it_is_decided_and_without_its_words(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await owner_of(house)
        anna, session = await served(house)
        await house.store.write(
            lambda conn: conn.execute(
                "INSERT INTO report (id, session, reporter, reported, side, category, words, state,"
                " filed_ms, due_ms) VALUES ('r1', ?, ?, 'yun', 'customer', 'abuse', '他骂我',"
                " 'received', 1, 2)",
                (session, anna.account),
            )
        )
        told = await house.want(ShopReviews, owner, GetShopReviews(id=fresh()))
        assert told.complaints == []
        await house.store.write(
            lambda conn: conn.execute(
                "UPDATE report SET state = 'decided', verdict = 'upheld', reason = '辱骂',"
                " decided_ms = 3 WHERE id = 'r1'"
            )
        )
        told = await house.want(ShopReviews, owner, GetShopReviews(id=fresh()))
        (one,) = told.complaints
        assert (one.verdict, one.reason, one.responder_name) == ("upheld", "辱骂", "云朵")
        assert one.measured.p50_ms == 4000
        assert "他骂我" not in str(told)
        assert anna.account not in str(told)

    play(tmp_path, story)
