"""How far a run is, for whoever watches it: one flat dictionary an event, ready for JSON."""

from collections.abc import Callable

from miaohui.checks.course import last_end
from miaohui.checks.plan import Plan
from miaohui.checks.record import AnyEvent, Deviation, Ended, Finished, Halted, Probed, Skipped
from miaohui.checks.schedule import session_ms
from miaohui.checks.standing import Standing

Telling = dict[str, str | int | bool | None]
Tell = Callable[[Telling], None]

__all__ = ["Tell", "Telling", "telling_of"]


def telling_of(event: AnyEvent, plan: Plan, standing: Standing) -> Telling | None:
    """What an event means to somebody who watches; None for what only the journal needs."""
    purse, slot = standing.purse, getattr(event, "slot", "")
    course = standing.courses.get(slot)
    told: Telling = {
        "event": "progress",
        "utc_ms": event.utc_ms,
        "slot": slot,
        "state": "" if course is None else course.state,
        "done": standing.done,
        "planned": len(standing.courses),
        "spent_fen": purse.paid_fen - purse.refunded_fen,
        "budget_fen": purse.budget_fen,
        "ends_at_utc_ms": last_end(standing.courses.values(), session_ms(plan), event.utc_ms),
    }
    match event:
        case Skipped(reason=reason):
            told["reason"] = reason
        case Ended(reason=reason):
            told["reason"] = reason
        case Probed(skipped=skipped):
            told["skipped"] = skipped
        case Deviation(code=code, detail=detail):
            told |= {"event": "deviation", "code": code, "detail": detail}
        case Halted(how=how):
            told |= {"event": how}
        case Finished(verdict=verdict):
            told |= {"event": "finished", "verdict": verdict}
        case _ if course is None:
            return None
        case _:
            pass
    return told
