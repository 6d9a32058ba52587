"""A target's row as it reads: rate, tone and mark, waits; the same for table, list and speech."""

from __future__ import annotations

from dataclasses import dataclass

from miaohui.checks.results import TargetResult, Verdict
from miaohui.desktop.amounts import percent, seconds
from miaohui.desktop.measures import ENOUGH
from miaohui.desktop.strings import checkresults as words

__all__ = ["MARKS", "Row", "row_of", "tone_of_verdict"]

MARKS = {Verdict.MET: "✓", Verdict.NOT_MET: "✗", Verdict.NOT_ENOUGH: "?"}
TONES = {Verdict.MET: "kept", Verdict.NOT_MET: "breach", Verdict.NOT_ENOUGH: "warn"}


@dataclass(frozen=True, slots=True)
class Row:
    """``tone``: kept, warn, breach, or quiet below 20 turns, where no percentage is shown."""

    name: str
    sessions: str
    turns: str
    rate: str
    tone: str
    p50: str
    p95: str
    worst: str
    initiative: str
    verdict: str
    small: str
    spoken: str


def tone_of_verdict(verdict: Verdict, turns: int) -> str:
    return TONES[verdict] if turns >= ENOUGH else "quiet"


def row_of(target: TargetResult) -> Row:
    """The words of one row."""
    rate = target.rate
    if not rate.n or rate.estimate is None:
        said = words.no_turns()
    elif rate.n < ENOUGH:
        said = words.turns_only(rate.k, rate.n)
    else:
        said = percent(rate.estimate)
    sessions = f"{target.sessions}"
    if target.sessions < target.sessions_planned:
        sessions = f"{target.sessions}/{target.sessions_planned}"
    p50 = seconds(target.p50_ms, at_least=target.p50_at_least)
    p95 = seconds(target.p95_ms, at_least=target.p95_at_least)
    worst = seconds(target.worst_ms)
    first = words.initiative(target.broken_60, target.silences_60)
    verdict = words.verdict(target.verdict.value)
    small = words.small_line(sessions, target.turns, p50, p95, worst, first)
    return Row(
        name=target.name,
        sessions=sessions,
        turns=str(target.turns),
        rate=said,
        tone=tone_of_verdict(target.verdict, rate.n),
        p50=p50,
        p95=p95,
        worst=worst,
        initiative=first,
        verdict=f"{verdict} {MARKS[target.verdict]}",
        small=small,
        spoken=words.row_spoken(target.name, said, verdict, small),
    )
