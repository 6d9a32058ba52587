"""One shop or responder of a check: its sessions added up, and what may be said of its claim."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median_low

from miaohui.checks.plan.plan import Claim, Plan, Unit
from miaohui.checks.results import (
    ClaimVerdict,
    Interval,
    SessionResult,
    StratumResult,
    TargetResult,
)
from miaohui.checks.statistics.survival import curve
from miaohui.checks.statistics.units import counts_of, differing
from miaohui.checks.statistics.verdicts import follow, judge
from miaohui.promise.waits import Wait, Waits


def waits_of(sessions: Iterable[SessionResult]) -> tuple[Wait, ...]:
    """The raw waits, void ones left out; what no reply of this target ended is a lower bound."""
    return tuple(
        Wait(bar.wait_ms, bar.state == "kept" or bar.severity in ("late", "long", "gone"))
        for session in sessions
        for bar in session.bars
        if bar.state != "void"
    )


def result_of(
    plan: Plan,
    target: str,
    sessions: Sequence[SessionResult],
    *,
    name: str,
    responder: bool,
    planned: int,
    over: bool,
) -> TargetResult:
    """``sessions``: the target's, in the order in which they ended; those without figures last."""
    measured = [session for session in sessions if session.bundle_sound is True]
    counts = [counts_of(session, plan.claim.unit) for session in measured]
    judged = follow(plan.claim, counts, planned, over=over)
    late_verdict = _late_verdict(plan.claim, measured, planned, over=over)
    waits = waits_of(measured)
    told = Waits.of(waits)
    p50, p95, worst = told.quantile(0.5), told.quantile(0.95), told.longest()
    elapsed = sum(session.elapsed_ms for session in measured)
    late = sum(session.late_ms for session in measured)
    round_trips = [session.rtt_ms for session in sessions if session.rtt_ms is not None]
    asked_last = [session.last_question for session in measured if session.last_question]
    asked_after = [session for session in sessions if session.after_end_asked]
    rate = rate_of(plan.claim, measured)
    return TargetResult(
        target=target,
        name=name,
        responder=responder,
        sessions=len(measured),
        sessions_planned=planned,
        turns=rate.n,
        rate=rate,
        verdict=_both(judged.verdict, late_verdict),
        pass_mark=judged.pass_mark,
        design_effect=judged.design_effect,
        icc=judged.icc,
        effective_n=judged.effective_n,
        p50_ms=p50.ms,
        p50_at_least=p50.at_least,
        p95_ms=p95.ms,
        p95_at_least=p95.at_least,
        worst_ms=worst.ms,
        late_share=late / elapsed if elapsed else None,
        silences_60=sum(session.silences_60 for session in measured),
        broken_60=sum(session.broken_60 for session in measured),
        silences_300=sum(session.silences_300 for session in measured),
        broken_300=sum(session.broken_300 for session in measured),
        credit_owed_ms=late,
        credit_received_ms=sum(session.given_back_ms for session in measured),
        refund_owed_fen=sum(session.refund_owed_fen for session in measured),
        refund_received_fen=sum(session.refund_fen for session in measured),
        spent_fen=sum(session.price_fen for session in sessions),
        labels=_added(session.labels for session in measured),
        replies=sum(session.replies for session in measured),
        survival=curve(waits),
        strata=_strata(plan, sessions),
        last_asked=len(asked_last),
        last_answered=asked_last.count("answered"),
        after_asked=len(asked_after),
        after_answered=sum(1 for session in asked_after if session.after_end_replies > 0),
        flags=dict(sorted(Counter(f for session in measured for f in session.flags).items())),
        censored=sum(session.censored for session in measured),
        void=sum(session.void for session in measured),
        coded=_added(session.coded for session in measured),
        rtt_p50_ms=median_low(round_trips) if round_trips else None,
        cuts=sum(session.cuts for session in sessions),
        rule_low=judged.rule_low,
        rule_high=judged.rule_high,
        level=judged.level,
        look=judged.look,
        judged_kept=judged.kept,
        judged_turns=judged.turns,
        elapsed_ms=elapsed,
        late_ms=late,
        worst_at_least=worst.at_least,
        shares={unit.value: _share(measured, unit) for unit in Unit},
        differing=() if responder else differing(measured),
        lost_sessions=judged.lost,
        enough_sessions=judged.enough_sessions,
        late_verdict="" if late_verdict is None else late_verdict.value,
    )


def _late_verdict(
    claim: Claim, sessions: Sequence[SessionResult], planned: int, *, over: bool
) -> ClaimVerdict | None:
    """The verdict on the claim's bound on late share; None where it has none."""
    if claim.late_most >= 1:
        return None
    bound = replace(claim, threshold=1 - claim.late_most, unit=Unit.LATE_SHARE)
    counts = [counts_of(session, Unit.LATE_SHARE) for session in sessions]
    return follow(bound, counts, planned, over=over).verdict


def _both(main: ClaimVerdict, late: ClaimVerdict | None) -> ClaimVerdict:
    """A claim of two parts is met where both are, and not met where either is not."""
    parts = {main} if late is None else {main, late}
    if ClaimVerdict.NOT_MET in parts:
        return ClaimVerdict.NOT_MET
    return ClaimVerdict.MET if parts == {ClaimVerdict.MET} else ClaimVerdict.NOT_ENOUGH


def _share(sessions: Iterable[SessionResult], unit: Unit) -> float | None:
    counts = [counts_of(session, unit) for session in sessions]
    total = sum(kept + breached for kept, breached in counts)
    return sum(kept for kept, _ in counts) / total if total else None


def rate_of(claim: Claim, sessions: Iterable[SessionResult]) -> Interval:
    """The kept share of some sessions, with the interval that their clustering leaves."""
    counts = [counts_of(session, claim.unit) for session in sessions]
    judged = judge(claim, counts, 0)
    return Interval(
        k=judged.kept,
        n=judged.turns,
        estimate=judged.kept / judged.turns if judged.turns else None,
        low=judged.low,
        high=judged.high,
    )


def _strata(plan: Plan, sessions: Sequence[SessionResult]) -> tuple[StratumResult, ...]:
    """The plan's strata in their order, then any that the plan does not know."""
    known = {stratum.name: stratum.quota for stratum in plan.strata}
    foreign = sorted({session.stratum for session in sessions} - known.keys())
    return tuple(
        _stratum(plan.claim, name, known.get(name, 0), sessions) for name in (*known, *foreign)
    )


def _stratum(
    claim: Claim, name: str, quota: int, sessions: Sequence[SessionResult]
) -> StratumResult:
    own = [s for s in sessions if s.stratum == name and s.bundle_sound is True]
    return StratumResult(name=name, quota=quota, sessions=len(own), rate=rate_of(claim, own))


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
