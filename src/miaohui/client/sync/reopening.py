"""A conversation read back from this machine's own history."""

from collections.abc import Callable, Sequence
from functools import partial

from miaohui.client.store import history
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk
from miaohui.wire.journal import Entry, entry_hash
from miaohui.wire.sessions import EntryItem, Placed


async def read_back(
    core: Core, session: str, talk: Talk, take: Callable[[Sequence[Placed]], bool]
) -> None:
    """Gives ``take`` the stored pages until it returns False, then sets where the chain goes on."""
    scope, feed = core.scope, talk.feed
    draft, seen = await core.store.run(lambda conn: history.talk(conn, scope, session))
    rows = await core.store.run(lambda conn: history.observed(conn, scope, session))
    talk.draft = talk.draft or draft
    feed.reading.seen_pos = max(feed.reading.seen_pos, seen)
    feed.network.update({seq: network for seq, _, _, network in rows})
    newest: Entry | None = None

    async def read(after: int) -> list[Placed] | Exception:
        try:
            return await core.store.run(
                partial(history.items, scope=scope, session=session, after=after)
            )
        except Exception as error:
            return error

    # The next page is read while this one is applied.
    reading = core.tasks.start(read(feed.pos), "stored page")
    try:
        while page := await reading:
            if isinstance(page, Exception):
                raise page
            reading = core.tasks.start(read(page[-1].pos), "stored page")
            if not take(page):
                break
            entries = [each.item.entry for each in page if isinstance(each.item, EntryItem)]
            newest = entries[-1] if entries else newest
    finally:
        reading.cancel()
    talk.stored = feed.pos
    head = await core.store.run(lambda conn: history.head(conn, scope, session))
    chain, length = feed.watch.chain, feed.watch.fold.length
    if head is not None and head[0] == length:
        chain.length, chain.head = head
    elif newest is not None and newest.seq == length:
        # What comes behind was never written, by a disk that refused once: it is read again.
        chain.length, chain.head = newest.seq, entry_hash(newest)
