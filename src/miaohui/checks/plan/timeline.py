"""The timeline of one session's probes: drawn from the seed before it begins, blind to the answers.

Pure. Whether a reply check is called for is decided at its time, and that it was not is written down.
Nudges are not in here: they are timed by the turn that waits (``Nudging``), and cannot add a breach.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from miaohui.checks.plan.plan import Plan, Probe, ProbeKind

BUBBLE_S: Final = 1.2  # between the bubbles of a burst, as fast typing does
STEPS: Final = 5_000
_LATER: Final = frozenset({ProbeKind.LAST_QUESTION, ProbeKind.AFTER_END, ProbeKind.NUDGE})


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """A bubble (or a gap). ``at_ms``: since the session opened; of a last question: before the end,
    of a message after the end: after it. ``skipped``: why it is not sent, known beforehand."""

    probe: int
    kind: ProbeKind
    step: int
    at_ms: int
    text: str = ""
    seconds: float = 0.0
    skipped: str = ""


class Phrases:
    """A probe's phrases: its texts (or bank) shuffled, none again before all were said."""

    def __init__(self, plan: Plan, probe: Probe, draws: random.Random) -> None:
        self._pool = list(probe.texts or plan.banks.get(probe.bank, ()))
        self._draws = draws
        self._left: list[str] = []

    def next(self) -> str:
        if not self._left:
            self._left = self._pool.copy()
            self._draws.shuffle(self._left)
        return self._left.pop() if self._left else ""


class Nudging:
    """The nudges of one probe: the first when a turn has waited ``seconds``, then every so many,
    at most ``count`` a turn, from ``at_s`` on."""

    def __init__(self, plan: Plan, index: int, slot: str, number: int = 0) -> None:
        """``number``: the first step that was not taken yet."""
        draws = random.Random(f"nudge/{plan.seed}/{slot}/{index}")
        self._probe, self._index, self._number = plan.probes[index], index, number
        self._words = Phrases(plan, self._probe, draws)
        self._turn: str | None = None
        self._said = 0

    def due_ms(self, turn: str | None, began_ms: int) -> int | None:
        """The time of the next nudge for this open turn; None: none is."""
        if turn is None:
            return None
        if turn != self._turn:
            self._turn, self._said = turn, 0
        if self._said >= self._probe.count:
            return None
        after = round(self._probe.seconds * 1000 * (self._said + 1))
        return max(began_ms + after, round(self._probe.at_s * 1000))

    def take(self, at_ms: int) -> ProbeStep:
        """The nudge that is due, said."""
        step = _said(self._words, ProbeStep(self._index, self._probe.kind, self._number, at_ms))
        self._number += 1
        self._said += 1
        return step


def length_ms(plan: Plan) -> int:
    """A session's planned length, without what is given back."""
    return (plan.scope.stay_s or plan.scope.minutes * 60) * 1000


def timeline(plan: Plan, slot: str) -> tuple[ProbeStep, ...]:
    """Everything that is timed from the opening, in the order of its times."""
    draws = random.Random(f"steps/{plan.seed}/{slot}")
    end = length_ms(plan)
    found = [
        step
        for index, probe in enumerate(plan.probes)
        if probe.kind not in _LATER
        for step in _steps(plan, index, probe, end, draws)
    ]
    found += [
        replace(step, at_ms=max(0, end - step.at_ms))
        for step in last_steps(plan, slot)
        if plan.scope.stay_s
    ]
    return tuple(sorted(_without_gaps(found), key=lambda step: (step.at_ms, step.probe, step.step)))


def last_steps(plan: Plan, slot: str) -> tuple[ProbeStep, ...]:
    """Last questions: ``at_ms`` before the end. Where the tester leaves early, that end is known
    and they stand in the timeline."""
    return _ends(plan, slot, ProbeKind.LAST_QUESTION)


def after_steps(plan: Plan, slot: str) -> tuple[ProbeStep, ...]:
    """Messages after the end: ``at_ms`` after it."""
    return _ends(plan, slot, ProbeKind.AFTER_END)


def _ends(plan: Plan, slot: str, kind: ProbeKind) -> tuple[ProbeStep, ...]:
    draws = random.Random(f"{kind}/{plan.seed}/{slot}")
    found = []
    for index, probe in enumerate(plan.probes):
        if probe.kind is kind:
            at = round((probe.at_s + draws.uniform(0, probe.jitter_s)) * 1000)
            found.append(_said(Phrases(plan, probe, draws), ProbeStep(index, kind, 0, at)))
    return tuple(sorted(found, key=lambda step: step.at_ms))


def _steps(
    plan: Plan, index: int, probe: Probe, end: int, draws: random.Random
) -> Iterator[ProbeStep]:
    words, number = Phrases(plan, probe, draws), 0
    for begins in _times(probe, end):
        at = begins + draws.uniform(0, probe.jitter_s)
        if probe.kind is ProbeKind.GAP:
            yield ProbeStep(index, probe.kind, number, round(at * 1000), seconds=probe.seconds)
            number += 1
            continue
        for bubble in range(_bubbles(probe)):
            ms = round((at + bubble * (probe.seconds or BUBBLE_S)) * 1000)
            if ms < end:
                yield _said(words, ProbeStep(index, probe.kind, number, ms))
                number += 1


def _times(probe: Probe, end: int) -> Iterator[float]:
    for turn in range(STEPS if probe.every_s > 0 else 1):
        at = probe.at_s + turn * probe.every_s
        if at * 1000 >= end:
            return
        yield at


def _bubbles(probe: Probe) -> int:
    return max(1, probe.count) if probe.kind is ProbeKind.BURST else 1


def _said(words: Phrases, step: ProbeStep) -> ProbeStep:
    text = words.next()
    return replace(step, text=text, skipped="" if text else "no_text")


def _without_gaps(steps: list[ProbeStep]) -> list[ProbeStep]:
    """The steps less those that fall into a deliberate silence; a last question stays."""
    gaps = [
        (step.at_ms, step.at_ms + round(step.seconds * 1000))
        for step in steps
        if step.kind is ProbeKind.GAP
    ]
    return [
        replace(step, skipped="gap")
        if step.kind not in (ProbeKind.GAP, ProbeKind.LAST_QUESTION)
        and any(start <= step.at_ms < end for start, end in gaps)
        else step
        for step in steps
    ]
