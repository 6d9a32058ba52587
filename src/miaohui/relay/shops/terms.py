"""A shop's terms: which are allowed, and what others would have cost over the last 30 days."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold
from miaohui.relay.directory.statistics import WINDOW_DAYS, WINDOW_MS
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock
from miaohui.wire.catalogue import TermsView
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.journal import Terms, decode_line
from miaohui.wire.shopkeeping import PriceTerms, TermsPriced

MOST_STEPS = 8
MOST_MIN_TURNS = 1000
MOST_SESSIONS = 1000  # the newest of the 30 days
AT_A_TIME = 20  # journals folded between two other reads


def checked(terms: TermsView) -> TermsView:
    """Terms with their steps in order; Refused where a step says nothing, or one is there twice."""
    steps = terms.refunds
    if len(steps) > MOST_STEPS or len({(s.kept_below, s.min_turns) for s in steps}) < len(steps):
        raise Refused(Code.NOT_ALLOWED, "terms")
    for step in steps:
        good = (
            1 <= step.kept_below <= 100
            and 1 <= step.min_turns <= MOST_MIN_TURNS
            and 1 <= step.refund_percent <= 100
        )
        if not good:
            raise Refused(Code.NOT_ALLOWED, "terms")
    ordered = sorted(steps, key=lambda step: (-step.kept_below, step.min_turns))
    return msgspec.structs.replace(terms, refunds=ordered)


@dataclass(frozen=True, slots=True)
class Cost:
    """One session under its own terms, and under others; fen."""

    sold: int
    really: int
    would: int
    late: int
    would_late: int


def cost_of(fold: Fold, terms: Terms) -> Cost | None:
    """None for a journal that is not closed."""
    really, would = fold.settlement(), fold.settlement_under(terms)
    if really is None or would is None:
        return None
    price, paid = fold.price_fen, fold.paid_ms
    late = price * fold.late_ms(fold.last_t) // paid if paid else 0
    return Cost(
        sold=price,
        really=really.refund_fen,
        would=would.refund_fen,
        late=late if fold.opened.terms.give_back else 0,
        would_late=late if terms.give_back else 0,
    )


class TermsPricing:
    """Owners only. Journals are folded some at a time, so that nobody else's reading waits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def handlers(self) -> dict[type[Request], Handler]:
        return {PriceTerms: self._price}

    async def _price(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, PriceTerms)
        shop = shop_of(caller)
        terms = msgspec.convert(msgspec.to_builtins(checked(request.terms)), Terms)
        since = self._clock.utc_ms() - WINDOW_MS
        sessions = await self._store.read(
            lambda conn: [
                num
                for (num,) in conn.execute(
                    "SELECT s.num FROM orders o JOIN session s ON s.id = o.session"
                    " WHERE o.shop = ? AND o.closed_ms > ? ORDER BY o.closed_ms DESC",
                    (shop, since),
                )
            ],
            ReadLane.BROWSING,
        )
        costs: list[Cost] = []
        for start in range(0, min(len(sessions), MOST_SESSIONS), AT_A_TIME):
            some = sessions[start : min(start + AT_A_TIME, MOST_SESSIONS)]
            costs += await self._store.read(
                lambda conn, some=some: [*_costs_in(conn, some, terms)],  # type: ignore[misc]
                ReadLane.BROWSING,
            )
        return TermsPriced(
            sessions=len(costs),
            of_sessions=len(sessions),
            sold_fen=sum(each.sold for each in costs),
            really_fen=sum(each.really for each in costs),
            would_fen=sum(each.would for each in costs),
            refunded_sessions=sum(each.really > 0 for each in costs),
            would_refund_sessions=sum(each.would > 0 for each in costs),
            late_fen=sum(each.late for each in costs),
            would_late_fen=sum(each.would_late for each in costs),
            days=WINDOW_DAYS,
        )


def _costs_in(conn: sqlite3.Connection, sessions: list[int], terms: Terms) -> Iterator[Cost]:
    for num in sessions:
        fold = Fold()
        try:
            for (line,) in conn.execute(
                "SELECT line FROM feed WHERE session = ? AND seq IS NOT NULL ORDER BY pos", (num,)
            ):
                fold.apply(decode_line(line.encode()))
            cost = cost_of(fold, terms)
        except JournalBroken:
            continue  # `relay admin check` tells of it
        if cost is not None:
            yield cost
