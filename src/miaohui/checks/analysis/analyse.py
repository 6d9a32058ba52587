"""A run's folder analysed: from the raw data alone to `Results`, at any time, also while it runs.

What is damaged is left out of the figures and told as a deviation; only a folder without a readable
plan cannot be analysed, and `FolderUnreadable` says why in both languages.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from miaohui.checks.analysis.ratings import Ratings, read_ratings
from miaohui.checks.analysis.replies import Reply
from miaohui.checks.analysis.session import (
    MeasuredSlot,
    ReadBundle,
    measure_bundle,
    plain,
    with_labels,
)
from miaohui.checks.analysis.target import result_of
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.reader import PlanError, read_plan
from miaohui.checks.plan.schedule import session_ms
from miaohui.checks.record.course import Course, last_end
from miaohui.checks.record.events import OVER, SlotState
from miaohui.checks.record.trace import Note, Trace, read_trace
from miaohui.checks.results import ClaimVerdict, Results, SessionResult, TargetResult
from miaohui.checks.statistics.verdicts import looks_due
from miaohui.checks.trouble import Trouble
from miaohui.promise.bundle import MAX_BUNDLE_BYTES
from miaohui.runtime.clock import rfc3339

PLAN: Final = "plan.toml"
SESSIONS: Final = "sessions"
PRIVATE: Final = "private"
_MAX_PLAN_BYTES: Final = 1024 * 1024
_DAY_MS: Final = 86_400_000
_SLOT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


class FolderUnreadable(Trouble):
    """A folder that holds no check."""


def analyse(folder: Path) -> Results:
    """Everything that the folder's data say; raises `FolderUnreadable`."""
    plan = plan_of(folder)
    trace = read_trace(folder)
    ratings = read_ratings(folder)
    measured, notes = measure_all(folder, plan, trace, ratings.final())
    notes = [*trace.notes, *_notes_on_plan(plan, trace), *notes, *ratings.notes]
    results = _results(plan, trace, ratings, measured, notes)
    told = "" if trace.finished is None else trace.finished.verdict
    if told and told != results.verdict:
        # What the run itself announced at its end was computed from the same data.
        differs = ("verdict_differs", f"{told} != {results.verdict}", "")
        return replace(results, deviations=(*results.deviations, differs))
    return results


def plan_of(folder: Path) -> Plan:
    """The plan that lies in a run's folder; raises `FolderUnreadable`."""
    file = folder / PLAN
    try:
        with file.open("rb") as source:
            data = source.read(_MAX_PLAN_BYTES)
        return read_plan(data)
    except PlanError as error:
        first = error.mistakes[0] if error.mistakes else None
        line = 0 if first is None else first.line
        raise FolderUnreadable(
            f"{file} 读不成计划：第 {line} 行，{'' if first is None else first.chinese}",
            f"{file} is no readable plan: line {line}, {'' if first is None else first.english}",
        ) from None
    except FileNotFoundError:
        raise FolderUnreadable(
            f"{folder} 里没有 {PLAN}，不是一次检验的文件夹",
            f"{folder} has no {PLAN}, so it is not a check's folder",
        ) from None
    except OSError as error:
        raise FolderUnreadable(
            f"读不了 {file}：{error.strerror}", f"{file} cannot be read: {error.strerror}"
        ) from None


def bundle_file(folder: Path, kind: str, slot: str) -> Path | None:
    """The path of a slot's bundle; None for a slot whose name is no file name."""
    return folder / kind / f"{slot}.zip" if _SLOT.fullmatch(slot) else None


def measure_all(
    folder: Path, plan: Plan, trace: Trace, labels: Mapping[str, str]
) -> tuple[list[MeasuredSlot], list[Note]]:
    """Every slot measured, in the order of the record, and what was wrong with their bundles."""
    notes: list[Note] = []
    found: list[MeasuredSlot] = []
    seed = plan.seed if trace.begun is None else trace.begun.seed
    key = "" if trace.begun is None else trace.begun.relay_key
    owners: dict[str, str] = {}
    numbers = _numbers(trace)
    for name, course in trace.courses.items():
        measured = _measure(folder, course, numbers[name], key, seed, labels)
        other = owners.setdefault(measured.session, name) if measured.session else name
        if other != name:
            notes.append(("session_counted_twice", other, name))
            measured = MeasuredSlot(plain(course, numbers[name]))
        notes += measured.notes
        found.append(measured)
    notes += _foreign_bundles(folder, trace)
    return found, notes


