"""Finding shops: text from one character on, filters, sorts, pages; and a shop whole."""

import asyncio
import math
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh, open_house

from miaohui.promise.figures import kept_rate
from miaohui.relay.directory import statistics
from miaohui.relay.directory.statistics import MeasuredWait, Measurement
from miaohui.relay.host import loading
from miaohui.relay.ports import Caller, Refused
from miaohui.wire.accounts import Role, SetDisplay
from miaohui.wire.catalogue import GetShop, Measured, Search, Shop, ShopPage
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.errors import Code
from miaohui.wire.sessions import WriteReview
from miaohui.wire.shopkeeping import UpdateShop

Story = Callable[[House], Coroutine[Any, Any, None]]


def play(data: Path, story: Story) -> None:
    async def whole() -> None:
        async with open_house(data) as house:
            await story(house)

    asyncio.run(whole())


async def found(house: House, caller: Caller, **wanted: Any) -> list[str]:
    page = await house.want(ShopPage, caller, Search(id=fresh(), **wanted))
    assert page.total >= len(page.cards)
    return [card.shop for card in page.cards]


@pytest.mark.parametrize(
    ("text", "shops"),
    [
        ("晚", ["wan"]),
        ("晚风", ["wan"]),
        ("风小屋", ["wan"]),
        ("风屋", []),
        ("屋云", []),
        ("云朵", ["wan"]),
        ("倾听", ["wan"]),
        ("QUIET", ["solo"]),
        ("qui cor", ["solo"]),
        ("english", ["solo"]),
        ("晚 quiet", []),
        ("！？", []),
        ("'; DROP", []),
        ("", ["wan", "solo"]),
    ],
)
def test_text_is_found_from_one_character_on(tmp_path: Path, text: str, shops: list[str]) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        assert await found(house, anna, text=text) == shops

    play(tmp_path, story)


