"""Blocking somebody, and reporting what they wrote to the host; by either side of a session."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from .bounds import Count, Id, Name, Prose, Salt, Utc, Uuid
from .frame import Command, Frame, Request, Result, Value

MOST_REPORTED = 50


class ReportCategory(StrEnum):
    """What a report is about; it sets how soon the host owes a decision."""

    DANGER = "danger"  # to somebody's life
    THREAT = "threat"
    MINORS = "minors"
    EXTORTION = "extortion"
    FRAUD = "fraud"
    ABUSE = "abuse"
    OFF_PLATFORM = "off_platform"
    OTHER = "other"


class ReportState(StrEnum):
    """The stage of a report."""

    RECEIVED = "received"
    READ = "read"  # by the host
    DECIDED = "decided"  # one appeal is open
    APPEALED = "appealed"
    FINAL = "final"


Verdict = Literal["upheld", "dismissed"]


class ReportedMessage(Value, frozen=True, kw_only=True):
    """A message as its reader has it. ``salt`` and ``text`` hash to the journal's commitment, so
    that the host can tell these words from others; a picture is named by ``media``. ``seq`` null:
    a message outside the journal, which the relay holds against its own copy."""

    message: Uuid
    seq: Count | None = None
    salt: Salt
    text: Prose = ""
    media: Uuid | None = None


class FileReport(Command, frozen=True, kw_only=True):
    """Reports the other side of a session; nothing goes to the host but what stands here."""

    session: Id
    category: ReportCategory
    words: Prose = ""
    messages: Annotated[tuple[ReportedMessage, ...], Meta(min_length=1, max_length=MOST_REPORTED)]


class ReportView(Value, frozen=True, kw_only=True):
    """A report as one of its two sides sees it. Whom it is about sees it once it is decided, and
    no word of it. ``original``: how many of its messages hash to what the journal holds.
    ``reason`` and ``appeal_reason`` are the host's; ``may_appeal``: this side, now."""

    report: Id
    session: Id
    mine: bool
    category: ReportCategory
    state: ReportState
    filed_utc: Utc
    due_utc: Utc
    messages: Count = 0
    original: Count = 0
    verdict: Verdict | None = None
    reason: Prose = ""
    decided_utc: Utc | None = None
    may_appeal: bool = False
    appeal_until_utc: Utc | None = None
    appeal_verdict: Verdict | None = None
    appeal_reason: Prose = ""


class ReportFiled(Result, frozen=True, kw_only=True):
    report: ReportView


class ReportChanged(Frame, frozen=True, kw_only=True):
    """Pushed to both sides when the host decided."""

    report: ReportView


class AppealReport(Command, frozen=True, kw_only=True):
    """Once, by the side against which it was decided; somebody else at the host decides anew."""

    report: Id
    words: Prose = ""


class BlockPeer(Command, frozen=True, kw_only=True):
    """No more messages, orders or handovers between the two; an open session ends for safety.
    What was said and paid stays with both, and so do refund, receipt and review."""

    session: Id


class UnblockPeer(Command, frozen=True, kw_only=True):
    session: Id


class BlockedPeer(Value, frozen=True, kw_only=True):
    """Somebody whom the caller has blocked, by the session in which they met."""

    session: Id
    name: Name
    utc: Utc


class ListReports(Request, frozen=True, kw_only=True):
    """The caller's reports, those about the caller that are decided, and whom they blocked."""


class Reports(Result, frozen=True, kw_only=True):
    """Newest first."""

    reports: Annotated[tuple[ReportView, ...], Meta(max_length=64)] = ()
    blocked: Annotated[tuple[BlockedPeer, ...], Meta(max_length=256)] = ()
