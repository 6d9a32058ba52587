"""Testers' plans: a hash countersigned before anything is bought, and the signed list of what was.

A shop is told nothing of it: the registration stands in the order's own row and shows in the
customer's own view.
"""

import sqlite3

from miaohui.promise.planword import signed
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.storage import idempotency
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.runtime.randomness import Randomness
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.orders import OrderState
from miaohui.wire.plans import (
    ListPlanOrders,
    PlanOrder,
    PlanOrders,
    PlanRegistered,
    RegisterPlan,
)

# Never paid for: no purchase.
UNPAID = frozenset({OrderState.QUOTED, OrderState.AWAITING_PAYMENT, OrderState.VOID})
UNDER_WAY = frozenset(
    {
        OrderState.AWAITING_PAYMENT,
        OrderState.PAID,
        OrderState.QUEUED,
        OrderState.OPEN,
        OrderState.CLOSING,
        OrderState.CLOSED,
    }
)


def bought_under_in(conn: sqlite3.Connection, secret: str | None) -> str | None:
    """The registration that a quote's secret stands for; Refused where there is none, or it is
    final."""
    if secret is None:
        return None
    row = conn.execute(
        "SELECT registration FROM plan_registration WHERE secret = ?", (secret,)
    ).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "plan")
    check_open_in(conn, row[0])
    return str(row[0])


def check_open_in(conn: sqlite3.Connection, registration: str | None) -> None:
    """Refused(WRONG_STATE) where nothing can be bought under it any more."""
    if (
        registration is not None
        and conn.execute(
            "SELECT 1 FROM plan_registration WHERE registration = ? AND final_ms IS NOT NULL",
            (registration,),
        ).fetchone()
    ):
        raise Refused(Code.WRONG_STATE, "plan")


class PlanRegister:
    """The relay's book of plans, and its word about them."""

    def __init__(self, store: Store, clock: Clock, key: HeldKey, randomness: Randomness) -> None:
        self._randomness = randomness
        self._store, self._clock, self._key = store, clock, key

    async def on_register(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, RegisterPlan)
        if caller.role is not Role.CUSTOMER:
            raise Refused(Code.NOT_ALLOWED, "role")
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            row = conn.execute(
                "SELECT plan, account, registration, utc_ms, earlier FROM plan_registration"
                " WHERE secret = ?",
                (request.secret,),
            ).fetchone()
            if row is None:
                (earlier,) = conn.execute(
                    "SELECT count(*) FROM plan_registration WHERE plan = ?", (request.plan_sha256,)
                ).fetchone()
                row = (request.plan_sha256, caller.account, self._randomness.new_id(), now, earlier)
                conn.execute(
                    "INSERT INTO plan_registration"
                    " (plan, account, registration, utc_ms, earlier, secret)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (*row, request.secret),
                )
            plan, account, registration, utc_ms, earlier = row
            if (plan, account) != (request.plan_sha256, caller.account):
                raise Refused(Code.ID_REUSED)
            key = self._key.now
            word = signed(
                key.private,
                PlanRegistered(
                    registration=registration,
                    plan_sha256=plan,
                    utc=rfc3339(utc_ms),
                    earlier=earlier,
                    key_id=key.key_id,
                    signature="",
                ),
            )
            idempotency.remember_in(conn, caller, request, word)
            return word

        return await self._store.write(job)

    async def on_list(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, ListPlanOrders)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            row = conn.execute(
                "SELECT registration, plan, final_ms FROM plan_registration WHERE secret = ?",
                (request.secret,),
            ).fetchone()
            if row is None:
                raise Refused(Code.NOT_FOUND, "plan")
            registration, plan, final_ms = row
            rows = conn.execute(
                "SELECT order_id, session, price_fen, state, EXISTS (SELECT 1 FROM accounts"
                " WHERE account = customer AND banned_ms IS NOT NULL) FROM orders WHERE registration = ?"
                " ORDER BY created_ms, order_id",
                (registration,),
            ).fetchall()
            if request.final and final_ms is None:
                if any(OrderState(state) in UNDER_WAY for _, _, _, state, _ in rows):
                    raise Refused(Code.WRONG_STATE, "order")
                final_ms = now
                conn.execute(
                    "UPDATE plan_registration SET final_ms = ? WHERE registration = ?",
                    (now, registration),
                )
            key = self._key.now
            word = signed(
                key.private,
                PlanOrders(
                    registration=registration,
                    plan_sha256=plan,
                    utc=rfc3339(now if final_ms is None else final_ms),
                    final=final_ms is not None,
                    orders=[
                        PlanOrder(
                            order=order,
                            session=session,
                            price_fen=price,
                            state=OrderState(state),
                            shut_out=bool(banned),
                        )
                        for order, session, price, state, banned in rows
                        if OrderState(state) not in UNPAID
                    ],
                    key_id=key.key_id,
                    signature="",
                ),
            )
            if request.final:
                idempotency.remember_in(conn, caller, request, word)
            return word

        return await self._store.write(job)
