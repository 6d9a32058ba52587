"""The outlook of a shop: how long its queue takes, what the odds of its promise are, and whether it
still sells."""

import asyncio
import logging
import sqlite3
from dataclasses import dataclass

from miaohui.relay.directory import odds, openings
from miaohui.relay.directory.odds import PromiseOdds
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.queueing import QueueTime, ServiceRecord, queue_times
from miaohui.relay.directory.work import DAY_MS, MINUTE_MS
from miaohui.relay.orders.dispatch import Dispatch, QueueStage, Waiting
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock

log = logging.getLogger(__name__)
LOOK_S = 60.0
FRESH_MS = 10 * MINUTE_MS
KEPT_FOR_MS = 5_000
# A shop with a rota or limits sells nothing that would probably wait longer than this.
MOST_QUEUE_MS = 45 * MINUTE_MS
USUAL_MINUTES = 30


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """What was measured of a shop, at ``at_ms`` (UTC)."""

    service: ServiceRecord
    odds: PromiseOdds | None
    at_ms: int


class Outlook:
    """Records are read anew every ten minutes for shops with somebody on duty."""

    def __init__(self, store: Store, clock: Clock, on_duty: OnDuty, dispatch: Dispatch) -> None:
        self._store = store
        self._clock = clock
        self._on_duty = on_duty
        self._dispatch = dispatch
        self._records: dict[str, ShopRecord] = {}
        self._queues: dict[str, tuple[int, tuple[str, ...], dict[str, QueueTime]]] = {}

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (StoreFault, sqlite3.Error):
                log.exception("the records of service could not be read")
            await asyncio.sleep(LOOK_S)

    async def look(self, *, anew: bool = False) -> None:
        """Reads what is not fresh; ``anew``: everything."""
        now = self._clock.utc_ms()
        for shop in self._on_duty.shops_on_duty():
            known = self._records.get(shop)
            if known is None or anew or now - known.at_ms >= FRESH_MS:
                self._records[shop] = await self._store.read(
                    lambda conn, shop=shop: ShopRecord(  # type: ignore[misc]
                        openings.record_in(conn, shop, now),
                        odds.fit(openings.past_in(conn, shop, now)),
                        now,
                    )
                )

    def service(self, shop: str) -> ServiceRecord:
        known = self._records.get(shop)
        return ServiceRecord() if known is None else known.service

    # --- the queue ---------------------------------------------------------------------------
    def of_order(self, order: str) -> QueueTime:
        """The time that an order which waits will still wait."""
        waiting = self._dispatch.get(order)
        if waiting is None:
            return QueueTime(None, None)
        if waiting.asked is not None:
            ahead = [
                each.minutes
                for each in self._before(waiting.shop, order)
                if each.asked in (None, waiting.asked)
            ]
            return self._times(waiting.shop, [*ahead, waiting.minutes], waiting.asked)[-1]
        queue = [
            each
            for each in self._dispatch.queue_of(waiting.shop)
            if each.stage is QueueStage.WAITING
        ]
        names, now = tuple(each.order for each in queue), self._clock.mono()
        kept = self._queues.get(waiting.shop)
        if kept is None or kept[1] != names or now - kept[0] >= KEPT_FOR_MS:
            times = self._times(waiting.shop, [each.minutes for each in queue])
            kept = (now, names, dict(zip(names, times, strict=True)))
            self._queues[waiting.shop] = kept
        return kept[2].get(order, QueueTime(None, None))

    def _before(self, shop: str, order: str | None) -> list[Waiting]:
        found = []
        for each in self._dispatch.queue_of(shop):
            if each.order == order:
                break
            if each.stage is QueueStage.WAITING:
                found.append(each)
        return found

    def of_newcomer(self, shop: str, minutes: int, asked: str | None = None) -> QueueTime:
        """The time for somebody who would come now."""
        ahead = [
            each.minutes
            for each in self._before(shop, None)
            if asked is None or each.asked in (None, asked)
        ]
        return self._times(shop, [*ahead, minutes], asked)[-1]

    def _times(self, shop: str, minutes: list[int], asked: str | None = None) -> list[QueueTime]:
        places = self._on_duty.places(shop, asked)
        return queue_times(places, minutes, self.service(shop))

    def sells(self, shop: str, minutes: int, asked: str | None = None) -> bool:
        """False for a shop with a rota or limits that is past its capacity: nine in ten who buy now
        would not be served within the longest wait that is sold."""
        if not self._on_duty.work.keeps(shop):
            return True
        p90 = self.of_newcomer(shop, minutes, asked).p90_ms
        return p90 is not None and p90 <= MOST_QUEUE_MS

    # --- the promise -------------------------------------------------------------------------
    def chance(self, shop: str, offset_min: int, responder: str | None = None) -> float | None:
        """The chance that a session which begins next keeps ten seconds throughout; None where too
        little was measured. ``responder`` None: whoever is free."""
        known = self._records.get(shop)
        if known is None or known.odds is None:
            return None
        local = (self._clock.utc_ms() + offset_min * MINUTE_MS) % DAY_MS
        hour = local // (60 * MINUTE_MS)
        people = [responder] if responder else self._likely(shop)
        if not people:
            return None
        chances = [known.odds.chance(hour, self._on_duty.next_load(each), each) for each in people]
        return sum(chances) / len(chances)

    def _likely(self, shop: str) -> list[str]:
        """Who would be offered the next order: the least busy of those who are free, else all."""
        free = self._on_duty.free(shop)
        if not free:
            return self._on_duty.on_duty(shop)
        least = min(self._on_duty.load_of(each.responder) for each in free)
        return [each.responder for each in free if self._on_duty.load_of(each.responder) == least]

    def sessions(self, shop: str) -> int:
        """How many sessions the odds were made of."""
        known = self._records.get(shop)
        return 0 if known is None or known.odds is None else known.odds.sessions
