"""A run's ``run.jsonl`` read as far as it can be, and each slot's events put together.

Nothing raises here: a line that cannot be read, a torn end, a broken chain each become a note
(code, detail, slot) and reading goes on behind it, since what was paid for is not thrown away.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from miaohui.checks.record import (
    AnyEvent,
    Begun,
    Bought,
    Buying,
    Deviation,
    Ended,
    Finished,
    Halted,
    Line,
    Network,
    Opened,
    Probed,
    Skipped,
    Slot,
    SlotState,
)

RUN: Final = "run.jsonl"
MAX_RUN_BYTES: Final = 512 * 1024 * 1024
_NO_PREV: Final = "0" * 64
_DECODER: Final = msgspec.json.Decoder(Line)

Note: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class Trail:
    """What the record says of one slot."""

    slot: Slot
    buying: Buying | None = None
    bought: Bought | None = None
    opened: Opened | None = None
    ended: Ended | None = None
    skipped: Skipped | None = None
    network: Network | None = None
    probes: list[Probed] = field(default_factory=list)

    @property
    def state(self) -> SlotState:
        if self.ended is not None:
            return SlotState.DONE if self.opened is not None else SlotState.FAILED
        if self.skipped is not None:
            return SlotState.SKIPPED
        if self.opened is not None:
            return SlotState.RUNNING
        if self.bought is not None:
            return SlotState.QUEUED
        return SlotState.PLANNED if self.buying is None else SlotState.BUYING


@dataclass(slots=True)
class Trace:
    """A run's record: its beginning and end, its slots in the order of the record, the notes."""

    begun: Begun | None = None
    finished: Finished | None = None
    halts: list[Halted] = field(default_factory=list)
    trails: dict[str, Trail] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    lines: int = 0

    @property
    def stopped(self) -> bool:
        return bool(self.halts) and self.halts[-1].how == "stopped"

    @property
    def running(self) -> bool:
        """Begun and neither finished nor stopped; a crashed run that may be resumed still runs."""
        return self.begun is not None and self.finished is None and not self.stopped


def read_trace(folder: Path) -> Trace:
    """The record of the run in a folder; an absent one is a note."""
    trace = Trace()
    try:
        with (folder / RUN).open("rb") as source:
            data = source.read(MAX_RUN_BYTES + 1)
    except FileNotFoundError:
        trace.notes.append(("record_missing", RUN, ""))
        return trace
    except OSError as error:
        trace.notes.append(("record_unreadable", f"{RUN}: {error.strerror}", ""))
        return trace
    if len(data) > MAX_RUN_BYTES:
        trace.notes.append(("record_too_large", f"{MAX_RUN_BYTES}", ""))
        data = data[:MAX_RUN_BYTES]
    lines = data.split(b"\n")
    torn = lines.pop()
    previous: bytes | None = None
    for number, raw in enumerate(lines, 1):
        if raw.strip():
            _take_line(trace, number, raw, previous)
        previous = raw
    if torn:
        # A run that goes on may be writing this very line; it is not yet part of the record.
        trace.notes.append(("record_torn", f"{len(lines) + 1}", ""))
    if trace.begun is None and trace.lines:
        trace.notes.append(("record_without_beginning", RUN, ""))
    return trace


def _take_line(trace: Trace, number: int, raw: bytes, previous: bytes | None) -> None:
    try:
        line = _DECODER.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        trace.notes.append(("record_line_unreadable", f"{number}: {str(error)[:160]}", ""))
        return
    before = _NO_PREV if previous is None else hashlib.sha256(previous).hexdigest()
    if line.prev != before:
        trace.notes.append(("record_chain_broken", f"{number}", ""))
    trace.lines += 1
    problem = _take(trace, line.entry)
    if problem:
        slot = getattr(line.entry, "slot", "")
        trace.notes.append((problem, f"{number}", slot if isinstance(slot, str) else ""))


def _take(trace: Trace, event: AnyEvent) -> str:
    """Put an event where it belongs; the code of a note where it fits nowhere."""
    match event:
        case Begun():
            if trace.begun is not None:
                return "record_second_beginning"
            trace.begun = event
        case Finished():
            trace.finished = event
        case Halted():
            trace.halts.append(event)
            if event.how in ("resumed", "crashed"):
                trace.finished = None
        case Deviation(code=code, detail=detail, slot=slot):
            trace.notes.append((code, detail, slot))
        case Slot():
            if event.slot in trace.trails:
                return "record_second_slot"
            trace.trails[event.slot] = Trail(event)
        case _:
            trail = trace.trails.get(event.slot)
            if trail is None:
                return "record_unknown_slot"
            return _follow(trail, event)
    return ""


def _follow(
    trail: Trail, event: Buying | Bought | Opened | Probed | Ended | Skipped | Network
) -> str:
    match event:
        case Buying():
            trail.buying = event
        case Bought():
            if trail.bought is not None and trail.bought.order != event.order:
                return "bought_twice"
            trail.bought = event
        case Opened():
            trail.opened = event
        case Probed():
            trail.probes.append(event)
        case Ended():
            trail.ended = event
        case Skipped():
            trail.skipped = event
        case Network():
            trail.network = event
    return ""
