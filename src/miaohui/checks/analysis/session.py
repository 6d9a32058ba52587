"""One slot of a run, measured: its bundle folded, its probes held against the journal."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from msgspec.structs import replace

from miaohui.checks.analysis.answers import gaps, kinds, last_question, lost, schedule_error
from miaohui.checks.analysis.pieces import MeasuredPiece, of_responder, of_session
from miaohui.checks.analysis.replies import Reply, replies_of
from miaohui.checks.plan.plan import ProbeKind
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    Bought,
    Network,
    Probed,
    Skipped,
    Slot,
    SlotEnded,
    SlotOpened,
)
from miaohui.checks.record.trace import Note
from miaohui.checks.results import SessionResult, TurnWait
from miaohui.promise.bundle import read_bundle
from miaohui.promise.errors import JournalError, JournalUnreadable
from miaohui.promise.reader import CheckedJournal, read_journal
from miaohui.promise.turns import TurnState
from miaohui.promise.verdict import check_receipt
from miaohui.runtime.clock import utc_ms_of
from miaohui.wire.journal import Message


@dataclass(frozen=True, slots=True)
class MeasuredSlot:
    """A session's result with what only the analysis needs: notes and the replies to be coded."""

    result: SessionResult
    replies: tuple[Reply, ...] = ()
    notes: tuple[Note, ...] = ()
    session: str = ""


@dataclass(frozen=True, slots=True)
class ReadBundle:
    """A slot's bundle as it was found, with what the record says of the slot.

    Equal where all that a result depends on is equal; the bytes stand for themselves by their hash.
    """

    data: bytes = field(compare=False, repr=False)
    digest: bytes
    relay_key: str
    seed: int
    number: int
    slot: Slot
    bought: Bought | None
    opened: SlotOpened | None
    ended: SlotEnded | None
    skipped: Skipped | None
    network: Network | None
    probes: tuple[Probed, ...]

    @classmethod
    def of(cls, data: bytes, relay_key: str, seed: int, number: int, course: Course) -> Self:
        return cls(
            data,
            hashlib.sha256(data).digest(),
            relay_key,
            seed,
            number,
            course.slot,
            course.bought,
            course.opened,
            course.ended,
            course.skipped,
            course.network,
            tuple(course.probes),
        )

    @property
    def course(self) -> Course:
        return Course(
            self.slot,
            None,
            self.bought,
            self.opened,
            self.ended,
            self.skipped,
            self.network,
            list(self.probes),
        )


def read_session(
    data: bytes, relay_key: str, slot: str, session: str
) -> tuple[CheckedJournal | None, tuple[Note, ...]]:
    """The journal of a bundle that is sound and of this session; else None, and why not."""
    try:
        bundle = read_bundle(data)
        journal = read_journal(bundle.journal)
        key = bytes.fromhex(relay_key) if relay_key else None
        check_receipt(journal.entries, journal.head, bundle.receipt, key)
    except JournalUnreadable as error:
        return None, (("bundle_unreadable", str(error), slot),)
    except JournalError as error:
        return None, (("bundle_unsound", str(error), slot),)
    except ValueError:
        return None, (("relay_key_invalid", relay_key[:80], slot),)
    if session and journal.fold.opened.session != session:
        return None, (("bundle_of_another_session", journal.fold.opened.session, slot),)
    return journal, ()


# A run that goes on is analysed again and again, and its sessions that are over stay as they are.
@lru_cache(maxsize=512)
def measure_bundle(bundle: ReadBundle) -> MeasuredSlot:
    """A bundle's content; one that is not sound is told and leaves the record's word alone."""
    course = bundle.course
    session = "" if bundle.opened is None else bundle.opened.session
    journal, notes = read_session(bundle.data, bundle.relay_key, bundle.slot.slot, session)
    if journal is None:
        return MeasuredSlot(replace(plain(course, bundle.number), bundle_sound=False), notes=notes)
    return _measure(course, bundle.number, journal, bundle.seed)


def with_labels(measured: MeasuredSlot, labels: Mapping[str, str]) -> MeasuredSlot:
    """The same with the raters' labels counted."""
    coded = Counter(labels[reply.key] for reply in measured.replies if reply.key in labels)
    if not coded:
        return measured
    result = replace(measured.result, coded=dict(coded))
    return MeasuredSlot(result, measured.replies, measured.notes, measured.session)


