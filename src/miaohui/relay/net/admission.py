"""Admission: one ledger of all links, from the first packet on.

A link is half open until its hello was judged, a guest until it signs in, and a member while it
bears a good token. Half-open links and guests are counted by the net they come from and in all;
members are counted by nothing but the descriptors, so no crowd of strangers takes their places.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from miaohui.relay.net.limits import ENTRIES, HANDSHAKES, KNOCKS, Buckets, Fines, Rate

GUEST_LIFE_MS: Final = 60_000
DESCRIPTORS_KEPT: Final = 128  # for the database, pictures, logs, and links on their way out
UNLIMITED: Final = 1 << 30


class LinkStage(Enum):
    """How far a link has come."""

    HALF_OPEN = "half_open"
    GUEST = "guest"
    MEMBER = "member"
    GONE = "gone"


NEXT: Final[Mapping[LinkStage, frozenset[LinkStage]]] = {
    LinkStage.HALF_OPEN: frozenset({LinkStage.GUEST, LinkStage.MEMBER, LinkStage.GONE}),
    LinkStage.GUEST: frozenset({LinkStage.MEMBER, LinkStage.GONE}),
    LinkStage.MEMBER: frozenset({LinkStage.GUEST, LinkStage.GONE}),
    LinkStage.GONE: frozenset(),
}
"""The stages that may follow each."""


class LinkRefusal(Enum):
    """Why a link was refused or ended; a label of the metrics."""

    KNOCKS = "knocks"
    NO_PROXY = "no_proxy"
    HALF_OPEN = "half_open"
    HANDSHAKE = "handshake"
    ARRIVALS = "arrivals"
    PER_HOST = "per_host"
    GUESTS = "guests"
    GUEST_LIFE = "guest_life"
    TURN = "turn"
    FINED = "fined"
    FRAMES = "frames"
    BYTES = "bytes"
    UNREAD = "unread"
    DESCRIPTORS = "descriptors"


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many are let in. ``per_host``: links of one address or /64, members included."""

    half_open: int = 512
    half_open_per_net: int = 48
    guests: int = 500
    guests_per_net: int = 40
    per_host: int = 2000
    per_account: int = 16
    handshakes: Rate = HANDSHAKES
    knocks: Rate = KNOCKS
    entries: Rate = ENTRIES
    members_per_second: float = 80.0  # with the guests never more than 100 in any second
    guests_per_second: float = 20.0

    @classmethod
    def free(cls) -> "AdmissionLimits":
        """Without limits of an address: where everybody has the same one."""
        endless = Rate(burst=1e9, per_second=1e9)
        return cls(
            half_open=UNLIMITED,
            half_open_per_net=UNLIMITED,
            guests=UNLIMITED,
            guests_per_net=UNLIMITED,
            per_host=UNLIMITED,
            handshakes=endless,
            knocks=endless,
            entries=endless,
            members_per_second=100_000,
            guests_per_second=100_000,
        )


USUAL: Final = AdmissionLimits()


class LinkPlace:
    """One link in the ledger. ``end``: ends it, whatever it has become by then."""

    __slots__ = ("counted", "end", "net", "since", "stage")

    def __init__(self, net: str, since: int, end: Callable[[], object], *, counted: bool) -> None:
        self.net = net
        self.since = since
        self.stage = LinkStage.HALF_OPEN
        self.end = end
        self.counted = counted  # among the descriptors

    def is_gone(self) -> bool:
        return self.stage is LinkStage.GONE


class _Register:
    """The places of one stage, in order of their coming, by net as well. ``net`` "" is in no
    net: behind a proxy that did not say."""

    __slots__ = ("all", "by_net")

    def __init__(self) -> None:
        self.all: OrderedDict[LinkPlace, None] = OrderedDict()
        self.by_net: dict[str, OrderedDict[LinkPlace, None]] = {}

    def add(self, place: LinkPlace) -> None:
        self.all[place] = None
        if place.net:
            self.by_net.setdefault(place.net, OrderedDict())[place] = None

    def drop(self, place: LinkPlace) -> None:
        self.all.pop(place, None)
        here = self.by_net.get(place.net)
        if here is not None:
            here.pop(place, None)
            if not here:
                del self.by_net[place.net]

    def of(self, net: str) -> int:
        return len(self.by_net.get(net, ()))