def _measure(
    folder: Path, course: Course, number: int, key: str, seed: int, labels: Mapping[str, str]
) -> MeasuredSlot:
    slot = course.slot.slot
    bare = plain(course, number)
    file = bundle_file(folder, SESSIONS, slot)
    if file is None:
        return MeasuredSlot(bare, notes=(("slot_name_invalid", slot[:80], ""),))
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BUNDLE_BYTES + 1)
    except FileNotFoundError:
        missing = course.ended is not None and course.ended.bundle
        return MeasuredSlot(bare, notes=(("bundle_missing", file.name, slot),) if missing else ())
    except OSError as error:
        note = ("bundle_unreadable", f"{file.name}: {error.strerror}", slot)
        return MeasuredSlot(replace(bare, bundle_sound=False), notes=(note,))
    return with_labels(measure_bundle(ReadBundle.of(data, key, seed, number, course)), labels)


def _numbers(trace: Trace) -> dict[str, int]:
    """Each slot's place among its target's, by the planned time."""
    counts: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for course in sorted(trace.courses.values(), key=lambda t: (t.slot.at_utc_ms, t.slot.slot)):
        counts[course.slot.target] = counts.get(course.slot.target, 0) + 1
        numbers[course.slot.slot] = counts[course.slot.target]
    return numbers


def _foreign_bundles(folder: Path, trace: Trace) -> list[Note]:
    files = sorted((folder / SESSIONS).glob("*.zip"))
    return [("bundle_of_no_slot", f.name, "") for f in files if f.stem not in trace.courses]


def _notes_on_plan(plan: Plan, trace: Trace) -> list[Note]:
    notes: list[Note] = []
    if trace.begun is not None and trace.begun.plan_sha256 != plan.sha256:
        notes.append(("plan_changed", f"{trace.begun.plan_sha256} != {plan.sha256}", ""))
    known = {*plan.scope.shops, *plan.scope.responders}
    strangers = {t.slot.target for t in trace.courses.values()} - known
    notes += [("target_not_in_plan", name, "") for name in sorted(strangers)]
    halts = {"crashed": "run_crashed", "paused": "run_paused", "stopped": "run_stopped"}
    notes += [(halts[h.how], _when(h.utc_ms), "") for h in trace.halts if h.how in halts]
    finished = trace.finished
    spent, refunded = _money(trace.courses.values())
    if finished is not None and (spent, refunded) != (finished.spent_fen, finished.refunded_fen):
        told = f"{finished.spent_fen}/{finished.refunded_fen} != {spent}/{refunded}"
        notes.append(("sums_differ", told, ""))
    budget = _budget(plan, trace)
    if spent - refunded > budget:
        told = f"{spent} - {refunded} > {budget}"
        notes.append(("budget_exceeded", told, ""))
    return notes


def _money(courses: Iterable[Course]) -> tuple[int, int]:
    courses = list(courses)
    spent = sum(t.bought.price_fen for t in courses if t.bought is not None)
    return spent, sum(t.ended.refund_fen for t in courses if t.ended is not None)


def _when(utc_ms: int) -> str:
    try:
        return rfc3339(utc_ms)
    except (ValueError, OverflowError, OSError):
        return f"{utc_ms} ms"


def _budget(plan: Plan, trace: Trace) -> int:
    """The plan's, or the run's own where that is less."""
    own = None if trace.begun is None else trace.begun.budget_fen
    return plan.scope.budget_fen if own is None else min(own, plan.scope.budget_fen)


