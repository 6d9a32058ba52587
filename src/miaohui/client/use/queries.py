"""A question or a command of the window's, answered; the catalogue's last pages also offline."""

import hashlib

import msgspec

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.promise.constants import PROMISE_MS
from miaohui.promise.observing import Ordered
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage
from miaohui.wire.frame import Command, Request, Result
from miaohui.wire.journal import RefundTerm, Terms
from miaohui.wire.orders import Order, Pay


class Queries:
    """Commands go by the outbox, so that a cut does not lose them once they were sent."""

    def __init__(self, context: Context, cache: AccountCache, syncs: SyncedSessions) -> None:
        self._context, self._cache, self._syncs = context, cache, syncs

    async def ask(self, request: Request) -> Result:
        context = self._context
        if isinstance(request, Command):
            if context.outbox.get(request.id) is None:
                await context.reachable()
                self._remember(request)
            return await context.outbox.ask(request, context.clock.utc_ms())
        if not isinstance(request, Search | GetShop):
            return await context.query(request)
        try:
            result = await context.query(request)
        except Refused as refused:
            old = await self._old(request) if refused.code in ("offline", "timeout") else None
            if old is None:
                raise
            return old
        scope, name, raw = context.scope, _name(request), msgspec.json.encode(result)
        if scope:
            context.store.post(lambda conn: history.put_cache(conn, scope, name, raw))
        return result

    def _remember(self, command: Command) -> None:
        """What a session is held against later: what the person did, and the order as it was
        paid."""
        self._syncs.did(command)
        order = self._cache.order(command.order) if isinstance(command, Pay) else None
        if order is not None:
            context, raw = self._context, msgspec.json.encode(ordered(order))
            scope, name = context.scope, f"paid:{order.order}"
            context.store.post(lambda conn: history.put_cache(conn, scope, name, raw))

    async def _old(self, request: Search | GetShop) -> Result | None:
        """The same question's last answer."""
        scope, name = self._context.scope, _name(request)
        raw = await self._context.store.run(lambda conn: history.cached(conn, scope, name))
        if raw is None:
            return None
        return msgspec.json.decode(raw, type=ShopPage | Shop)


def ordered(order: Order) -> Ordered:
    """The order in the words of `opened`."""
    terms = Terms(
        give_back=order.terms.give_back,
        last_question=order.terms.last_question,
        refunds=tuple(
            RefundTerm(
                kept_below=each.kept_below,
                min_turns=each.min_turns,
                refund_percent=each.refund_percent,
            )
            for each in order.terms.refunds
        ),
    )
    return Ordered(
        shop=order.shop,
        paid_ms=order.minutes * 60_000,
        price_fen=order.price_fen,
        promise_ms=PROMISE_MS,
        terms=terms,
    )


def _name(request: Search | GetShop) -> str:
    """One page of search is kept, and each shop."""
    if isinstance(request, GetShop):
        return f"shop:{request.shop}"
    asked = msgspec.json.encode(msgspec.structs.replace(request, id=""))
    return f"search:{hashlib.sha256(asked).hexdigest()[:16]}"
