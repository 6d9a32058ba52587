"""The people of a shop as its owner keeps them: who answers, who is invited, who leaves."""

import re
import sqlite3

from miaohui.relay.directory import listing_index, statistics
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.shops.catalogue import person_of
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage import audit, idempotency
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.accounts import Done
from miaohui.wire.catalogue import Measured
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.owner import DropInvitation, GetShopPeople, LetGo, OpenInvitation, ShopPeople

PEOPLE_SHOWN = 128
INVITATIONS_SHOWN = 64
NAME_CHARS = 12  # of an invitation's hash: enough to tell it, and nothing to sign up with
_NAMED = re.compile(r"[0-9a-f]{12}")
_BUSY = (
    "SELECT 1 FROM orders WHERE responder = ?"
    " AND state IN ('awaiting_payment', 'paid', 'queued', 'open', 'closing')"
)


class ShopTeam:
    """Owners only, and only in their own shop."""

    def __init__(self, store: Store, push: PushPort, clock: Clock, on_duty: OnDuty) -> None:
        self._store = store
        self._push = push
        self._clock = clock
        self._on_duty = on_duty

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            GetShopPeople: self._people,
            DropInvitation: self._drop_invitation,
            LetGo: self._let_go,
        }

    async def _people(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShopPeople)
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        people = self._on_duty.people_of(shop)[:PEOPLE_SHOWN]

        def job(conn: sqlite3.Connection) -> tuple[dict[str, Measured], list[OpenInvitation]]:
            figures = {each.responder: statistics.read(conn, each.responder) for each in people}
            rows = conn.execute(
                "SELECT lower(substr(hex(hash), 1, ?)), role, made_by, created_ms, expires_ms"
                " FROM invites WHERE shop = ? AND used_by IS NULL AND expires_ms > ?"
                " ORDER BY created_ms DESC LIMIT ?",
                (NAME_CHARS, shop, now, INVITATIONS_SHOWN),
            ).fetchall()
            return figures, [
                OpenInvitation(
                    invitation=name,
                    role=role,
                    by_host=by == "host",
                    created_utc=rfc3339(created),
                    expires_utc=rfc3339(expires),
                )
                for name, role, by, created, expires in rows
            ]

        figures, invitations = await self._store.read(job, ReadLane.BROWSING)
        return ShopPeople(
            people=[person_of(self._on_duty, row, figures[row.responder], now) for row in people],
            invitations=invitations,
        )

    async def _drop_invitation(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, DropInvitation)
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        if _NAMED.fullmatch(request.invitation) is None:
            raise Refused(Code.NOT_FOUND, "invitation")

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            gone = conn.execute(
                "DELETE FROM invites WHERE shop = ? AND used_by IS NULL AND role = 'responder'"
                " AND made_by <> 'host' AND lower(substr(hex(hash), 1, ?)) = ?",
                (shop, NAME_CHARS, request.invitation),
            ).rowcount
            if not gone:
                raise Refused(Code.NOT_FOUND, "invitation")
            audit.note_in(conn, caller.account, "DropInvitation", shop, now, request.invitation)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        return await self._store.write(job)

    async def _let_go(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, LetGo)
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        who = request.responder

        def job(conn: sqlite3.Connection) -> Result | None:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return None
            if not conn.execute(
                "SELECT 1 FROM people WHERE responder = ? AND shop = ?", (who, shop)
            ).fetchone():
                raise Refused(Code.NOT_FOUND, "responder")
            if conn.execute(_BUSY, (who,)).fetchone() is not None:
                raise Refused(Code.WRONG_STATE, "open_orders")
            conn.execute("DELETE FROM people WHERE responder = ?", (who,))
            conn.execute("DELETE FROM shifts WHERE responder = ? AND to_ms > ?", (who, now))
            conn.execute(
                "UPDATE swaps SET state = 'withdrawn' WHERE state = 'asked'"
                " AND (giver = ?1 OR taker = ?1)",
                (who,),
            )
            conn.execute(
                "UPDATE accounts SET role = 'customer', shop = NULL WHERE account = ?", (who,)
            )
            conn.execute(
                "UPDATE tokens SET revoked_ms = ? WHERE account = ? AND revoked_ms IS NULL",
                (now, who),
            )
            listing_index.refresh_all_in(conn, shop)
            audit.note_in(conn, caller.account, "LetGo", who, now, shop)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        if await self._store.write(job) is not None:
            self._on_duty.drop(who)
            self._push.cut(who, Code.TOKEN_REVOKED)
        return Done()