def _measure(course: Course, number: int, journal: CheckedJournal, seed: int) -> MeasuredSlot:
    fold, entries = journal.fold, journal.entries
    told = fold.figures(fold.last_t)
    opened = fold.opened
    responder = course.slot.responder
    pieces = of_session(fold) if responder is None else of_responder(fold, responder)
    replies = tuple(
        reply
        for reply in replies_of(entries, course.slot.slot, seed)
        if responder is None or reply.responder == responder
    )
    seqs = {entry.id: entry.seq for entry in entries if isinstance(entry, Message)}
    began = _began(opened.utc, course)
    states = Counter(piece.state for piece in pieces)
    silences = fold.silences(fold.last_t)
    waits = [piece.wait for piece in pieces if piece.state is not TurnState.VOID]
    closed_at = None if fold.closed is None else fold.last_t
    missing = lost(course.probes, seqs, closed_at)
    result = plain(course, number)
    result = replace(
        result,
        opened_utc_ms=began,
        kept=states[TurnState.KEPT],
        breached=states[TurnState.BREACHED],
        censored=states[TurnState.CENSORED],
        void=states[TurnState.VOID],
        asks_kept=told.asks.kept,
        asks_breached=told.asks.breached,
        bars=_bars(pieces, kinds(course.probes, seqs), began),
        gaps=gaps(course.probes, journal),
        late_ms=told.late_ms,
        elapsed_ms=told.elapsed_ms,
        refund_owed_fen=told.refund_fen or 0,
        longest_ms=max(waits, default=None),
        flags=told.flags,
        labels=dict(Counter(reply.proposal for reply in replies)),
        replies=len(replies),
        end_reason=fold.closed.reason if fold.closed is not None else result.end_reason,
        last_question=last_question(course.probes, seqs, told.turns, journal),
        bundle_sound=True,
        silences_60=silences.over_60,
        broken_60=silences.broken_60_by_responder,
        silences_300=silences.over_300,
        broken_300=silences.broken_300_by_responder,
    )
    notes = [("probe_not_in_journal", f"{missing}", course.slot.slot)] if missing else []
    return MeasuredSlot(result, replies, tuple(notes), opened.session)


def _began(utc: str, course: Course) -> int:
    """The time at which the session opened; by the record where the journal's own word is no date."""
    try:
        return utc_ms_of(utc)
    except (ValueError, OverflowError):
        return course.slot.at_utc_ms if course.opened is None else course.opened.utc_ms


def plain(course: Course, number: int) -> SessionResult:
    """A slot's result by the record alone, without its journal."""
    slot, ended = course.slot, course.ended
    sent = [probe for probe in course.probes if probe.sent_ms is not None]
    return SessionResult(
        slot=slot.slot,
        state=course.state,
        target=slot.target,
        shop_name=slot.shop_name,
        responder_name=slot.responder_name or "",
        stratum=slot.stratum,
        opened_utc_ms=None if course.opened is None else course.opened.utc_ms,
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
        price_fen=0 if course.bought is None else course.bought.price_fen,
        refund_fen=0 if ended is None else ended.refund_fen,
        refund_owed_fen=0,
        longest_ms=None,
        flags=(),
        labels={},
        end_reason="" if ended is None else ended.reason,
        last_question="",
        after_end_replies=0 if ended is None else ended.after_end_replies,
        skipped="" if course.skipped is None else course.skipped.reason,
        bundle_sound=None,
        rtt_ms=None if course.network is None else course.network.rtt_ms,
        cuts=0 if course.network is None else course.network.cuts,
        probes_sent=len(sent),
        probes_skipped=sum(1 for probe in course.probes if probe.skipped),
        schedule_error_p95_ms=schedule_error(sent),
        planned_utc_ms=slot.at_utc_ms,
        order_state="" if ended is None else ended.state,
        after_end_asked=any(p.kind == ProbeKind.AFTER_END and p.message for p in sent),
    )


def _bars(
    pieces: Sequence[MeasuredPiece], kinds: Mapping[int, str], began: int
) -> tuple[TurnWait, ...]:
    return tuple(
        TurnWait(
            at_ms=piece.start,
            wait_ms=piece.wait,
            state=piece.state.value,
            severity="" if piece.severity is None else piece.severity.value,
            probe=kinds.get(piece.ask, ""),
            at_utc_ms=began + piece.start,
        )
        for piece in pieces
    )
