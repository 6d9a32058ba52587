"""An order's way from quote to end: which state may follow which. No state is a dead end but
those where everything is done."""

from collections.abc import Mapping

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.orders import OrderState

S = OrderState

NEXT: Mapping[OrderState, frozenset[OrderState]] = {
    S.QUOTED: frozenset({S.AWAITING_PAYMENT, S.VOID}),
    S.AWAITING_PAYMENT: frozenset({S.PAID, S.VOID}),
    S.PAID: frozenset({S.QUEUED, S.REFUNDED}),
    S.QUEUED: frozenset({S.OPEN, S.DECLINED, S.NO_SHOW, S.REFUNDED}),
    S.OPEN: frozenset({S.CLOSING, S.CLOSED}),
    S.CLOSING: frozenset({S.OPEN, S.CLOSED}),
    S.CLOSED: frozenset({S.SETTLED}),
    S.SETTLED: frozenset(),
    S.DECLINED: frozenset(),
    S.NO_SHOW: frozenset(),
    # A payment that turns out to have succeeded after all is given back.
    S.VOID: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
}
ENDS = frozenset({S.SETTLED, S.DECLINED, S.NO_SHOW, S.VOID, S.REFUNDED})
SERVED = frozenset({S.OPEN, S.CLOSING, S.CLOSED, S.SETTLED})
# What makes a customer no newcomer in a shop.
BOUGHT = frozenset({S.AWAITING_PAYMENT, S.PAID, S.QUEUED, *SERVED})
GIVES_BACK = frozenset({S.DECLINED, S.NO_SHOW, S.REFUNDED})


def check(state: OrderState, to: OrderState) -> None:
    """Refused(WRONG_STATE) where ``to`` cannot follow ``state``."""
    if to not in NEXT[state]:
        raise Refused(Code.WRONG_STATE, state.value)
