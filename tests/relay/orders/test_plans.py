"""A tester's plan at the relay: countersigned first, its orders listed, and no shop told."""

from pathlib import Path

import msgspec
from tests.relay.house import House, fresh
from tests.relay.orders.test_orders import play, refusal

from miaohui.promise.heads import sign_head
from miaohui.promise.planword import signed_by
from miaohui.relay.ports import Caller
from miaohui.wire.desk import Desk, GetDesk
from miaohui.wire.errors import Code
from miaohui.wire.orders import CancelOrder, GetOrder, Order, OrderState, Pay, Quote
from miaohui.wire.plans import ListPlanOrders, PlanOrders, PlanRegistered, RegisterPlan

PLAN = "ab" * 32
SECRET = "cd" * 32


async def register(
    house: House, who: Caller, plan: str = PLAN, secret: str = SECRET
) -> PlanRegistered:
    return await house.want(
        PlanRegistered, who, RegisterPlan(id=fresh(), plan_sha256=plan, secret=secret)
    )


async def quote(house: House, who: Caller, secret: str | None = SECRET) -> Order:
    request = Quote(id=fresh(), shop="wan", offer="wan-30", plan_secret=secret)
    return await house.want(Order, who, request)


async def buy(house: House, who: Caller, secret: str | None = SECRET) -> Order:
    order = await quote(house, who, secret)
    await house.ask(
        who, Pay(id=fresh(), order=order.order, provider="practice", price_fen=order.price_fen)
    )
    return await house.queued(order.order)


async def orders(house: House, who: Caller, *, final: bool = False) -> PlanOrders:
    request = ListPlanOrders(id=fresh(), secret=SECRET, final=final)
    return await house.want(PlanOrders, who, request)


def key_of(house: House) -> bytes:
    return bytes.fromhex(house.key.public_hex)


def test_a_plan_is_countersigned_once_and_counted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        first = await register(house, anna)
        assert (first.plan_sha256, first.earlier) == (PLAN, 0)
        assert signed_by(key_of(house), first)
        house.clock.forward(5_000)
        assert await register(house, anna) == first
        assert (await register(house, ben, secret="ef" * 32)).earlier == 1
        again = RegisterPlan(id=fresh(), plan_sha256="12" * 32, secret=SECRET)
        assert (await refusal(house.ask(anna, again)))[0] is Code.ID_REUSED
        stolen = RegisterPlan(id=fresh(), plan_sha256=PLAN, secret=SECRET)
        assert (await refusal(house.ask(ben, stolen)))[0] is Code.ID_REUSED
        yun = await house.responder("yun")
        assert (await refusal(house.ask(yun, again)))[0] is Code.NOT_ALLOWED

    play(tmp_path, story)


def test_a_statement_that_is_touched_is_not_the_relays(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        word = await register(house, await house.customer("anna"))
        key = key_of(house)
        for field, value in (("plan_sha256", "00" * 32), ("utc", "2020-01-01T00:00:00.000Z")):
            assert not signed_by(key, msgspec.structs.replace(word, **{field: value}))
        assert not signed_by(bytes(32), word)
        head = sign_head(house.key.private, session="s", seq=1, t=0, head="00" * 32)
        assert not signed_by(key, msgspec.structs.replace(word, signature=head.signature))

    play(tmp_path, story)


def test_the_list_holds_what_was_paid_for_from_every_account(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        await house.responder("yun")
        word = await register(house, anna)
        assert (await orders(house, anna)).orders == []
        await quote(house, anna)  # never paid for
        one, two = await buy(house, anna), await buy(house, ben)
        other = await buy(house, anna, None)
        said = await orders(house, anna)
        assert signed_by(key_of(house), said)
        assert not said.final
        assert said.registration == word.registration
        assert {(e.order, e.session, e.price_fen, e.state) for e in said.orders} == {
            (each.order, None, 5000, OrderState.QUEUED) for each in (one, two)
        }
        assert other.plan is None
        assert one.plan == two.plan == PLAN
        assert await orders(house, ben) == said
        guess = ListPlanOrders(id=fresh(), secret="00" * 32)
        assert (await refusal(house.ask(ben, guess)))[0] is Code.NOT_FOUND

    play(tmp_path, story)


def test_after_the_last_list_nothing_is_bought_under_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        await house.responder("yun")
        await register(house, anna)
        order, held = await buy(house, anna), await quote(house, anna)
        last = ListPlanOrders(id=fresh(), secret=SECRET, final=True)
        assert await refusal(house.ask(anna, last)) == (Code.WRONG_STATE, "order")
        await house.ask(anna, CancelOrder(id=fresh(), order=order.order))
        said = await orders(house, anna, final=True)
        assert said.final
        assert [(e.order, e.state) for e in said.orders] == [(order.order, OrderState.REFUNDED)]
        more = Quote(id=fresh(), shop="wan", offer="wan-30", plan_secret=SECRET)
        assert await refusal(house.ask(anna, more)) == (Code.WRONG_STATE, "plan")
        pay = Pay(id=fresh(), order=held.order, provider="practice", price_fen=held.price_fen)
        assert await refusal(house.ask(anna, pay)) == (Code.WRONG_STATE, "plan")
        house.clock.forward(60_000)
        assert await orders(house, anna) == said
        unknown = Quote(id=fresh(), shop="wan", offer="wan-30", plan_secret="00" * 32)
        assert await refusal(house.ask(anna, unknown)) == (Code.NOT_FOUND, "plan")

    play(tmp_path, story)


def test_the_shop_cannot_tell(tmp_path: Path) -> None:
    """What a responder is shown of an order under a plan is what they are shown of any other."""

    async def story(house: House) -> None:
        anna, ben = await house.customer("anna"), await house.customer("ben")
        yun = await house.responder("yun")
        word = await register(house, anna)
        under = await buy(house, anna)
        await buy(house, ben, None)
        await house.offered("yun", under.order)
        desk = await house.want(Desk, yun, GetDesk(id=fresh()))
        told = msgspec.json.encode(desk).decode()
        for secret in (PLAN, SECRET, word.registration):
            assert secret not in told
        stolen = GetOrder(id=fresh(), order=under.order)
        assert (await refusal(house.ask(yun, stolen)))[0] is Code.NOT_FOUND

    play(tmp_path, story)
