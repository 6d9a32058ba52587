"""Where a run stands by its own journal: each slot's course, and the purse that is never overdrawn."""

from collections.abc import Iterable

from miaohui.checks.course import Course
from miaohui.checks.record import (
    AnyEvent,
    Begun,
    Bought,
    Buying,
    Ended,
    Finished,
    Halted,
    Network,
    Opened,
    Probed,
    Skipped,
    Slot,
)


class Purse:
    """Money of a run, in fen. A price is reserved before it is asked for; what comes back counts
    once it came back."""

    def __init__(self, budget_fen: int) -> None:
        self.budget_fen = budget_fen
        self.paid_fen = 0
        self.refunded_fen = 0
        self._reserved: dict[str, int] = {}
        self._paid: dict[str, int] = {}

    @property
    def committed_fen(self) -> int:
        """What is gone, or may be gone any moment."""
        return self.paid_fen - self.refunded_fen + sum(self._reserved.values())

    def may(self, price_fen: int) -> bool:
        return self.committed_fen + price_fen <= self.budget_fen

    def take(self, event: AnyEvent) -> None:
        match event:
            case Buying(slot=slot, price_fen=price) if slot not in self._paid:
                self._reserved[slot] = price
            case Skipped(slot=slot):
                self._reserved.pop(slot, None)
            case Bought(slot=slot, price_fen=price) if slot not in self._paid:
                self._reserved.pop(slot, None)
                self._paid[slot] = price
                self.paid_fen += price
            case Ended(slot=slot, refund_fen=refund):
                self.refunded_fen += min(refund, self._paid.get(slot, 0))
            case _:
                pass


class Standing:
    """The events of a journal, taken in one after another."""

    def __init__(self, budget_fen: int, events: Iterable[AnyEvent] = ()) -> None:
        self.purse = Purse(budget_fen)
        self.begun: Begun | None = None
        self.finished: Finished | None = None
        self.halted: Halted | None = None
        self.courses: dict[str, Course] = {}
        for event in events:
            self.take(event)

    @property
    def done(self) -> int:
        return sum(course.over for course in self.courses.values())

    def take(self, event: AnyEvent) -> None:
        self.purse.take(event)
        match event:
            case Begun():
                self.begun = event
                if event.budget_fen is not None:
                    self.purse.budget_fen = min(event.budget_fen, self.purse.budget_fen)
            case Halted():
                self.halted = event
            case Finished():
                self.finished = event
            case Slot():
                self.courses[event.slot] = Course(event)
            case Buying() | Bought() | Opened() | Ended() | Skipped() | Probed() | Network():
                course = self.courses.get(event.slot)
                if course is not None:
                    course.take(event)
            case _:
                pass
