"""A run's standing by its own journal: each slot's course, and the budget that is never overdrawn."""

from collections.abc import Iterable

from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    AnyEvent,
    Bought,
    Buying,
    Countersigned,
    Finished,
    Network,
    OrdersListed,
    Probed,
    RunBegun,
    RunHalted,
    Skipped,
    Slot,
    SlotEnded,
    SlotOpened,
)


class Budget:
    """Money of a run, in fen. A price is reserved before it is asked for; what comes back counts
    once it came back."""

    def __init__(self, budget_fen: int) -> None:
        self.limit_fen = budget_fen
        self.paid_fen = 0
        self.refunded_fen = 0
        self._reserved: dict[str, int] = {}
        self._paid: dict[str, int] = {}

    @property
    def committed_fen(self) -> int:
        """The money that is gone, or may be gone any moment."""
        return self.paid_fen - self.refunded_fen + sum(self._reserved.values())

    def may(self, price_fen: int) -> bool:
        return self.committed_fen + price_fen <= self.limit_fen

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
            case SlotEnded(slot=slot, refund_fen=refund):
                self.refunded_fen += min(refund, self._paid.get(slot, 0))
            case _:
                pass


class RunState:
    """The events of a journal, taken in one after another."""

    def __init__(self, budget_fen: int, events: Iterable[AnyEvent] = ()) -> None:
        self.budget = Budget(budget_fen)
        self.begun: RunBegun | None = None
        self.finished: Finished | None = None
        self.halted: RunHalted | None = None
        self.countersigned: Countersigned | None = None
        self.listed: OrdersListed | None = None
        self.courses: dict[str, Course] = {}
        for event in events:
            self.take(event)

    @property
    def done(self) -> int:
        return sum(course.over for course in self.courses.values())

    def take(self, event: AnyEvent) -> None:
        self.budget.take(event)
        match event:
            case RunBegun():
                self.begun = event
                if event.budget_fen is not None:
                    self.budget.limit_fen = min(event.budget_fen, self.budget.limit_fen)
            case RunHalted():
                self.halted = event
            case Countersigned():
                self.countersigned = event
            case OrdersListed():
                self.listed = event
            case Finished():
                self.finished = event
            case Slot():
                self.courses[event.slot] = Course(event)
            case (
                Buying() | Bought() | SlotOpened() | SlotEnded() | Skipped() | Probed() | Network()
            ):
                course = self.courses.get(event.slot)
                if course is not None:
                    course.take(event)
            case _:
                pass
