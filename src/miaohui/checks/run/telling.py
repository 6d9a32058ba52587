"""A run's progress, for whoever watches it: one flat dictionary an event, ready for JSON."""

from collections.abc import Callable

from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.schedule import session_ms
from miaohui.checks.record.course import last_end
from miaohui.checks.record.events import (
    AnyEvent,
    Deviation,
    Finished,
    Probed,
    RunHalted,
    Skipped,
    SlotEnded,
)
from miaohui.checks.record.standing import RunState

Telling = dict[str, str | int | bool | None]
Tell = Callable[[Telling], None]

__all__ = ["Tell", "Telling", "telling_of"]


def telling_of(event: AnyEvent, plan: Plan, standing: RunState) -> Telling | None:
    """An event as somebody who watches reads it; None for what only the journal needs."""
    budget, slot = standing.budget, getattr(event, "slot", "")
    course = standing.courses.get(slot)
    told: Telling = {
        "event": "progress",
        "utc_ms": event.utc_ms,
        "slot": slot,
        "state": "" if course is None else course.state,
        "done": standing.done,
        "planned": len(standing.courses),
        "spent_fen": budget.paid_fen - budget.refunded_fen,
        "budget_fen": budget.limit_fen,
        "ends_at_utc_ms": last_end(standing.courses.values(), session_ms(plan), event.utc_ms),
    }
    match event:
        case Skipped(reason=reason):
            told["reason"] = reason
        case SlotEnded(reason=reason):
            told["reason"] = reason
        case Probed(skipped=skipped):
            told["skipped"] = skipped
        case Deviation(code=code, detail=detail):
            told |= {"event": "deviation", "code": code, "detail": detail}
        case RunHalted(how=how):
            told |= {"event": how}
        case Finished(verdict=verdict):
            told |= {"event": "finished", "verdict": verdict}
        case _ if course is None:
            return None
        case _:
            pass
    return told
