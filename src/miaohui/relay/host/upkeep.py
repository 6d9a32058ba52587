"""A relay's housekeeping: old answers, unused tokens and unfinished pictures go, shops' zones are
followed, the disk is watched."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from miaohui.relay.accounts.accounts import Accounts
from miaohui.relay.session.media import PictureStore
from miaohui.relay.shops.hours import follow_zones_in
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.disk import Disk
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock

log = logging.getLogger(__name__)
LOOK_S = 1.0
EVERY = 60  # looks between two rounds of letting go
AT_ONCE = 128  # rows in one commit: a few milliseconds


class Upkeep:
    """Runs as long as the relay does; whatever fails is tried again by the next round."""

    def __init__(
        self, store: Store, disk: Disk, accounts: Accounts, pictures: PictureStore, clock: Clock
    ) -> None:
        self._disk = disk
        self._pictures = pictures
        self._rounds: tuple[Callable[[], Awaitable[int]], ...] = (
            lambda: accounts.forget_unused(AT_ONCE),
            lambda: pictures.forget_unfinished(AT_ONCE),
            lambda: store.write(lambda conn: idempotency.forget_in(conn, AT_ONCE)),
            lambda: store.write(lambda conn: follow_zones_in(conn, clock.utc_ms())),
        )

    async def begin(self) -> None:
        """Before the first connection is let in."""
        strays = await self._pictures.forget_strays()
        if strays:
            log.info("%d files of no picture were thrown away", strays)

    async def let_go(self) -> None:
        """One round: in small commits, so that nobody waits for it."""
        for forget in self._rounds:
            while await forget() >= AT_ONCE:
                pass

    async def run(self) -> None:
        look = 0
        while True:
            self._disk.look()
            if look % EVERY == 0:
                try:
                    await self.let_go()
                except (sqlite3.Error, OSError):
                    log.exception("upkeep")
            look += 1
            await asyncio.sleep(LOOK_S)
