"""Who may keep a shop: its owner, and nobody else."""

from miaohui.relay.ports import Caller, Refused
from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code


def shop_of(caller: Caller) -> str:
    """The shop that the caller owns; Refused(NOT_ALLOWED) for everybody else."""
    if caller.role is not Role.OWNER or caller.shop is None:
        raise Refused(Code.NOT_ALLOWED, "role")
    return caller.shop
