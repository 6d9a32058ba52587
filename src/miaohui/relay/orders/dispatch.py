"""The dispatch of orders: waiting in their shops' queues, offered to people, with deadlines.

In memory, built anew from the orders at start. It decides; whoever calls ``tick`` carries out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from miaohui.relay.directory.on_duty import OnDuty
from miaohui.wire.orders import CustomerCard, OrderState

ANSWER_MS = 45_000
ANSWER_ALL_MS = 60_000
# So long an order waits while nobody of its shop is on duty at all.
NOBODY_MS = 60_000
# People come online without a word to the queue, so it looks again while anybody waits.
LOOK_MS = 1000


class QueueStage(StrEnum):
    """The stage of an order in the queue."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"  # somebody accepted, the commit is under way


@dataclass(slots=True, eq=False)
class Waiting:
    """An order in a queue. Times on the relay's monotonic clock."""

    order: str
    shop: str
    asked: str | None
    customer: str
    customer_name: str
    minutes: int
    first_time: bool
    queued_ms: int
    passed: set[str] = field(default_factory=set)
    missed: bool = False
    stage: QueueStage = QueueStage.WAITING
    offered_to: str | None = None
    answer_by: int = 0
    end_by: int | None = None
    alone_since: int | None = None
    card: CustomerCard | None = None


@dataclass(frozen=True, slots=True)
class UnservedEnding:
    """An order that nobody took."""

    order: str
    to: OrderState


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody let the time pass."""

    order: str
    responder: str


@dataclass(slots=True)
class QueueEffects:
    """A tick's changes: endings to book, people whose desks and orders whose views differ."""

    endings: list[UnservedEnding] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    desks: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)


