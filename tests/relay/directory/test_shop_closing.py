"""A shop closes by its owner's word, and with its last owner's account."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh, open_house

from miaohui.relay.accounts import invites
from miaohui.relay.accounts.deletion import end_in
from miaohui.relay.orders.dispatch import NOBODY_MS
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage import erasure
from miaohui.relay.storage.erasure import Erased
from miaohui.wire.accounts import DeleteAccount, Role, SignUp
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage
from miaohui.wire.desk import AcceptOrder, Opened, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.orders import OrderState
from miaohui.wire.shopkeeping import CloseShop, InviteResponder, PutOffer, UpdateShop

PASSWORD = "correct horse 7"
Story = Callable[[House], Coroutine[Any, Any, None]]


def play(data: Path, story: Story) -> None:
    async def whole() -> None:
        async with open_house(data) as house:
            await story(house)

    asyncio.run(whole())


async def invited(house: House, name: str, role: Role) -> Caller:
    secret = await house.store.write(
        lambda conn: invites.make_in(conn, "wan", role, "host", house.clock.utc_ms())
    )
    sign_up = SignUp(id="1", name=name, password=PASSWORD, display=name, invite=secret)
    identity, _ = await house.services.accounts.sign_up(sign_up, f"d-{name}", "::1")
    house.screens.here.add(identity.account)
    await house.services.control.look()
    return Caller(
        identity.account, role, "wan", identity.display, identity.token_id, f"d-{name}", 2
    )


async def listed(house: House, caller: Caller, text: str = "") -> list[str]:
    page = await house.want(ShopPage, caller, Search(id=fresh(), text=text))
    return [card.shop for card in page.cards]


async def refusal(answer: Coroutine[Any, Any, object]) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        await answer
    return caught.value.code, caught.value.detail


def test_a_closed_shop_sells_nothing_and_ends_what_it_began(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await invited(house, "laoban", Role.OWNER)
        anna, ben, cai = [await house.customer(name) for name in ("anna", "ben", "cai")]
        yun, _bai = await house.responder("yun"), await house.responder("bai", on=False)
        running = await house.buy(anna)
        await house.offered("yun", running.order)
        await house.want(Opened, yun, AcceptOrder(id=fresh(), order=running.order))
        waiting = await house.buy(ben)  # the one who is on duty is busy
        quoted = await house.quote(cai)
        await house.ask(owner, InviteResponder(id=fresh()))

        close = CloseShop(id=fresh())
        await house.ask(owner, close)
        await house.services.control.look()
        await house.screens.order(quoted.order, OrderState.VOID)
        assert await house.value("SELECT count(*) FROM invites WHERE used_by IS NULL") == 0
        assert await listed(house, cai) == ["solo"]
        shop = await house.want(Shop, cai, GetShop(id=fresh(), shop="wan"))
        assert (shop.offers, {person.presence for person in shop.people}) == ([], {"off"})
        assert await refusal(house.quote(cai)) == (Code.NOT_FOUND, "offer")

        await house.later(0)
        await house.later(NOBODY_MS)
        back = await house.screens.order(waiting.order, OrderState.NO_SHOW)
        assert back.refund_fen == 5000
        assert house.sessions.live_count("yun") == 1  # it goes on
        await house.sessions.end_all(anna.account, "safety")
        await house.screens.order(running.order, OrderState.SETTLED)

        await house.ask(owner, PutOffer(id=fresh(), minutes=30, price_fen=6000))
        assert "wan" in await listed(house, cai)
        await house.ask(owner, close)  # the same command again: answered, not carried out
        assert "wan" in await listed(house, cai)
        refused = await refusal(house.ask(yun, CloseShop(id=fresh())))
        assert refused == (Code.NOT_ALLOWED, "role")

    play(tmp_path, story)


def test_a_shop_closes_with_its_last_owners_account(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        first = await invited(house, "laoban", Role.OWNER)
        second = await invited(house, "laoer", Role.OWNER)
        anna, gone = await house.customer("anna"), DeleteAccount(id=fresh(), password=PASSWORD)
        await house.ask(first, UpdateShop(id=fresh(), about="我姓陈，夜里都在"))
        yun = await house.responder("yun")
        order = await house.buy(anna)
        await house.ask(yun, SetPresence(id=fresh(), state="off"))

        await house.ask(second, gone)  # another owner is left
        assert "wan" in await listed(house, anna)
        assert await refusal(house.ask(first, gone)) == (Code.WRONG_STATE, "shop_orders")
        await house.later(0)
        await house.later(NOBODY_MS)
        await house.screens.order(order.order, OrderState.NO_SHOW)
        wrong = DeleteAccount(id=fresh(), password="wrong horse 7")
        assert (await refusal(house.ask(first, wrong)))[0] is Code.WRONG_CREDENTIALS

        await house.ask(first, gone)
        assert await listed(house, anna) == ["solo"]
        shop = await house.want(Shop, anna, GetShop(id=fresh(), shop="wan"))
        assert (shop.card.name, shop.about, shop.card.tags) == ("晚风小屋", "", [])
        assert shop.offers == []
        assert await house.value("SELECT count(*) FROM accounts WHERE shop = 'wan' AND"
                                 " role = 'owner'") == 0  # fmt: skip
        await house.screens.until(lambda: len(house.screens.cuts) == 2)

    play(tmp_path, story)


def test_a_copy_from_before_loses_the_shop_as_well(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        owner = await invited(house, "laoban", Role.OWNER)
        anna = await house.customer("anna")

        def restored(conn: Any) -> int:
            lines = [Erased(account=owner.account)]
            return erasure.take_in(conn, lines, lambda conn, account: end_in(conn, account, 7))

        assert await house.store.write(restored) == 1
        assert await listed(house, anna) == ["solo"]

    play(tmp_path, story)


def test_nobody_is_found_by_a_name_that_is_gone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        anna = await house.customer("anna")
        mona = await invited(house, "monalisa", Role.RESPONDER)
        assert await listed(house, anna, "monalisa") == ["wan"]
        await house.ask(mona, DeleteAccount(id=fresh(), password=PASSWORD))
        assert await listed(house, anna, "monalisa") == []
        left = await house.value("SELECT count(*) FROM shop_text WHERE text LIKE '%monalisa%'")
        assert left == 0

    play(tmp_path, story)
