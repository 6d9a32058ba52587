"""Everybody who is on duty now, how busy they are, and how long a customer would honestly wait.

Kept in memory and read anew at start; the loop's thread alone touches it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from miaohui.relay.directory.blocks import BlockList
from miaohui.relay.directory.people import ResponderRow
from miaohui.relay.directory.queueing import QueuePlace
from miaohui.relay.directory.work import WorkBook
from miaohui.relay.ports import PushPort
from miaohui.wire.accounts import Presence

# Where nothing better is known, a place is taken for half an hour.
USUAL_SESSION_MS = 30 * 60_000


@dataclass(frozen=True, slots=True)
class Free:
    """Somebody who can take a conversation now."""

    responder: str
    name: str


class Workload(Protocol):
    """The open sessions of everybody who answers, which live in a room above this one."""

    def live_count(self, responder: str) -> int: ...

    def handed_count(self, responder: str) -> int: ...

    def remaining_ms(self, responder: str) -> list[int]: ...

    def progress(self, responder: str) -> list[tuple[int, int]]: ...

    def last_wait_ms(self, responder: str) -> int | None: ...


class OnDuty:
    """Everybody who answers. ``offered``: how many orders lie before a person unanswered."""

    def __init__(self, push: PushPort, work: WorkBook) -> None:
        self.blocks = BlockList()
        self.work = work
        self._push = push
        self._sessions: Workload | None = None
        self._people: dict[str, ResponderRow] = {}
        self._shops: dict[str, set[str]] = {}
        self._on: set[str] = set()
        self._offered: Callable[[str], int] = lambda responder: 0
        self._waiting: Callable[[str], int] = lambda shop: 0

    def bind(
        self,
        sessions: Workload,
        offered: Callable[[str], int],
        waiting: Callable[[str], int],
    ) -> None:
        """``offered``: unanswered orders before a person; ``waiting``: orders queued in a shop."""
        self._sessions = sessions
        self._offered = offered
        self._waiting = waiting

    def load(self, rows: Iterable[ResponderRow]) -> None:
        self._people.clear()
        self._shops.clear()
        self._on.clear()
        for row in rows:
            self.put(row)

    def put(self, row: ResponderRow) -> None:
        before = self._people.get(row.responder)
        if before is not None:
            self._shops[before.shop].discard(row.responder)
        self._people[row.responder] = row
        self._shops.setdefault(row.shop, set()).add(row.responder)
        if row.presence == "on":
            self._on.add(row.responder)
        else:
            self._on.discard(row.responder)

    def drop(self, responder: str) -> None:
        row = self._people.pop(responder, None)
        if row is not None:
            self._shops[row.shop].discard(responder)
            self._on.discard(responder)

    def set_presence(self, responder: str, presence: Presence, since_ms: int | None) -> None:
        row = self._people.get(responder)
        if row is not None:
            self.put(replace(row, presence=presence, on_since_ms=since_ms))

    # --- one person --------------------------------------------------------------------------
    def person(self, responder: str) -> ResponderRow | None:
        return self._people.get(responder)

    def presence(self, responder: str) -> Presence:
        """As others see it: who is not connected is off."""
        row = self._people.get(responder)
        if row is None or not self._push.online(responder):
            return "off"
        return row.presence

    def load_of(self, responder: str) -> int:
        return self._sessions.live_count(responder) if self._sessions else 0

    def everybody(self) -> list[ResponderRow]:
        return list(self._people.values())

    def capacity_of(self, row: ResponderRow) -> int:
        """The conversations at once that this person, and the shop's limits, allow."""
        return self.work.at_once(row.shop, row.responder, row.capacity)

    def room_of(self, responder: str, ms: int = 0) -> int:
        """The conversations (of ``ms``) that this person can still be offered now."""
        row = self._people.get(responder)
        if row is None or self.presence(responder) != "on":
            return 0
        if not self.work.fits(row.shop, responder, ms):
            return 0
        return max(0, self.capacity_of(row) - self._held(responder))

    def _held(self, responder: str) -> int:
        """The places of this person that are taken, or kept for what lies before them."""
        handed = self._sessions.handed_count(responder) if self._sessions else 0
        return self.load_of(responder) + self._offered(responder) + handed

    def still_takes(self, responder: str, ms: int) -> bool:
        """True while somebody before whom a colleague's session lies can take it: the place that
        is kept for it is theirs."""
        row = self._people.get(responder)
        if row is None or self.presence(responder) != "on":
            return False
        fits = self.work.fits(row.shop, responder, ms)
        return fits and self._held(responder) <= self.capacity_of(row)

    def last_wait_ms(self, responder: str) -> int | None:
        return self._sessions.last_wait_ms(responder) if self._sessions else None

    # --- a shop ------------------------------------------------------------------------------
    def people_of(self, shop: str) -> list[ResponderRow]:
        return sorted(
            (self._people[each] for each in self._shops.get(shop, ())), key=lambda row: row.name
        )

    def on_duty(self, shop: str, ms: int = 0) -> list[str]:
        """Those who answer now and may take a session of so long, busy or not."""
        return [
            each
            for each in self._shops.get(shop, ())
            if each in self._on and self.presence(each) == "on" and self.work.fits(shop, each, ms)
        ]

    def free(self, shop: str, besides: frozenset[str] = frozenset(), ms: int = 0) -> list[Free]:
        """Those with a free place for a session of so long, the least busy first."""
        found = [
            (self._held(each), self._people[each].name, each)
            for each in self.on_duty(shop, ms)
            if each not in besides and self.room_of(each, ms) > 0
        ]
        return [Free(responder, name) for _, name, responder in sorted(found)]

    def shops_on_duty(self) -> set[str]:
        return {self._people[each].shop for each in self._on if self.presence(each) == "on"}

    def next_load(self, responder: str) -> int:
        """The sessions that this person has when the next one begins."""
        row = self._people.get(responder)
        if row is None:
            return 0
        return min(self.load_of(responder), max(0, self.capacity_of(row) - 1))

    def places(self, shop: str, asked: str | None = None) -> list[QueuePlace]:
        """The places of all on duty (or of the one asked for), free ones and those in use; one that
        an order lies before counts as just begun."""
        found: list[QueuePlace] = []
        for each in self.on_duty(shop):
            if self._sessions is None or (asked is not None and each != asked):
                continue
            until = self.work.free_ms(shop, each)
            running = self._sessions.progress(each)
            running += [(0, USUAL_SESSION_MS)] * self._offered(each)
            most = self.capacity_of(self._people[each])
            found += [QueuePlace(used, paid, until) for used, paid in running[:most]]
            found += [QueuePlace(0, 0, until)] * max(0, most - len(running))
        return found

    def estimate_ms(self, shop: str, ahead: int, asked: str | None = None) -> int | None:
        """The time until somebody (or the one asked for) takes the next order, with so many
        ahead; 0: at once; None: nobody is on duty.

        Places come free in the order in which paid time runs out; beyond those that are known a
        place is taken to be used for half an hour again.
        """
        people = self.on_duty(shop)
        if asked is not None:
            people = [each for each in people if each == asked]
        if not people or self._sessions is None:
            return None
        room = sum(self.room_of(each) for each in people)
        if ahead < room:
            return 0
        ahead -= room
        ends = sorted(left for each in people for left in self._sessions.remaining_ms(each))
        if not ends:
            return USUAL_SESSION_MS * (ahead + 1) // max(1, len(people))
        return ends[ahead % len(ends)] + USUAL_SESSION_MS * (ahead // len(ends))

    def live(self, shop: str) -> tuple[int, bool, int | None]:
        """(people on duty, one of them is free, the estimate in ms for who comes now)."""
        people = self.on_duty(shop)
        if not people:
            return 0, False, None
        waiting = self._waiting(shop)
        room = sum(self.room_of(each) for each in people)
        if waiting < room:
            return len(people), True, 0
        return len(people), room > 0, self.estimate_ms(shop, waiting)