class Dispatch:
    """All queues of the relay."""

    def __init__(self, on_duty: OnDuty) -> None:
        self._on_duty = on_duty
        self._waiting: dict[str, Waiting] = {}
        self._shops: dict[str, list[Waiting]] = {}

    def add(self, waiting: Waiting) -> None:
        if waiting.order in self._waiting:
            return
        self._waiting[waiting.order] = waiting
        queue = self._shops.setdefault(waiting.shop, [])
        queue.append(waiting)
        queue.sort(key=lambda each: (each.queued_ms, each.order))

    def remove(self, order: str) -> Waiting | None:
        waiting = self._waiting.pop(order, None)
        if waiting is not None:
            queue = self._shops[waiting.shop]
            queue.remove(waiting)
            if not queue:
                del self._shops[waiting.shop]
        return waiting

    def get(self, order: str) -> Waiting | None:
        return self._waiting.get(order)

    def queue_of(self, shop: str) -> list[Waiting]:
        return self._shops.get(shop, [])

    def offers_to(self, responder: str) -> Iterator[Waiting]:
        person = self._on_duty.person(responder)
        if person is None:
            return
        for each in self.queue_of(person.shop):
            if each.offered_to == responder and each.stage is QueueStage.OFFERED:
                yield each

    def offered_count(self, responder: str) -> int:
        """Unanswered orders before a person; one being taken still counts."""
        person = self._on_duty.person(responder)
        queue = self.queue_of(person.shop) if person else []
        return sum(1 for each in queue if each.offered_to == responder)

    def waiting_count(self, shop: str) -> int:
        """Orders that lie before nobody yet."""
        return sum(1 for each in self.queue_of(shop) if each.stage is QueueStage.WAITING)

    def ahead_of(self, order: str) -> int:
        """The number of those that wait before this one for the same places."""
        mine = self._waiting[order]
        ahead = 0
        for each in self.queue_of(mine.shop):
            if each is mine:
                break
            if each.stage is QueueStage.WAITING and (
                mine.asked is None or each.asked in (None, mine.asked)
            ):
                ahead += 1
        return ahead

    # --- answers -----------------------------------------------------------------------------
    def _offered(self, order: str, responder: str) -> Waiting | None:
        """What lies before this responder and was not answered."""
        waiting = self._waiting.get(order)
        if waiting is None or waiting.offered_to != responder:
            return None
        return waiting if waiting.stage is QueueStage.OFFERED else None

    def take(self, order: str, responder: str) -> Waiting | None:
        """Holds an offer for the one who accepts it; None where it is not theirs to accept."""
        waiting = self._offered(order, responder)
        if waiting is None:
            return None
        waiting.stage = QueueStage.TAKEN
        return waiting

    def untake(self, order: str) -> None:
        """The commit failed: the offer stands again."""
        waiting = self._waiting.get(order)
        if waiting is not None and waiting.stage is QueueStage.TAKEN:
            waiting.stage = QueueStage.OFFERED

    def decline(self, order: str, responder: str, now: int) -> QueueEffects | None:
        """Somebody does not want it; None where it is not before them."""
        waiting = self._offered(order, responder)
        if waiting is None:
            return None
        self._back(waiting, responder)
        effects = self.tick(now)
        effects.desks.add(responder)
        effects.orders.add(order)
        return effects

    @staticmethod
    def _back(waiting: Waiting, responder: str) -> None:
        waiting.passed.add(responder)
        waiting.offered_to = None
        waiting.stage = QueueStage.WAITING

    # --- time --------------------------------------------------------------------------------
    def tick(self, now: int) -> QueueEffects:
        """Lets offers run out, offers what can be offered, ends what nobody will take."""
        effects = QueueEffects()
        for waiting in list(self._waiting.values()):
            self._expire(waiting, now, effects)
        for shop in list(self._shops):
            for waiting in list(self.queue_of(shop)):
                if waiting.stage is QueueStage.WAITING:
                    self._place(waiting, now, effects)
        return effects

    def _expire(self, waiting: Waiting, now: int, effects: QueueEffects) -> None:
        if waiting.stage is not QueueStage.OFFERED or waiting.offered_to is None:
            return
        gone = self._on_duty.person(waiting.offered_to) is None
        if now < waiting.answer_by and not gone:
            return
        responder = waiting.offered_to
        self._back(waiting, responder)
        waiting.missed = True
        effects.missed.append(Missed(waiting.order, responder))
        effects.desks.add(responder)
        effects.orders.add(waiting.order)

    def _place(self, waiting: Waiting, now: int, effects: QueueEffects) -> None:
        if waiting.end_by is not None and now >= waiting.end_by:
            self._end(waiting, OrderState.NO_SHOW, effects)
            return
        long = waiting.minutes * 60_000
        on_duty = set(self._on_duty.on_duty(waiting.shop, long))
        on_duty -= self._on_duty.blocks.apart_from(waiting.customer)
        if waiting.asked is not None:
            on_duty &= {waiting.asked}
        left = on_duty - waiting.passed
        if not left and waiting.passed:
            # All who could were asked.
            to = OrderState.NO_SHOW if waiting.missed else OrderState.DECLINED
            self._end(waiting, to, effects)
            return
        if not left:
            waiting.alone_since = now if waiting.alone_since is None else waiting.alone_since
            if now - waiting.alone_since >= NOBODY_MS:
                self._end(waiting, OrderState.NO_SHOW, effects)
            return
        waiting.alone_since = None
        for free in self._on_duty.free(waiting.shop, ms=long):
            if free.responder not in left:
                continue
            waiting.stage = QueueStage.OFFERED
            waiting.offered_to = free.responder
            waiting.end_by = now + ANSWER_ALL_MS if waiting.end_by is None else waiting.end_by
            waiting.answer_by = min(now + ANSWER_MS, waiting.end_by)
            effects.desks.add(free.responder)
            effects.orders.add(waiting.order)
            return
        # Whoever is left is busy: it waits for a place, and its minute begins anew with the next.
        waiting.end_by = None

    def _end(self, waiting: Waiting, to: OrderState, effects: QueueEffects) -> None:
        self.remove(waiting.order)
        effects.endings.append(UnservedEnding(waiting.order, to))
        effects.orders.add(waiting.order)

    def next_look(self, now: int) -> int | None:
        """The next moment to tick; None while nothing waits."""
        if not self._waiting:
            return None
        ends = [
            each.answer_by for each in self._waiting.values() if each.stage is QueueStage.OFFERED
        ]
        return min([now + LOOK_MS, *(max(now, end) for end in ends)])
