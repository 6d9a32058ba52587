"""A run's ``run.jsonl`` read as far as it can be, and each slot's events put together.

Nothing raises here: a line that cannot be read, a torn end, a broken chain each become a note
(code, detail, slot) and reading goes on behind it, since what was paid for is not thrown away.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    AnyEvent,
    Bought,
    Countersigned,
    Deviation,
    Finished,
    LoggedLine,
    OrdersListed,
    RunBegun,
    RunHalted,
    Slot,
)

RUN: Final = "run.jsonl"
MAX_RUN_BYTES: Final = 512 * 1024 * 1024
_NO_PREV: Final = "0" * 64
_DECODER: Final = msgspec.json.Decoder(LoggedLine)

Note: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class Trace:
    """A run's record: its beginning and end, its slots in the order of the record, the notes."""

    begun: RunBegun | None = None
    finished: Finished | None = None
    halts: list[RunHalted] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    lines: int = 0
    newest_utc_ms: int = 0  # of what was written so far

    @property
    def stopped(self) -> bool:
        return bool(self.halts) and self.halts[-1].how == "stopped"

    @property
    def running(self) -> bool:
        """RunBegun and neither finished nor stopped; a crashed run that may be resumed still runs."""
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
    trace.newest_utc_ms = max(trace.newest_utc_ms, line.entry.utc_ms)
    problem = _take(trace, line.entry)
    if problem:
        slot = getattr(line.entry, "slot", "")
        trace.notes.append((problem, f"{number}", slot if isinstance(slot, str) else ""))


def _take(trace: Trace, event: AnyEvent) -> str:
    """Put an event where it belongs; the code of a note where it fits nowhere."""
    match event:
        case RunBegun():
            if trace.begun is not None:
                return "record_second_beginning"
            trace.begun = event
        case Finished():
            trace.finished = event
        case RunHalted():
            trace.halts.append(event)
            if event.how in ("resumed", "crashed"):
                trace.finished = None
        case Countersigned() | OrdersListed():
            pass  # what they prove is the evidence's concern
        case Deviation(code=code, detail=detail, slot=slot):
            trace.notes.append((code, detail, slot))
        case Slot():
            if event.slot in trace.courses:
                return "record_second_slot"
            trace.courses[event.slot] = Course(event)
        case _:
            course = trace.courses.get(event.slot)
            if course is None:
                return "record_unknown_slot"
            before = course.bought
            if isinstance(event, Bought) and before is not None and before.order != event.order:
                return "bought_twice"
            course.take(event)
    return ""