class AdmissionLedger:
    """The ledger. ``descriptors``: how many files the process may hold open."""

    def __init__(self, limits: AdmissionLimits, descriptors: int = UNLIMITED) -> None:
        # Strangers never get more than half of what there is.
        self.most_open = max(8, descriptors - DESCRIPTORS_KEPT)
        self.adopt(limits)
        self.open = 0
        self.refused: Counter[LinkRefusal] = Counter()
        self.fines = Fines()
        self._knocks = Buckets(limits.knocks)
        self._registers: dict[LinkStage, _Register] = {stage: _Register() for stage in LinkStage}

    def adopt(self, limits: AdmissionLimits) -> None:
        """From now on these; who is in stays. Rates stay as they are."""
        self.limits = limits
        self.most_half_open = min(limits.half_open, self.most_open // 4)
        self.most_guests = min(limits.guests, self.most_open // 4)

    def count(self, stage: LinkStage) -> int:
        return len(self._registers[stage].all)

    def is_full(self) -> bool:
        """No more descriptors for links."""
        return self.open >= self.most_open

    def knock(self, net: str, now: int) -> bool:
        """Whether a connection of this net is looked at."""
        if net and self._knocks.take(net, now):
            self.refused[LinkRefusal.KNOCKS] += 1
            return False
        return True

    def take(
        self, net: str, now: int, end: Callable[[], object], *, counted: bool = False
    ) -> LinkPlace:
        """A half-open link's place. Where there are too many, the eldest of its net goes, or the
        eldest of all: who means it says hello within a moment."""
        place = LinkPlace(net, now, end, counted=counted)
        if counted:
            self.open += 1
        self._registers[LinkStage.HALF_OPEN].add(place)
        self._make_room(net)
        return place

    def move(self, place: LinkPlace, net: str) -> None:
        """A proxy told where it comes from."""
        if place.stage is not LinkStage.HALF_OPEN or place.net == net:
            return
        register = self._registers[LinkStage.HALF_OPEN]
        register.drop(place)
        place.net = net
        register.add(place)
        self._make_room(net)

    def _make_room(self, net: str) -> None:
        register = self._registers[LinkStage.HALF_OPEN]
        if net and register.of(net) > self.limits.half_open_per_net:
            self._evict(next(iter(register.by_net[net])))
        if len(register.all) > self.most_half_open:
            self._evict(next(iter(register.all)))

    def _evict(self, place: LinkPlace) -> None:
        self.refused[LinkRefusal.HALF_OPEN] += 1
        self._enter(place, LinkStage.GONE)
        place.end()

    def guest(self, place: LinkPlace) -> bool:
        """Whether there is room for one more who is not signed in."""
        register = self._registers[LinkStage.GUEST]
        if len(register.all) >= self.most_guests or (
            place.net and register.of(place.net) >= self.limits.guests_per_net
        ):
            self.refused[LinkRefusal.GUESTS] += 1
            return False
        self._enter(place, LinkStage.GUEST)
        return True

    def member(self, place: LinkPlace) -> None:
        self._enter(place, LinkStage.MEMBER)

    def left(self, place: LinkPlace) -> None:
        """The link is over; its descriptor may live a moment longer."""
        self._enter(place, LinkStage.GONE)

    def closed(self, place: LinkPlace) -> None:
        """The descriptor is free."""
        if place.counted:
            place.counted = False
            self.open -= 1
        self._enter(place, LinkStage.GONE)

    def _enter(self, place: LinkPlace, stage: LinkStage) -> None:
        if stage not in NEXT[place.stage]:
            return
        self._registers[place.stage].drop(place)
        place.stage = stage
        if stage is not LinkStage.GONE:
            self._registers[stage].add(place)
