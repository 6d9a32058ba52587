"""The end of an account at its holder's word: names and words go, figures and money stay."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

from miaohui.relay.directory import listing_index, shop_closing
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.storage import audit, erasure
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import DeleteAccount, Done, Role
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

_BUSY = (
    "SELECT 1 FROM orders WHERE (customer = ?1 OR responder = ?1)"
    " AND state IN ('awaiting_payment', 'paid', 'queued', 'open', 'closing')"
)
SESSIONS_AT_ONCE = 10  # in one commit, so that nobody's message waits for it long
ANSWERS_AT_ONCE = 256


def end_in(conn: sqlite3.Connection, account: str, now_ms: int) -> bool:
    """Ends an account, and with the last owner's the shop; False where there is no such account.
    Its words go after it, by ``erase_words``."""
    shop = shop_closing.left_without_in(conn, account)
    answered = conn.execute("SELECT shop FROM people WHERE responder = ?", (account,)).fetchone()
    known = erasure.delete_account_in(conn, account)
    if shop is not None:
        shop_closing.close_left_in(conn, shop, now_ms)
    if answered is not None:
        # Nobody is found any more by a name that is gone.
        listing_index.refresh_all_in(conn, answered[0])
    return known


async def erase_words(store: Store, account: str) -> None:
    """Takes an ended account's words out, in small commits."""
    ids = await store.read(lambda conn: erasure.answers_of_in(conn, account), ReadLane.BROWSING)
    for at in range(0, len(ids), ANSWERS_AT_ONCE):
        piece = ids[at : at + ANSWERS_AT_ONCE]
        await store.write(
            lambda conn, piece=piece: erasure.forget_answers_in(conn, account, piece)  # type: ignore[misc]
        )
    # Last, since by them it is known whether all of it was done.
    while await store.write(lambda conn: erasure.erase_words_in(conn, account, SESSIONS_AT_ONCE)):
        pass


class AccountDeletion:
    """``holds`` tells whether a password is an account's; ``left`` is told of somebody who answered,
    ``erased`` that there is something to be cleaned up."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        holds: Callable[[str, str], Awaitable[bool]],
        left: Callable[[str], None],
        erased: Callable[[], None],
    ) -> None:
        self._store, self._push, self._clock, self._tasks = store, push, clock, tasks
        self._holds, self._left, self._erased = holds, left, erased

    def handlers(self) -> dict[type[Request], Handler]:
        return {DeleteAccount: self._delete}

    async def _delete(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, DeleteAccount)
        if caller.role is Role.HOST:
            raise Refused(Code.NOT_ALLOWED, "role")
        if not await self._holds(caller.account, request.password):
            raise Refused(Code.WRONG_CREDENTIALS)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> None:
            if conn.execute(_BUSY, (caller.account,)).fetchone() is not None:
                raise Refused(Code.WRONG_STATE, "open_orders")
            shop = shop_closing.left_without_in(conn, caller.account)
            if shop is not None and shop_closing.owes_in(conn, shop):
                raise Refused(Code.WRONG_STATE, "shop_orders")
            end_in(conn, caller.account, now)
            erasure.erase_words_in(conn, caller.account, SESSIONS_AT_ONCE)
            audit.note_in(conn, caller.account, "delete-account", caller.account, now)
            if shop is not None:
                audit.note_in(conn, caller.account, "close-shop", shop, now)

        await self._store.write(job)
        if caller.role is Role.RESPONDER:
            self._left(caller.account)
        self._tasks.start(self._erase(caller.account), "words of an ended account")
        # Behind the answer, which is sent before the loop turns.
        asyncio.get_running_loop().call_soon(self._push.cut, caller.account, Code.TOKEN_REVOKED)
        return Done()

    async def _erase(self, account: str) -> None:
        """The words of its other sessions. Where the relay stops meanwhile, retention goes on."""
        await erase_words(self._store, account)
        self._erased()