def test_a_new_name_is_found_and_the_old_one_is_not(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        await house.ask(yun, SetDisplay(id=fresh(), display="星河"))
        assert await found(house, anna, text="星河") == ["wan"]
        assert await found(house, anna, text="云朵") == []

    play(tmp_path, story)


def test_filters_and_who_is_free(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        assert await found(house, anna, free_now=True) == []
        await house.responder("robin")
        assert await found(house, anna, free_now=True) == ["solo"]
        assert await found(house, anna, sort="wait") == ["solo", "wan"]
        assert await found(house, anna, night=True) == ["wan"]
        assert await found(house, anna, freelancer=True) == ["solo"]
        assert await found(house, anna, trial=True) == ["wan"]
        assert await found(house, anna, max_fen_per_30=6000) == ["wan"]
        assert await found(house, anna, sort="price") == ["wan", "solo"]
        page = await house.want(ShopPage, anna, Search(id=fresh(), free_now=True))
        assert (page.cards[0].on_duty, page.cards[0].queue_ms) == (1, 0)

    play(tmp_path, story)


def waits(count: int, ms: int, state: str, at: int) -> tuple[MeasuredWait, ...]:
    asks = (1, 0) if state == "kept" else (0, 2)
    return tuple(
        MeasuredWait("robin", at + n, 16, ms, state, asks_kept=asks[0], asks_breached=asks[1])
        for n in range(count)
    )


async def add(
    house: House,
    session: str,
    kept: int,
    breached: int,
    *,
    customer: str = "eve",
    price_fen: int = 3000,
) -> None:
    now = house.clock.utc_ms()
    turns = waits(kept, 3000, "kept", now) + waits(breached, 15_000, "breached", now)
    measurement = Measurement(
        session=session,
        shop="solo",
        customer=customer,
        closed_utc_ms=now,
        waits=turns,
        pieces=turns,
        late_ms=5000 * breached,
        elapsed_ms=600_000,
        asks_kept=kept,
        asks_breached=2 * breached,
        price_fen=price_fen,
        paid_ms=1_800_000,
    )
    await house.store.write(lambda conn: statistics.measured_in(conn, measurement))


async def figures_of(house: House, anna: Caller) -> Measured:
    return (await house.want(Shop, anna, GetShop(id=fresh(), shop="solo"))).card.measured


def test_what_was_measured_sorts_and_what_is_claimed_does_not(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        assert await found(house, anna) == ["wan", "solo"]
        await add(house, "s1", kept=19, breached=0)
        assert await found(house, anna) == ["solo", "wan"]
        assert await found(house, anna, kept_percent=1) == []
        await add(house, "s2", kept=1, breached=1, customer="bob")
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="solo"))
        figures = shop.card.measured
        # Filtered by the interval's lower bound, not by 20 of 21.
        bound = math.floor(figures.low * 100)
        assert bound < 90
        assert await found(house, anna, kept_percent=bound) == ["solo"]
        assert await found(house, anna, kept_percent=bound + 1) == []
        assert (figures.kept, figures.breached, figures.sessions) == (20, 1, 2)
        assert figures.customers == 2
        assert (figures.asks_kept, figures.asks_breached) == (20, 2)
        assert (figures.p50_ms, figures.worst_ms) == (3000, 15_000)
        assert figures.p95_at_least
        assert figures.late_share == 5000 / 1_200_000
        assert (shop.hours[16].kept, shop.hours[16].breached, len(shop.hours)) == (20, 1, 24)
        assert shop.people[0].measured == figures
        assert shop.served == 2
        assert shop.window_days == 30

    play(tmp_path, story)


def test_the_newest_60_turns_of_a_customer_count_and_bind_as_one(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await add(house, "s1", kept=60, breached=0)
        assert (await figures_of(house, anna)).kept == 60
        await add(house, "s2", kept=1, breached=0)
        one = await figures_of(house, anna)
        assert (one.kept, one.customers) == (60, 1)
        assert (one.asks_kept, one.asks_breached) == (60, 0)
        assert one.low < kept_rate(60, 0).low
        await add(house, "s3", kept=1, breached=0, customer="bob")
        two = await figures_of(house, anna)
        assert (two.kept, two.customers) == (61, 2)
        assert two.low > one.low
        assert two.asks_kept == 61
        assert two.asks_low > one.asks_low

    play(tmp_path, story)


def test_sessions_far_below_the_price_or_of_the_shops_own_count_for_nobody(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        row = await house.value(
            "SELECT min(price_fen * 100 / minutes) FROM offers WHERE shop = 'solo' AND trial = 0"
        )
        quarter = int(row) * 30 // 100 // 4
        await add(house, "s1", kept=5, breached=0, price_fen=quarter - 1)
        assert (await figures_of(house, anna)).kept == 0
        await add(house, "s2", kept=5, breached=0, customer="robin")
        assert (await figures_of(house, anna)).kept == 0
        await add(house, "s3", kept=5, breached=0, price_fen=quarter + 1)
        assert (await figures_of(house, anna)).kept == 5

    play(tmp_path, story)


def test_waits_leave_the_window_after_thirty_days(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await add(house, "s1", kept=20, breached=0)
        house.clock.forward(statistics.WINDOW_MS + 1000)
        while await statistics.Refresher(house.store, house.clock).look():
            continue
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="solo"))
        assert (shop.card.measured.kept, shop.card.measured.p50_ms) == (0, None)
        # Counted, though no longer in the window.
        assert shop.served == 1

    play(tmp_path, story)


def test_many_waits_follow_off_the_writing_thread(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for customer in range(26):
            await add(house, f"s{customer}", kept=60, breached=0, customer=f"c{customer}")
        assert await house.value("SELECT stale FROM figures WHERE subject = 'solo'") == 1
        while await statistics.Refresher(house.store, house.clock).look():
            continue
        row = await house.value("SELECT p95_ms FROM figures WHERE subject = 'solo' AND stale = 0")
        assert row == 3000
        assert await house.value("SELECT kept FROM figures WHERE subject = 'solo'") == 1560

    play(tmp_path, story)


def test_pages_have_no_gap_and_no_double(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("robin")
        shops = [
            {
                "shop": f"s{n}",
                "name": f"小店{n}",
                "offers": [{"offer": f"o{n}", "minutes": 30, "price_fen": 1000 + n % 3}],
            }
            for n in range(25)
        ]
        now = house.clock.utc_ms()
        await house.store.write(lambda conn: loading.load_catalogue_in(conn, {"shops": shops}, now))
        for sort in ("measured", "price", "fastest", "wait"):
            seen: list[str] = []
            cursor = None
            while True:
                page = await house.want(
                    ShopPage,
                    anna,
                    Search(id=fresh(), sort=sort, limit=4, cursor=cursor),  # type: ignore[arg-type]
                )
                assert page.total == 27
                seen += [card.shop for card in page.cards]
                cursor = page.cursor
                if cursor is None:
                    break
            assert len(seen) == len(set(seen)) == 27, sort
        with pytest.raises(Refused) as caught:
            await house.ask(anna, Search(id=fresh(), sort="price", cursor="bm9uc2Vuc2U="))
        assert caught.value.code is Code.NOT_FOUND

    play(tmp_path, story)


def test_a_review_comes_after_the_pause_once_and_stands_beside_the_measure(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        anna, yun = await house.customer("anna"), await house.responder("yun")
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        opened = await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order.order))
        session = opened.card.session
        review = WriteReview(id=fresh(), session=session, stars=2, text="等了好久", tags=["slow"])

        async def refused(request: WriteReview, who: Caller = anna) -> Code:
            with pytest.raises(Refused) as caught:
                await house.ask(who, request)
            return caught.value.code

        assert await refused(review) is Code.WRONG_STATE
        await house.sessions.end_all(anna.account, "safety")
        assert await refused(review) is Code.TOO_EARLY
        house.clock.forward(60_000)
        assert await refused(review, yun) is Code.NOT_FOUND
        assert await refused(WriteReview(id=fresh(), session=session, stars=6)) is Code.NOT_ALLOWED
        await house.ask(anna, review)
        await house.ask(anna, review)
        assert await refused(WriteReview(id=fresh(), session=session, stars=5)) is Code.ALREADY_DONE
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))
        assert [(each.stars, each.text, each.tags) for each in shop.reviews] == [
            (2, "等了好久", ["slow"])
        ]
        assert (shop.card.claimed.stars_tenths, shop.card.claimed.reviews) == (20, 1)
        await house.screens.until(lambda: house.screens.orders[order.order].reviewed)

    play(tmp_path, story)


@pytest.mark.parametrize("field", ["about", "tags"])
def test_an_offer_that_claims_to_treat_is_refused_with_the_reason(
    tmp_path: Path, field: str
) -> None:
    async def story(house: House) -> None:
        owner = replace(await house.customer("owner"), role=Role.OWNER, shop="wan")
        value: Any = "专业心理治疗" if field == "about" else ["心理咨询"]
        with pytest.raises(Refused) as told:
            await house.ask(owner, UpdateShop(id=fresh(), **{field: value}))
        assert (told.value.code, told.value.detail) == (Code.NOT_ALLOWED, "therapy")
        await house.ask(owner, UpdateShop(id=fresh(), about="陪聊，不做治疗"))

    play(tmp_path, story)


def test_what_customers_said_of_their_cards_is_added_up(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="solo"))
        assert shop.cards_kept is None  # nobody was asked
        now = house.clock.utc_ms()
        old = now - 181 * 24 * 3_600_000
        rows = [
            *((f"s{n}", f"c{n}", now - n, "yes") for n in range(18)),
            *((f"p{n}", "eve", now - n, "partly") for n in range(2)),
            ("n0", "mal", now, "no"),
            ("u0", "una", now, None),  # had no card
            ("o0", "old", old, "no"),
        ]

        def job(conn: sqlite3.Connection) -> None:
            conn.executemany(
                "INSERT INTO reviews (session, shop, customer, responder, stars, text, tags, utc_ms,"
                " card_kept) VALUES (?, 'solo', ?, 'robin', 4, '', '[]', ?, ?)",
                rows,
            )

        await house.store.write(job)
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="solo"))
        found = shop.cards_kept
        assert found is not None
        assert (found.yes, found.partly, found.no, found.days) == (18, 2, 1, 180)
        plain = kept_rate(18, 3)
        # By customers: two answers of one of them are worth less than two of two.
        assert found.low < plain.low < 18 / 21 < plain.high < found.high

    play(tmp_path, story)
