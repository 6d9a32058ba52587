"""A question or a command of the window's, answered; the catalogue's last pages also offline."""

import hashlib

import msgspec

from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Core
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage
from miaohui.wire.frame import Command, Request, Result


class Lookup:
    """Commands go by the outbox, so that a cut does not lose them once they were sent."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def ask(self, request: Request) -> Result:
        core = self._core
        if isinstance(request, Command):
            if core.outbox.get(request.id) is None:
                await core.reachable()
            return await core.outbox.ask(request, core.clock.utc_ms())
        if not isinstance(request, Search | GetShop):
            return await core.query(request)
        try:
            result = await core.query(request)
        except Refused as refused:
            old = await self._old(request) if refused.code in ("offline", "timeout") else None
            if old is None:
                raise
            return old
        scope, name, raw = core.scope, _name(request), msgspec.json.encode(result)
        if scope:
            core.store.post(lambda conn: history.put_cache(conn, scope, name, raw))
        return result

    async def _old(self, request: Search | GetShop) -> Result | None:
        """The same question's last answer."""
        scope, name = self._core.scope, _name(request)
        raw = await self._core.store.run(lambda conn: history.cached(conn, scope, name))
        if raw is None:
            return None
        return msgspec.json.decode(raw, type=ShopPage | Shop)


def _name(request: Search | GetShop) -> str:
    """One page of search is kept, and each shop."""
    if isinstance(request, GetShop):
        return f"shop:{request.shop}"
    asked = msgspec.json.encode(msgspec.structs.replace(request, id=""))
    return f"search:{hashlib.sha256(asked).hexdigest()[:16]}"
