"""One slot of a run, measured: its bundle folded, its probes held against the journal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from miaohui.checks.pieces import Piece, of_responder, of_session
from miaohui.checks.plan import ProbeKind
from miaohui.checks.record import Probed
from miaohui.checks.replies import Reply, replies_of
from miaohui.checks.results import GapFound, SessionResult, WaitBar
from miaohui.checks.trace import Note, Trail
from miaohui.promise.bundle import MAX_BUNDLE_BYTES, read_bundle
from miaohui.promise.errors import JournalError, JournalUnreadable
from miaohui.promise.reader import Journal, read_journal
from miaohui.promise.turns import Turn, TurnState
from miaohui.promise.verdict import check_receipt
from miaohui.wire.journal import Message

# A bubble this soon after the responder's own last one still belongs to that answer.
SAME_ANSWER_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A session's result with what only the analysis needs: notes and the replies to be coded."""

    result: SessionResult
    replies: tuple[Reply, ...] = ()
    notes: tuple[Note, ...] = ()
    session: str = ""


def read_session(file: Path, relay_key: str, slot: str) -> tuple[Journal | None, list[Note]]:
    """The journal of a bundle that is sound; else None, and a note that says why not."""
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BUNDLE_BYTES + 1)
        bundle = read_bundle(data)
        journal = read_journal(bundle.journal)
        key = bytes.fromhex(relay_key) if relay_key else None
        check_receipt(journal.entries, journal.head, bundle.receipt, key)
    except JournalUnreadable as error:
        return None, [("bundle_unreadable", str(error), slot)]
    except JournalError as error:
        return None, [("bundle_unsound", str(error), slot)]
    except OSError as error:
        return None, [("bundle_unreadable", f"{file.name}: {error.strerror}", slot)]
    except ValueError:
        return None, [("relay_key_invalid", relay_key[:80], slot)]
    return journal, []


def measure(
    trail: Trail, number: int, journal: Journal | None, seed: int, labels: Mapping[str, str]
) -> Measured:
    """The result of one slot; without a journal only what the record tells."""
    if journal is None:
        return Measured(_plain(trail, number))
    fold, entries = journal.fold, journal.entries
    told = fold.figures(fold.last_t)
    opened = fold.opened
    responder = trail.slot.responder
    pieces = (
        of_session(told.turns)
        if responder is None
        else of_responder(entries, told.turns, responder)
    )
    replies = tuple(
        reply
        for reply in replies_of(entries, trail.slot.slot, seed)
        if responder is None or reply.responder == responder
    )
    seqs = {entry.id: entry.seq for entry in entries if isinstance(entry, Message)}
    began = int(datetime.fromisoformat(opened.utc).timestamp() * 1000)
    states = Counter(piece.state for piece in pieces)
    silences = fold.silences(fold.last_t)
    waits = [piece.wait for piece in pieces if piece.state is not TurnState.VOID]
    closed_at = None if fold.closed is None else fold.last_t
    lost = _lost(trail.probes, seqs, closed_at)
    result = _plain(trail, number)
    result = _replace(
        result,
        opened_utc_ms=began,
        kept=states[TurnState.KEPT],
        breached=states[TurnState.BREACHED],
        censored=states[TurnState.CENSORED],
        void=states[TurnState.VOID],
        bars=_bars(pieces, _kinds(trail.probes, seqs), began),
        gaps=_gaps(trail.probes, journal),
        late_ms=told.late_ms,
        elapsed_ms=told.elapsed_ms,
        refund_owed_fen=told.refund_fen or 0,
        longest_ms=max(waits, default=None),
        flags=told.flags,
        labels=dict(Counter(reply.proposal for reply in replies)),
        coded=dict(Counter(labels[reply.key] for reply in replies if reply.key in labels)),
        replies=len(replies),
        end_reason=fold.closed.reason if fold.closed is not None else result.end_reason,
        last_question=_last_question(trail.probes, seqs, told.turns, journal),
        bundle_sound=True,
        silences_60=silences.over_60,
        broken_60=silences.broken_60_by_responder,
        silences_300=silences.over_300,
        broken_300=silences.broken_300_by_responder,
    )
    notes = [("probe_not_in_journal", f"{lost}", trail.slot.slot)] if lost else []
    return Measured(result, replies, tuple(notes), opened.session)


