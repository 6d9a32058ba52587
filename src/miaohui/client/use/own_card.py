"""The customer's own card, in the encrypted store of this device alone until it goes with an order;
and what became of its wish about silence, by the journal that both sides hold."""

import msgspec

from miaohui.client.store import export, history
from miaohui.client.sync.context import Context
from miaohui.promise.nudges import Nudges, nudges_of
from miaohui.wire.orders import CustomerCard

_NAME = "own_card"


async def kept(context: Context) -> CustomerCard | None:
    scope = context.scope
    raw = await context.store.run(lambda conn: history.cached(conn, scope, _NAME))
    return None if raw is None else msgspec.json.decode(raw, type=CustomerCard | None)


async def keep(context: Context, card: CustomerCard | None) -> None:
    scope, raw = context.scope, msgspec.json.encode(card)
    await context.store.run(lambda conn: history.put_cache(conn, scope, _NAME, raw))


async def nudges(context: Context, session: str, card: CustomerCard) -> Nudges:
    scope = context.scope
    found = await context.store.run(lambda conn: export.record(conn, scope, session))
    after = None if card.nudge_s is None else card.nudge_s * 1000
    return await context.store.apart(lambda: nudges_of(found.entries, after))
