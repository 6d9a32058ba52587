"""Providers' notices: looked at closely, kept once, and then only a reason to ask."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

from miaohui.relay.money.payments import NoticeReader, PaymentProvider
from miaohui.relay.ports import Refused
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code

KEPT_MS = 3 * 24 * 3_600_000


class NoticeDesk:
    """``ask`` (provider, trade): has the provider asked at once."""

    def __init__(
        self,
        store: Store,
        providers: Sequence[PaymentProvider],
        clock: Clock,
        ask: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._ask = ask
        self._readers = {each.name: each for each in providers if hasattr(each, "read_notice")}

    async def hear(self, provider: str, headers: Mapping[str, str], raw: bytes) -> bytes:
        """What the provider wants to hear; Refused where the notice is old, not signed or
        somebody else's. One that was heard before makes no second question."""
        reader = self._readers.get(provider)
        if reader is None:
            raise Refused(Code.NOT_FOUND, "provider")
        now = self._clock.utc_ms()
        heard = cast(NoticeReader, reader).read_notice(headers, raw, now)

        def job(conn: sqlite3.Connection) -> int:
            conn.execute("DELETE FROM notices_heard WHERE utc_ms < ?", (now - KEPT_MS,))
            return conn.execute(
                "INSERT OR IGNORE INTO notices_heard VALUES (?, ?, ?)", (provider, heard.id, now)
            ).rowcount

        if await self._store.write(job):
            await self._ask(provider, heard.trade)
        return heard.reply
