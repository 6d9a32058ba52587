"""A session's answers to what the plan did in it: silences kept, last questions, what got lost."""

from collections.abc import Mapping, Sequence
from typing import Final

from miaohui.checks.plan.plan import ProbeKind
from miaohui.checks.record.events import Probed
from miaohui.checks.results import GapFound
from miaohui.promise.reader import CheckedJournal
from miaohui.promise.turns import Turn
from miaohui.wire.journal import Message

# A bubble this soon after the responder's own last one still belongs to that answer.
SAME_ANSWER_MS: Final = 10_000


def schedule_error(sent: Sequence[Probed]) -> int | None:
    errors = sorted(p.sent_ms - p.planned_ms for p in sent if p.sent_ms is not None)
    return errors[-(-95 * len(errors) // 100) - 1] if errors else None


def kinds(probes: Sequence[Probed], seqs: Mapping[str, int]) -> dict[int, str]:
    """The kind of the probe behind each message of ours, by seq."""
    return {seqs[p.message]: p.kind for p in probes if p.message in seqs}


def lost(probes: Sequence[Probed], seqs: Mapping[str, int], closed_at: int | None) -> int:
    """Messages that were sent well before the close and that the journal does not know."""
    if closed_at is None:
        return 0
    return sum(
        1
        for p in probes
        if p.message and p.message not in seqs and p.sent_ms is not None
        if p.kind != ProbeKind.AFTER_END and p.sent_ms < closed_at - SAME_ANSWER_MS
    )


def gaps(probes: Sequence[Probed], journal: CheckedJournal) -> tuple[GapFound, ...]:
    """Each deliberate silence, and when the responder first spoke unasked in it.

    Unasked: a person's message with no ask open, and no further bubble of an answer being given.
    """
    unasked = _unasked(journal)
    found = []
    for probe in probes:
        if probe.kind != ProbeKind.GAP or probe.seconds <= 0 or probe.skipped:
            continue
        at = probe.planned_ms if probe.sent_ms is None else probe.sent_ms
        until = at + round(probe.seconds * 1000)
        broken = next((t - at for t in unasked if at < t <= until), None)
        found.append(GapFound(at_ms=at, seconds=probe.seconds, broken_after_ms=broken))
    return tuple(found)


def _unasked(journal: CheckedJournal) -> list[int]:
    """Times of the responder's messages that answered nothing and went on with nothing."""
    answered = {turn.end for turn in journal.fold.turns if turn.end is not None}
    spans = [(turn.start, turn.end) for turn in journal.fold.turns]
    spoke: int | None = None
    found: list[int] = []
    for entry in journal.entries:
        if not (isinstance(entry, Message) and entry.is_reply):
            continue
        waited = any(start <= entry.t and (end is None or entry.t <= end) for start, end in spans)
        goes_on = spoke is not None and entry.t - spoke < SAME_ANSWER_MS
        if entry.t not in answered and not waited and not goes_on:
            found.append(entry.t)
        spoke = entry.t
    return found


def last_question(
    probes: Sequence[Probed],
    seqs: Mapping[str, int],
    turns: Sequence[Turn],
    journal: CheckedJournal,
) -> str:
    """The fate of the question just before the end: "" where none reached the journal."""
    asked = [
        seqs[p.message] for p in probes if p.kind == ProbeKind.LAST_QUESTION and p.message in seqs
    ]
    if not asked:
        return ""
    turn = next((turn for turn in turns if asked[-1] in turn.asks), None)
    if turn is None or turn.end is None:
        return "unanswered"
    phrases = [
        entry.bears("closing_phrase")
        for entry in journal.entries
        if isinstance(entry, Message) and entry.is_reply and entry.seq > asked[-1]
    ]
    return "closing_phrase" if phrases and all(phrases) else "answered"
