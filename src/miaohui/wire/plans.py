"""A tester's plan: countersigned before the first purchase, and the orders bought under it.

The plan itself never travels, only its hash. Nothing of this is visible to a shop.
"""

from typing import Annotated, TypeAlias

from msgspec import Meta

from .bounds import Count, Id, KeyName, Sha256, Signature, Sum
from .frame import Command, Result, Value
from .journal import Utc
from .orders import OrderState

PlanSecret: TypeAlias = Sha256
"""64 hex digits of the tester's own: whoever knows them buys under the plan."""


class RegisterPlan(Command, frozen=True, kw_only=True):
    """Has the relay countersign a plan's hash. The same account, plan and ``secret`` get the same
    statement; it is made before the first purchase, and nothing about it can be changed."""

    plan_sha256: Sha256
    secret: PlanSecret


class PlanRegistered(Result, frozen=True, kw_only=True):
    """The relay's word that it knew this hash at ``utc``. ``earlier``: how often the same hash had
    been registered on this relay before. Signed are the RFC 8785 bytes of all the rest, ``type``
    included."""

    registration: Id
    plan_sha256: Sha256
    utc: Utc
    earlier: Count
    key_id: KeyName
    signature: Signature


class ListPlanOrders(Command, frozen=True, kw_only=True):
    """Has the relay sign which orders were bought under a plan, for whoever knows its secret.
    ``final``: none is under way, and none can be bought under it any more."""

    secret: PlanSecret
    final: bool = False


class PlanOrder(Value, frozen=True, kw_only=True):
    """An order that was paid for. ``session``: null where it never became one; ``shut_out``: the host
    has banned the account that bought it, which cannot fetch its receipt."""

    order: Id
    session: Id | None
    price_fen: Sum
    state: OrderState
    shut_out: bool


class PlanOrders(Result, frozen=True, kw_only=True):
    """The relay's word that these are all orders bought under a plan until ``utc``, oldest first;
    signed as `PlanRegistered` is."""

    registration: Id
    plan_sha256: Sha256
    utc: Utc
    final: bool
    orders: Annotated[list[PlanOrder], Meta(max_length=1024)]
    key_id: KeyName
    signature: Signature