def _results(
    plan: Plan, trace: Trace, ratings: Ratings, measured: list[MeasuredSlot], notes: list[Note]
) -> Results:
    begun, finished = trace.begun, trace.finished
    sessions = tuple(each.result for each in measured)
    targets = _targets(plan, trace, sessions)
    replies = [reply for each in measured for reply in each.replies]
    spent, refunded = _money(trace.courses.values())
    ended = finished.utc_ms if finished else trace.halts[-1].utc_ms if trace.stopped else None
    keys = {reply.key for reply in replies}
    done = [t for t in targets if t.sessions_planned]
    return Results(
        name=plan.name,
        claim=plan.claim.text,
        threshold=plan.claim.threshold,
        rule="" if begun is None else begun.rule,
        plan_sha256=plan.sha256,
        run="" if begun is None else begun.run,
        relay="" if begun is None else begun.relay,
        practice=begun is not None and begun.practice,
        verdict=_overall(targets),
        targets=targets,
        sessions=sessions,
        kappa=ratings.agreement(),
        coded=len(ratings.final().keys() & keys),
        deviations=tuple(notes),
        spent_fen=spent,
        refunded_fen=refunded,
        budget_fen=_budget(plan, trace),
        begun_utc_ms=None if begun is None else begun.utc_ms,
        ended_utc_ms=ended,
        running=trace.running,
        planned_sessions=len(sessions),
        done_sessions=sum(s.state is SlotState.DONE for s in sessions),
        skipped_sessions=sum(s.state is SlotState.SKIPPED for s in sessions),
        ends_at_utc_ms=last_end(trace.courses.values(), session_ms(plan), trace.newest_utc_ms),
        notify_utc_ms=None if ended is None else ended + plan.ethics.notify_after_days * _DAY_MS,
        looks_done=min(
            (
                looks_due(plan.claim, t.sessions, t.sessions_planned, over=_over(trace, t.target))
                for t in done
            ),
            default=0,
        ),
        looks_planned=plan.claim.looks,
        alpha=plan.claim.alpha,
        relay_key="" if begun is None else begun.relay_key,
        version="" if begun is None else begun.version,
        stopped=trace.stopped,
        disputed=len(set(ratings.disputed()) & keys),
        drawn=len(drawn(replies, plan.coding.share)),
        unit=plan.claim.unit.value,
        late_most=plan.claim.late_most,
    )


def drawn(replies: Iterable[Reply], share: float) -> tuple[Reply, ...]:
    """The replies whose key falls into the share: the same ones however many sessions came since."""
    limit = share * 2**64
    return tuple(reply for reply in replies if int(reply.key, 16) < limit)


def _targets(
    plan: Plan, trace: Trace, sessions: tuple[SessionResult, ...]
) -> tuple[TargetResult, ...]:
    named = [*plan.scope.shops, *plan.scope.responders]
    for course in trace.courses.values():
        if course.slot.target not in named:
            named.append(course.slot.target)
    found = []
    for target in dict.fromkeys(named):
        courses = [t for t in trace.courses.values() if t.slot.target == target]
        slot = courses[0].slot if courses else None
        name = target if slot is None else slot.responder_name or slot.shop_name
        found.append(
            result_of(
                plan,
                target,
                _as_ended(trace, [s for s in sessions if s.target == target]),
                name=name,
                responder=slot.responder is not None if slot else target in plan.scope.responders,
                planned=len(courses) or plan.scope.sessions,
                over=_over(trace, target),
            )
        )
    return tuple(found)


def _over(trace: Trace, target: str) -> bool:
    """True where no more is to come of a target: the run has ended, or each of its slots has.

    What was stopped can be resumed, so it is not over: else a tester could stop where it suits them.
    """
    if trace.begun is None or trace.finished is not None:
        return trace.begun is not None
    own = [t for t in trace.courses.values() if t.slot.target == target]
    return bool(own) and all(
        t.state in OVER and (t.skipped is None or t.skipped.reason != "stopped") for t in own
    )


def _as_ended(trace: Trace, sessions: list[SessionResult]) -> list[SessionResult]:
    """Sessions in the order in which they ended: looks are taken along it."""

    def place(session: SessionResult) -> tuple[bool, int, str]:
        ended = trace.courses[session.slot].ended
        return ended is None, 0 if ended is None else ended.utc_ms, session.slot

    return sorted(sessions, key=place)


def _overall(targets: tuple[TargetResult, ...]) -> ClaimVerdict:
    said = {target.verdict for target in targets}
    if ClaimVerdict.NOT_MET in said:
        return ClaimVerdict.NOT_MET
    return ClaimVerdict.MET if said == {ClaimVerdict.MET} else ClaimVerdict.NOT_ENOUGH
