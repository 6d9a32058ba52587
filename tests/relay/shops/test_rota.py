"""A shop's rota: shifts, swaps, the end of a shift, and the most that anybody works."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import EVENING, HandClock, House, fresh, open_house

from miaohui.relay.accounts import accounts
from miaohui.relay.directory import openings
from miaohui.relay.directory.work import WorkStretch, work_left
from miaohui.relay.money import ledger
from miaohui.relay.orders.outlook import MOST_QUEUE_MS
from miaohui.relay.ports import Caller, Refused
from miaohui.runtime.clock import rfc3339
from miaohui.wire.accounts import Role
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, Opened, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame
from miaohui.wire.orders import GetOrder, Order, OrderState
from miaohui.wire.rota import (
    AnswerSwap,
    AskSwap,
    DropShift,
    GetRota,
    GetServed,
    PublishRota,
    PutShift,
    PutWorkLimits,
    Rota,
    RotaChanged,
    ServedMonth,
    WorkLimits,
)
from miaohui.wire.sessions import AcceptHandover, Body, Extend, HandOver, Send

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = EVENING - 16 * HOUR - 4 * DAY  # that evening is a Friday's, 16:00 in the shop
Story = Callable[[House], Coroutine[Any, Any, None]]


def play(data: Path, story: Story) -> None:
    async def whole() -> None:
        async with open_house(data, HandClock()) as house:
            heard(house)
            await story(house)
            assert await house.store.read(ledger.audit_in) == []

    asyncio.run(whole())


def heard(house: House) -> list[tuple[str, str]]:
    """What was said of rotas, and to whom."""
    said: list[tuple[str, str]] = getattr(house, "said", None) or []
    if not said:
        push = house.screens.push

        def listen(account: str, frame: Frame) -> None:
            if isinstance(frame, RotaChanged):
                said.append((account, frame.what))
            push(account, frame)

        house.screens.push = listen  # type: ignore[method-assign]
        house.said = said  # type: ignore[attr-defined]
    return said


async def refusal(work: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code, caught.value.detail


async def owner(house: House) -> Caller:
    await house.store.write(
        lambda conn: accounts.make_account_in(
            conn,
            account="boss",
            name="boss",
            display="掌柜",
            role=Role.OWNER,
            shop="wan",
            sealed="",
            now_ms=EVENING,
        )
    )
    house.screens.here.add("boss")
    return Caller("boss", Role.OWNER, "wan", "掌柜", "t-boss", "d-boss", 9)


async def shift(house: House, boss: Caller, who: str, start: int, end: int) -> None:
    await house.ask(
        boss,
        PutShift(id=fresh(), responder=who, from_utc=rfc3339(start), to_utc=rfc3339(end)),
    )


async def rota(house: House, caller: Caller, week: int = 0) -> Rota:
    return await house.want(Rota, caller, GetRota(id=fresh(), week=week))


async def publish(house: House, boss: Caller) -> None:
    await house.ask(boss, PublishRota(id=fresh(), from_utc=rfc3339(MONDAY)))


async def talk(house: House, customer: Caller, responder: Caller) -> str:
    """An open session whose paid time runs, with nothing open."""
    order = await house.buy(customer)
    await house.offered(responder.account, order.order)
    opened = await house.want(Opened, responder, AcceptOrder(id=fresh(), order=order.order))
    live = await house.sessions.get(opened.card.session)
    assert live is not None
    body = Body(salt="0" * 32, text="来了")
    await said(house, responder, Send(id=fresh(), session=live.id, body=body, seen_seq=0))
    return live.id


class Line:
    def __init__(self) -> None:
        self.done = asyncio.get_running_loop().create_future()

    def answer(self, id: str, outcome: object) -> None:
        self.done.set_result(outcome)

    def taken(self, id: str, result: bytes) -> None:
        self.done.set_result(result)


async def said(house: House, caller: Caller, frame: Any) -> object:
    from miaohui.relay.session.live import Inbound

    live = await house.sessions.get(frame.session)
    assert live is not None
    line = Line()
    live.take(Inbound(line, caller, frame, house.clock.mono()))
    return await line.done


def test_drafts_are_published_and_each_sees_what_is_theirs(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, yun = await owner(house), await house.responder("yun")
        await shift(house, boss, "yun", EVENING + HOUR, EVENING + 5 * HOUR)
        assert (await rota(house, yun)).shifts == []
        (draft,) = (await rota(house, boss)).shifts
        assert (draft.state, draft.responder) == ("draft", "yun")
        await publish(house, boss)
        seen = await rota(house, yun)
        assert [each.state for each in seen.shifts] == ["published"]
        assert seen.from_utc == rfc3339(MONDAY)
        assert [each.name for each in seen.people] == ["云朵", "阿白"]
        assert [each.responder for each in seen.work] == ["yun"]
        friday = 4 * 24
        assert seen.there[friday + 17 : friday + 22] == [1, 1, 1, 1, 0]
        assert ("yun", "rota") in heard(house)
        # Nobody is in two places, and only the owner says who works.
        over = PutShift(
            id=fresh(),
            responder="yun",
            from_utc=rfc3339(EVENING),
            to_utc=rfc3339(EVENING + 2 * HOUR),
        )
        assert await refusal(house.ask(boss, over)) == (Code.WRONG_STATE, "overlap")
        assert await refusal(house.ask(yun, over)) == (Code.NOT_ALLOWED, "role")
        anna = await house.customer("anna")
        assert await refusal(rota(house, anna)) == (Code.NOT_ALLOWED, "role")
        await house.ask(boss, DropShift(id=fresh(), shift=draft.shift))
        assert (await rota(house, boss)).shifts == []

    play(tmp_path, story)


def test_a_swap_takes_both(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss = await owner(house)
        yun, bai = await house.responder("yun"), await house.responder("bai")
        await shift(house, boss, "yun", EVENING + HOUR, EVENING + 3 * HOUR)
        await shift(house, boss, "bai", EVENING + 2 * HOUR, EVENING + 4 * HOUR)
        await publish(house, boss)
        first, second = (await rota(house, boss)).shifts
        ask = AskSwap(id=fresh(), shift=first.shift, to="bai", in_return=second.shift)
        assert (await refusal(house.ask(bai, ask)))[0] is Code.NOT_ALLOWED
        await house.ask(yun, ask)
        (swap,) = (await rota(house, bai)).swaps
        assert (swap.giver, swap.taker, swap.state) == ("yun", "bai", "asked")
        assert ("bai", "swap_asked") in heard(house)
        yes = AnswerSwap(id=fresh(), swap=swap.swap, agree=True)
        assert (await refusal(house.ask(yun, yes)))[0] is Code.NOT_ALLOWED
        await house.ask(bai, yes)
        assert [each.responder for each in (await rota(house, boss)).shifts] == ["bai", "yun"]
        assert (await rota(house, bai)).swaps[0].state == "agreed"
        again = AnswerSwap(id=fresh(), swap=swap.swap, agree=False)
        assert (await refusal(house.ask(bai, again)))[0] is Code.ALREADY_DONE

    play(tmp_path, story)


def test_the_end_of_a_shift_takes_off_and_hands_on(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, anna = await owner(house), await house.customer("anna")
        yun = await house.responder("yun")
        await shift(house, boss, "yun", EVENING - MINUTE, EVENING + 20 * MINUTE)
        await publish(house, boss)
        # Thirty minutes do not end within the shift and the ten minutes after it, twenty do.
        order = await house.buy(anna)
        await house.offered("yun", order.order)
        await house.ask(yun, AcceptOrder(id=fresh(), order=order.order))
        session = house.screens.orders[order.order].session or await house.value(
            "SELECT session FROM orders WHERE order_id = ?", order.order
        )
        live = await house.sessions.get(str(session))
        assert live is not None
        body = Body(salt="0" * 32, text="来了")
        await said(house, yun, Send(id=fresh(), session=live.id, body=body, seen_seq=0))
        bai = await house.responder("bai")
        house.clock.forward(19 * MINUTE)
        live.tick(house.clock.mono())
        await house.services.rotas.look()
        assert house.services.on_duty.presence("yun") == "on"
        ben = await house.customer("ben")
        await house.services.orders.tick()
        assert not house.services.on_duty.work.fits("wan", "yun", 15 * MINUTE)
        assert house.services.on_duty.work.fits("wan", "bai", 15 * MINUTE)
        house.clock.forward(2 * MINUTE)
        await house.services.rotas.look()
        assert house.services.on_duty.presence("yun") == "off"
        assert ("yun", "shift_over") in heard(house)
        # Nine minutes are left: they are finished.
        assert live.actor.state.responder == "yun"
        assert (bai.account, ben.account) == ("bai", ben.account)

    play(tmp_path, story)


def test_more_than_ten_minutes_go_to_a_colleague(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, anna = await owner(house), await house.customer("anna")
        yun = await house.responder("yun")
        session = await talk(house, anna, yun)
        await shift(house, boss, "yun", EVENING - HOUR, EVENING + 5 * MINUTE)
        await publish(house, boss)
        house.clock.forward(6 * MINUTE)
        await house.services.rotas.look()
        live = await house.sessions.get(session)
        assert live is not None
        assert live.actor.state.responder == "yun"  # nobody is there to take it
        await house.responder("bai")
        await house.services.rotas.look()
        assert live.actor.state.responder == "bai"
        assert [each.reason for each in live.actor.state.handovers] == ["shift"]

    play(tmp_path, story)


def test_minutes_served_go_to_whoever_held_the_session(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, anna = await owner(house), await house.customer("anna")
        yun = await house.responder("yun")
        session = await talk(house, anna, yun)
        house.clock.forward(4 * MINUTE)
        bai = await house.responder("bai")
        hand = HandOver(id=fresh(), session=session)
        assert not isinstance(await said(house, yun, hand), Refused)
        taken = AcceptHandover(id=fresh(), session=session)
        assert not isinstance(await said(house, bai, taken), Refused)
        house.clock.forward(90_000)
        await house.sessions.end_all(anna.account, "safety")
        served = await house.want(ServedMonth, boss, GetServed(id=fresh()))
        assert [(each.name, each.sessions, each.ms, each.trial_ms) for each in served.people] == [
            ("云朵", 1, 4 * MINUTE, 0),
            ("阿白", 1, 90_000, 0),
        ]
        assert (served.from_utc, served.to_utc) == (
            "2026-12-31T16:00:00.000Z",
            "2027-01-31T16:00:00.000Z",
        )
        mine = await house.want(ServedMonth, bai, GetServed(id=fresh()))
        assert [each.responder for each in mine.people] == ["bai"]
        before = await house.want(ServedMonth, boss, GetServed(id=fresh(), months_ago=1))
        assert (before.from_utc, before.people) == ("2026-11-30T16:00:00.000Z", [])
        # A first talk stands apart: the shop's word pays for it.
        ben = await house.customer("ben")
        trial = await house.buy(ben, "wan-try", "bai")
        await house.offered("bai", trial.order)
        opened = await house.want(Opened, bai, AcceptOrder(id=fresh(), order=trial.order))
        body = Body(salt="0" * 32, text="来了")
        await said(house, bai, Send(id=fresh(), session=opened.card.session, body=body, seen_seq=0))
        house.clock.forward(30_000)
        await house.sessions.end_all(ben.account, "safety")
        (own,) = (await house.want(ServedMonth, bai, GetServed(id=fresh()))).people
        assert (own.sessions, own.ms, own.trial_ms) == (2, 120_000, 30_000)

    play(tmp_path, story)


def test_nobody_is_offered_more_than_they_may_work(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, anna = await owner(house), await house.customer("anna")
        limits = WorkLimits(stretch_minutes=60, break_minutes=15, at_once=1)
        await house.ask(boss, PutWorkLimits(id=fresh(), limits=limits))
        yun = await house.responder("yun")
        await house.services.rotas.look()
        for _ in range(40):
            house.clock.forward(MINUTE)
            await house.services.rotas.look()
        (view,) = (await rota(house, yun)).work
        assert (view.on_end_ms, view.left_ms) == (40 * MINUTE, 20 * MINUTE)
        assert not view.break_due
        # Half an hour does not fit any more, a quarter does.
        assert await refusal(house.quote(anna, "wan-30")) == (Code.NOBODY_FREE, "minutes")
        order = await house.buy(anna, "wan-15")
        await house.offered("yun", order.order)
        await house.ask(yun, AcceptOrder(id=fresh(), order=order.order))
        session = await house.value("SELECT session FROM orders WHERE order_id = ?", order.order)
        extend = Extend(
            id=fresh(), session=str(session), offer="wan-15", price_fen=3000, provider="practice"
        )
        assert await refusal(house.ask(anna, extend)) == (Code.NOBODY_FREE, "limits")
        for _ in range(16):
            house.clock.forward(MINUTE)
            await house.services.rotas.look()
        assert (await rota(house, yun)).work[0].break_due
        await house.sessions.end_all(anna.account, "safety")
        await house.screens.order(order.order, OrderState.SETTLED)
        for _ in range(5):
            house.clock.forward(MINUTE)
            await house.services.rotas.look()
        assert house.services.on_duty.presence("yun") == "break"
        assert ("yun", "rest") in heard(house)
        on = SetPresence(id=fresh(), state="on")
        assert await refusal(house.ask(yun, on)) == (Code.RESTING, "stretch")
        house.clock.forward(15 * MINUTE)
        await house.services.rotas.look()
        await house.ask(yun, SetPresence(id=fresh(), state="on"))
        assert (await rota(house, yun)).work[0].on_end_ms == 0

    play(tmp_path, story)


def test_past_its_capacity_a_shop_with_limits_sells_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss, yun = await owner(house), await house.responder("yun")
        names = ("anna", "ben", "cleo")
        anna, ben, cleo = [await house.customer(name) for name in names]

        async def page() -> Shop:
            return await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))

        order = await house.buy(anna, "wan-30")
        await house.offered("yun", order.order)
        await house.ask(yun, AcceptOrder(id=fresh(), order=order.order))
        waiting = await house.buy(ben, "wan-30")
        view = await house.want(Order, ben, GetOrder(id=fresh(), order=waiting.order))
        assert view.estimate_ms is not None
        assert view.estimate_p90_ms is not None
        assert view.estimate_ms <= view.estimate_p90_ms <= 32 * MINUTE
        # Without limits it sells as it always did, however long the queue is.
        long = await page()
        assert (long.full, long.odds) == (False, None)
        assert long.queue_p90_ms is not None
        assert long.queue_p90_ms > MOST_QUEUE_MS
        await house.quote(cleo, "wan-30")
        await house.ask(boss, PutWorkLimits(id=fresh(), limits=WorkLimits(at_once=1)))
        assert (await page()).full
        assert await refusal(house.quote(cleo, "wan-30")) == (Code.NOBODY_FREE, "queue")
        # With a colleague there is room again; whoever waited is served first.
        await house.responder("bai")
        await house.offered("bai", waiting.order)
        assert not (await page()).full
        await house.quote(cleo, "wan-30")

    play(tmp_path, story)


def test_the_odds_are_told_once_enough_was_measured(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")

        def past(conn: sqlite3.Connection) -> None:
            for n in range(120):
                load = n % 3
                openings.open_in(
                    conn,
                    f"s{n}",
                    "wan",
                    ("yun", "bai")[n % 2],
                    EVENING - DAY + n * MINUTE,
                    load=load,
                    took_ms=6_000,
                    minutes=30,
                )
                closed = EVENING - DAY + n * MINUTE + 24 * MINUTE
                kept = n % 10 >= (1, 2, 6)[load]
                openings.close_in(conn, f"s{n}", closed, 30 * MINUTE, kept=kept)

        await house.store.write(past)
        await house.services.orders.outlook.look(anew=True)
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))
        assert shop.odds is not None
        assert shop.odds.sessions == 120
        assert 800 <= shop.odds.permille <= 980
        by = {each.responder: each.odds for each in shop.people}
        assert by["bai"] is None  # who is off is not to be bought now
        assert by["yun"] is not None
        assert house.services.orders.outlook.service("wan").shares[0] == 0.8

    play(tmp_path, story)


def test_an_hour_before_a_hole_it_is_said_once(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        boss = await owner(house)
        await house.responder("yun")
        await shift(house, boss, "yun", EVENING, EVENING + 3 * HOUR)
        await publish(house, boss)
        house.clock.forward(2 * HOUR - MINUTE)
        await house.services.rotas.look()
        assert "hole" not in [what for _, what in heard(house)]
        house.clock.forward(2 * MINUTE)
        await house.services.rotas.look()
        await house.services.rotas.look()
        told = [who for who, what in heard(house) if what == "hole"]
        assert sorted(told) == ["bai", "boss", "yun"]

    play(tmp_path, story)


def test_a_restart_knows_who_worked(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        boss = await owner(house)
        await house.ask(
            boss, PutWorkLimits(id=fresh(), limits=WorkLimits(day_minutes=90), responder="yun")
        )
        yun = await house.responder("yun")
        for _ in range(60):
            await house.services.rotas.look()
            house.clock.forward(MINUTE)
        await house.services.rotas.look()
        await house.ask(yun, SetPresence(id=fresh(), state="off"))

    play(tmp_path, first)

    async def second() -> None:
        clock = HandClock(EVENING + 61 * MINUTE)
        async with open_house(tmp_path, clock) as house:
            yun = await house.responder("yun", on=False)
            (view,) = (await rota(house, yun)).work
            assert (view.today_ms, view.left_ms, view.own) == (60 * MINUTE, 30 * MINUTE, True)

    asyncio.run(second())


def test_a_shop_without_a_rota_is_as_it_was(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await owner(house)
        yun, bai = await house.responder("yun"), await house.responder("bai")
        anna = await house.customer("anna")
        for _ in range(20):
            house.clock.forward(HOUR)
            await house.services.rotas.look()
        assert house.services.on_duty.presence("yun") == "on"
        assert await house.value("SELECT count(*) FROM stretches") == 0
        session = await talk(house, anna, yun if await offered_first(house) == "yun" else bai)
        live = await house.sessions.get(session)
        assert live is not None
        holder = yun if live.actor.state.responder == "yun" else bai
        hand = HandOver(id=fresh(), session=session)
        assert not isinstance(await said(house, holder, hand), Refused)

    play(tmp_path, story)


async def offered_first(house: House) -> str:
    return house.services.on_duty.free("wan")[0].responder


@pytest.mark.parametrize(
    ("limits", "worked", "left"),
    [
        (WorkLimits(day_minutes=120), [(15, 16)], 60 * MINUTE),
        # Past midnight a new day begins: whoever has hours left then has the next day's, too.
        (WorkLimits(day_minutes=9 * 60), [], 17 * HOUR),
        (WorkLimits(stretch_minutes=60), [(13, 14)], 60 * MINUTE),
        (WorkLimits(stretch_minutes=60, break_minutes=120), [(14, 15)], 0),
        (WorkLimits(nights=0), [], 7 * HOUR),
        (WorkLimits(nights=1), [(-1, 1)], 7 * HOUR),
        (WorkLimits(nights=1), [(-0.9, -0.8)], None),
        (WorkLimits(), [(1, 15)], None),
    ],
)
def test_the_time_until_the_first_limit(
    limits: WorkLimits, worked: list[tuple[float, float]], left: int | None
) -> None:
    day = EVENING - 16 * HOUR
    stretches = [WorkStretch(day + int(a * HOUR), day + int(b * HOUR)) for a, b in worked]
    assert work_left(limits, stretches, EVENING, 480).left_ms == left
