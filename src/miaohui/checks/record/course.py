"""One slot's course: what the record of a run says of it so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from miaohui.checks.record.events import (
    OVER,
    Bought,
    Buying,
    Network,
    Probed,
    Skipped,
    Slot,
    SlotEnded,
    SlotOpened,
    SlotState,
)

__all__ = ["Course", "Happened", "last_end"]

Happened = Buying | Bought | SlotOpened | Probed | SlotEnded | Skipped | Network


@dataclass(slots=True)
class Course:
    """The newest event of each kind, and every bubble in the order of the record."""

    slot: Slot
    buying: Buying | None = None
    bought: Bought | None = None
    opened: SlotOpened | None = None
    ended: SlotEnded | None = None
    skipped: Skipped | None = None
    network: Network | None = None
    probes: list[Probed] = field(default_factory=list)

    @property
    def state(self) -> SlotState:
        if self.ended is not None:
            return SlotState.FAILED if self.opened is None else SlotState.DONE
        if self.skipped is not None:
            return SlotState.SKIPPED
        if self.opened is not None:
            return SlotState.RUNNING
        if self.bought is not None:
            return SlotState.QUEUED
        return SlotState.PLANNED if self.buying is None else SlotState.BUYING

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def probed(self) -> set[tuple[int, int]]:
        """The bubbles that were written down, as probe and step."""
        return {(probe.probe, probe.step) for probe in self.probes}

    def take(self, event: Happened) -> None:
        match event:
            case Buying():
                self.buying = event
            case Bought():
                self.bought = event
            case SlotOpened():
                self.opened = event
            case Probed():
                self.probes.append(event)
            case SlotEnded():
                self.ended = event
            case Skipped():
                self.skipped = event
            case Network():
                self.network = event


def last_end(courses: Iterable[Course], takes_ms: int, now_ms: int) -> int | None:
    """The time at which the last session that is left should be over, as it looks at ``now_ms``.

    An account has its sessions one after another, begun ones first; what is late makes the next
    ones late.
    """
    left = [course for course in courses if not course.over]
    free: dict[int, int] = {}
    for course in sorted(left, key=lambda c: (c.buying is None, c.slot.at_utc_ms)):
        account = course.slot.account
        begins = max(course.slot.at_utc_ms, free.get(account, 0), now_ms)
        if course.opened is not None:
            begins = course.opened.utc_ms
        free[account] = max(begins + takes_ms, now_ms)
    return max(free.values(), default=None)
