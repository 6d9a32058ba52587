"""Figures that a report alone shows, worked out from `Results`: none of them knows how it is shown.

Times in ms, sums in fen, shares 0..1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from miaohui.checks.plan.plan import Plan
from miaohui.checks.results import CurveStep, Results, SessionResult, TargetResult, TurnWait
from miaohui.promise.knownkeys import key_id_of

_BEFORE_ANY: Final = CurveStep(ms=0, surviving=1.0, low=1.0, high=1.0, at_risk=0, censored=0)


@dataclass(frozen=True, slots=True)
class DeliberateSilences:
    """A target's deliberate silences: those that the responder broke, and their mean length."""

    broken: int
    silences: int
    mean_ms: int | None


@dataclass(frozen=True, slots=True)
class NetworkCourse:
    """A target's probes, and the worst session's distance from the plan; None: nothing was sent."""

    sent: int
    skipped: int
    behind_ms: int | None


def sessions_of(target: TargetResult, results: Results) -> list[SessionResult]:
    """A target's sessions by their number."""
    own = (session for session in results.sessions if session.target == target.target)
    return sorted(own, key=lambda session: session.number)


def still_waiting(target: TargetResult, ms: int) -> CurveStep | None:
    """The curve's height at a moment; None where nobody was watched for so long."""
    passed = [step for step in target.survival if step.ms <= ms]
    if not passed:
        return _BEFORE_ANY
    last = passed[-1]
    return None if last is target.survival[-1] and last.surviving > 0 else last


def breaches_of(target: TargetResult, results: Results) -> list[tuple[SessionResult, TurnWait]]:
    """A target's breaches in the order in which they happened."""
    found = [
        (session, turn)
        for session in sessions_of(target, results)
        for turn in session.bars
        if turn.state == "breached"
    ]
    return sorted(found, key=lambda each: (each[1].at_utc_ms, each[0].slot, each[1].at_ms))


def silences_of(target: TargetResult, results: Results) -> DeliberateSilences:
    """A target's deliberate silences, of the sessions whose bundle holds."""
    own = (session for session in sessions_of(target, results) if session.bundle_sound)
    gaps = [gap for session in own for gap in session.gaps]
    broken = [gap.broken_after_ms for gap in gaps if gap.broken_after_ms is not None]
    mean = sum(broken) // len(broken) if broken else None
    return DeliberateSilences(len(broken), len(gaps), mean)


def network_of(target: TargetResult, results: Results) -> NetworkCourse:
    """A target's probes and their lateness."""
    own = sessions_of(target, results)
    behind = [s.schedule_error_p95_ms for s in own if s.schedule_error_p95_ms is not None]
    return NetworkCourse(
        sum(s.probes_sent for s in own),
        sum(s.probes_skipped for s in own),
        max(behind, default=None),
    )


def labels_of(results: Results, plan: Plan) -> list[str]:
    """The plan's labels, then those that were met beside them."""
    seen = {name for target in results.targets for name in (*target.labels, *target.coded)}
    return [*plan.coding.labels, *sorted(seen.difference(plan.coding.labels))]


def flags_of(results: Results) -> list[str]:
    """The flags that any target has, in the order of their codes."""
    return sorted({flag for target in results.targets for flag in target.flags})


def places_of(deviations: Iterable[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    """The (slot, detail) of each deviation by its code, in the order in which they were found."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, detail, slot in deviations:
        found.setdefault(code, []).append((slot, detail))
    return found


def wrong_verdict_share(results: Results) -> float:
    """The greatest chance of one wrong verdict or more, were all targets on the threshold."""
    return 1.0 - (1.0 - 2.0 * results.alpha) ** len(results.targets)


def relay_key_id(results: Results) -> str:
    """The id of the relay's key, or the recorded text where that is no key."""
    try:
        return key_id_of(bytes.fromhex(results.relay_key)) if results.relay_key else ""
    except ValueError:
        return results.relay_key