def _replace(result: SessionResult, **changes: object) -> SessionResult:
    fields = {name: getattr(result, name) for name in result.__struct_fields__}
    return SessionResult(**{**fields, **changes})


def _plain(trail: Trail, number: int) -> SessionResult:
    """What is known without a journal."""
    slot, ended = trail.slot, trail.ended
    sent = [probe for probe in trail.probes if probe.sent_ms is not None]
    return SessionResult(
        slot=slot.slot,
        state=trail.state,
        target=slot.target,
        shop_name=slot.shop_name,
        responder_name=slot.responder_name or "",
        stratum=slot.stratum,
        opened_utc_ms=None if trail.opened is None else trail.opened.utc_ms,
        number=number,
        kept=0,
        breached=0,
        censored=0,
        void=0,
        bars=(),
        gaps=(),
        late_ms=0,
        elapsed_ms=0,
        given_back_ms=0 if ended is None else ended.given_back_ms,
        price_fen=0 if trail.bought is None else trail.bought.price_fen,
        refund_fen=0 if ended is None else ended.refund_fen,
        refund_owed_fen=0,
        longest_ms=None,
        flags=(),
        labels={},
        end_reason="" if ended is None else ended.reason,
        last_question="",
        after_end_replies=0 if ended is None else ended.after_end_replies,
        skipped="" if trail.skipped is None else trail.skipped.reason,
        bundle_sound=None,
        rtt_ms=None if trail.network is None else trail.network.rtt_ms,
        cuts=0 if trail.network is None else trail.network.cuts,
        probes_sent=len(sent),
        probes_skipped=sum(1 for probe in trail.probes if probe.skipped),
        schedule_error_p95_ms=_schedule_error(sent),
        planned_utc_ms=slot.at_utc_ms,
        order_state="" if ended is None else ended.state,
        after_end_asked=any(p.kind == ProbeKind.AFTER_END and p.message for p in sent),
    )


def _schedule_error(sent: Sequence[Probed]) -> int | None:
    errors = sorted(p.sent_ms - p.planned_ms for p in sent if p.sent_ms is not None)
    return errors[-(-95 * len(errors) // 100) - 1] if errors else None


def _kinds(probes: Sequence[Probed], seqs: Mapping[str, int]) -> dict[int, str]:
    """The kind of the probe behind each message of ours, by seq."""
    return {seqs[p.message]: p.kind for p in probes if p.message in seqs}


def _bars(pieces: Sequence[Piece], kinds: Mapping[int, str], began: int) -> tuple[WaitBar, ...]:
    return tuple(
        WaitBar(
            at_ms=piece.start,
            wait_ms=piece.wait,
            state=piece.state.value,
            severity="" if piece.severity is None else piece.severity.value,
            probe=kinds.get(piece.ask, ""),
            at_utc_ms=began + piece.start,
        )
        for piece in pieces
    )


def _lost(probes: Sequence[Probed], seqs: Mapping[str, int], closed_at: int | None) -> int:
    """Messages that were sent well before the close and that the journal does not know."""
    if closed_at is None:
        return 0
    return sum(
        1
        for p in probes
        if p.message and p.message not in seqs and p.sent_ms is not None
        if p.kind != ProbeKind.AFTER_END and p.sent_ms < closed_at - SAME_ANSWER_MS
    )


def _gaps(probes: Sequence[Probed], journal: Journal) -> tuple[GapFound, ...]:
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


def _unasked(journal: Journal) -> list[int]:
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


def _last_question(
    probes: Sequence[Probed], seqs: Mapping[str, int], turns: Sequence[Turn], journal: Journal
) -> str:
    """How the question just before the end fared: "" where none reached the journal."""
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
