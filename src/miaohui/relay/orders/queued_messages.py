"""Messages that customers write while they wait: kept for the opening, where it becomes an ask at t = 0."""

import sqlite3

import msgspec
from msgspec import structs

from miaohui.relay.money import orderbook
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.text_rules import checked_text
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.store import Store
from miaohui.wire.errors import Code
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import Accepted, Body, Send

MOST_QUEUED_MESSAGES = 50
BEFORE = frozenset({OrderState.QUOTED, OrderState.AWAITING_PAYMENT, OrderState.PAID})


class QueuedNotes:
    """The messages beside orders that wait."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, caller: Caller, send: Send) -> Accepted | str | None:
        """The session's id where the order has become one meanwhile; None where the order is not
        the caller's, or ended without a session; Refused(WRONG_STATE) before it is queued."""
        if send.content != "text":
            raise Refused(Code.MEDIA_REFUSED, "queued")
        checked_text(send.body)
        # Nothing to quote yet, and whatever else a body may bear is not the customer's to set.
        body = Body(salt=send.body.salt, text=send.body.text)

        def job(conn: sqlite3.Connection) -> Accepted | str | None:
            row = orderbook.look(conn, send.session)
            if row is None or row.customer != caller.account:
                return None
            # First: what was kept while queued is answered alike after the opening.
            forms = () if row.session is None else (structs.replace(send, session=row.session),)
            known = idempotency.known_in(conn, caller, send, *forms)
            if isinstance(known, Accepted):
                return known
            if row.state in BEFORE:
                raise Refused(Code.WRONG_STATE, row.state.value)
            if row.state is not OrderState.QUEUED:
                return row.session
            pos = 1 + int(
                conn.execute(
                    "SELECT count(*) FROM queued_messages WHERE order_id = ?", (send.session,)
                ).fetchone()[0]
            )
            if pos > MOST_QUEUED_MESSAGES:
                raise Refused(Code.TOO_MANY, "queued")
            conn.execute(
                "INSERT INTO queued_messages (order_id, pos, id, content, body)"
                " VALUES (?, ?, ?, ?, ?)",
                (send.session, pos, send.id, send.content, msgspec.json.encode(body).decode()),
            )
            answer = Accepted(pos=pos)
            idempotency.remember_in(conn, caller, send, answer)
            return answer

        return await self._store.write(job)
