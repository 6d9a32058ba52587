"""The targets of a plan: shops and responders found in the relay's catalogue, with the offer to buy."""

from collections.abc import Callable
from dataclasses import dataclass

from miaohui.checks.plan.plan import Plan
from miaohui.checks.run.account import TestAccount
from miaohui.checks.trouble import Trouble
from miaohui.client.port import Refused
from miaohui.wire.catalogue import GetShop, Offer, Person, Search, Shop, ShopPage
from miaohui.wire.errors import Code

SHOPS = 500  # so many are looked through for a responder whose id alone is given


@dataclass(frozen=True, slots=True)
class Target:
    """A shop, or one responder of it; ``name`` as the plan has it."""

    name: str
    shop: str
    shop_name: str
    responder: str | None
    responder_name: str | None
    offer: Offer
    utc_offset_min: int


class Finder:
    """Looks through the catalogue from one account."""

    def __init__(self, account: TestAccount, give_up: Callable[[], bool]) -> None:
        self._account, self._give_up = account, give_up

    async def all(self, plan: Plan) -> list[Target]:
        """Every target of a plan; Trouble names the first that cannot be tried."""
        found = [await self._shop(plan, name) for name in plan.scope.shops]
        return found + [await self._responder(plan, name) for name in plan.scope.responders]

    async def _shop(self, plan: Plan, name: str) -> Target:
        shop = await self._get(name)
        if shop is None:
            named = [card for card in await self._search(name) if card.card.name == name]
            if len(named) > 1:
                raise _several(name, [each.card.shop for each in named])
            if not named:
                raise Trouble(
                    f"这个中继上没有店铺“{name}”", f"there is no shop {name!r} on this relay"
                )
            shop = named[0]
        return _target(plan, name, shop, None)

    async def _responder(self, plan: Plan, name: str) -> Target:
        for text in (name, ""):
            named = [
                (shop, person)
                for shop in await self._search(text)
                for person in shop.people
                if name in (person.responder, person.name)
            ]
            exact = [pair for pair in named if pair[1].responder == name] or named
            if len(exact) > 1:
                raise _several(name, [person.responder for _, person in exact])
            if exact:
                return _target(plan, name, *exact[0])
        raise Trouble(
            f"这个中继上没有应答师“{name}”", f"there is no responder {name!r} on this relay"
        )

    async def _get(self, shop: str) -> Shop | None:
        client = self._account.client
        try:
            found = await self._account.ask(GetShop(id=client.new_id(), shop=shop), self._give_up)
        except Refused as refused:
            if refused.code == Code.NOT_FOUND:
                return None
            raise
        return found if isinstance(found, Shop) else None

    async def _search(self, text: str) -> list[Shop]:
        found: list[Shop] = []
        cursor: str | None = None
        while len(found) < SHOPS:
            client = self._account.client
            page = await self._account.ask(
                Search(id=client.new_id(), text=text, cursor=cursor), self._give_up
            )
            if not isinstance(page, ShopPage):
                break
            for card in page.cards:
                shop = await self._get(card.shop)
                if shop is not None:
                    found.append(shop)
            cursor = page.cursor
            if cursor is None:
                break
        return found


def _target(plan: Plan, name: str, shop: Shop, person: Person | None) -> Target:
    offers = [
        each
        for each in shop.offers
        if each.minutes == plan.scope.minutes and each.mode == plan.scope.mode
    ]
    if not offers:
        there = "、".join(str(each.minutes) for each in shop.offers)
        raise Trouble(
            f"“{shop.card.name}”没有 {plan.scope.minutes} 分钟的套餐；有的是 {there} 分钟",
            f"{shop.card.name!r} sells no {plan.scope.minutes} minutes; it sells {there}",
        )
    # A trial is for newcomers: bought only where nothing else is that long.
    offer = min(offers, key=lambda each: (each.trial, each.price_fen))
    return Target(
        name=name,
        shop=shop.card.shop,
        shop_name=shop.card.name,
        responder=None if person is None else person.responder,
        responder_name=None if person is None else person.name,
        offer=offer,
        utc_offset_min=shop.utc_offset_min,
    )


def _several(name: str, ids: list[str]) -> Trouble:
    listed = ", ".join(ids[:8])
    return Trouble(
        f"有好几个都叫“{name}”，请在计划里写编号：{listed}",
        f"several are called {name!r}; put an id into the plan: {listed}",
    )
