"""A target's row as it reads: rate, tone and mark, waits; the same for table, list and speech."""

from __future__ import annotations

from dataclasses import dataclass

from miaohui.checks.results import ClaimVerdict, Interval, TargetResult
from miaohui.desktop.look.amounts import percent, seconds
from miaohui.desktop.models.measures import ENOUGH
from miaohui.desktop.strings import checkresults as words

__all__ = ["MARKS", "TargetRow", "row_of", "tone_of_rate", "tone_of_verdict"]

# A figure's mark says without colour where its interval lies: above, below or on the threshold.
MARKS = {"kept": " ✓", "breach": " ✗", "warn": " ?", "quiet": ""}
VERDICTS = {
    ClaimVerdict.MET: "kept",
    ClaimVerdict.NOT_MET: "breach",
    ClaimVerdict.NOT_ENOUGH: "quiet",
}


@dataclass(frozen=True, slots=True)
class TargetRow:
    """``tone``: kept, warn, breach, or quiet below 20 turns, where no percentage is shown."""

    name: str
    sessions: str
    turns: str
    rate: str
    tone: str
    verdict_tone: str
    p50: str
    p95: str
    worst: str
    initiative: str
    verdict: str
    small: str
    spoken: str


def tone_of_verdict(verdict: ClaimVerdict) -> str:
    """The tone of a decision; none where nothing was decided."""
    return VERDICTS[verdict]


def tone_of_rate(rate: Interval, threshold: float, verdict: ClaimVerdict) -> str:
    """The tone of the decision; before that, where the interval lies. Quiet below 20 turns."""
    if rate.n < ENOUGH:
        return "quiet"
    if verdict is not ClaimVerdict.NOT_ENOUGH:
        return VERDICTS[verdict]
    if rate.low > threshold:
        return "kept"
    return "breach" if rate.high < threshold else "warn"


def row_of(target: TargetResult, threshold: float) -> TargetRow:
    """The words of one row."""
    rate = target.rate
    tone = tone_of_rate(rate, threshold, target.verdict)
    if not rate.n or rate.estimate is None:
        said = words.no_turns()
    elif rate.n < ENOUGH:
        said = words.turns_only(rate.k, rate.n)
    else:
        said = percent(rate.estimate) + MARKS[tone]
    sessions = f"{target.sessions}"
    if target.sessions < target.sessions_planned:
        sessions = f"{target.sessions}/{target.sessions_planned}"
    p50 = seconds(target.p50_ms, at_least=target.p50_at_least)
    p95 = seconds(target.p95_ms, at_least=target.p95_at_least)
    worst = seconds(target.worst_ms, at_least=target.worst_at_least)
    first = words.initiative(target.broken_60, target.silences_60)
    verdict = words.verdict(target.verdict.value)
    small = words.small_line(sessions, target.turns, p50, p95, worst, first)
    return TargetRow(
        name=target.name,
        sessions=sessions,
        turns=str(target.turns),
        rate=said,
        tone=tone,
        verdict_tone=tone_of_verdict(target.verdict),
        p50=p50,
        p95=p95,
        worst=worst,
        initiative=first,
        verdict=verdict,
        small=small,
        spoken=words.row_spoken(target.name, said, verdict, small),
    )
