"""A question or a command of the window's, answered; the catalogue's last pages also offline."""

import hashlib

import msgspec

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage
from miaohui.wire.frame import Command, Request, Result


class Queries:
    """Commands go by the outbox, so that a cut does not lose them once they were sent."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def ask(self, request: Request) -> Result:
        context = self._context
        if isinstance(request, Command):
            if context.outbox.get(request.id) is None:
                await context.reachable()
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

    async def _old(self, request: Search | GetShop) -> Result | None:
        """The same question's last answer."""
        scope, name = self._context.scope, _name(request)
        raw = await self._context.store.run(lambda conn: history.cached(conn, scope, name))
        if raw is None:
            return None
        return msgspec.json.decode(raw, type=ShopPage | Shop)


def _name(request: Search | GetShop) -> str:
    """One page of search is kept, and each shop."""
    if isinstance(request, GetShop):
        return f"shop:{request.shop}"
    asked = msgspec.json.encode(msgspec.structs.replace(request, id=""))
    return f"search:{hashlib.sha256(asked).hexdigest()[:16]}"
