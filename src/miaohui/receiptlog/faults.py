"""What can be wrong with a log: one kind per sentence, and whether it was read at all."""

from enum import StrEnum


class FaultKind(StrEnum):
    """A kind of fault; its sentences stand in `words`."""

    NOTE = "note"
    KEY = "key"
    SIGNATURE = "signature"
    CHECKPOINT = "checkpoint"
    ORIGIN = "origin"
    PROOF = "proof"
    TILE = "tile"
    LEAF = "leaf"
    SUMS = "sums"
    SEEN = "seen"
    UNREACHABLE = "unreachable"
    ADDRESS = "address"
    NOT_INCLUDED = "not_included"
    NOT_LOGGED = "not_logged"
    INCONSISTENT = "inconsistent"
    SHRUNK = "shrunk"
    ROOT = "root"
    TWICE = "twice"


class LogFault(Exception):
    """Something about a log is wrong. `detail` is what the sentence is about: a number, a name."""

    def __init__(self, fault: FaultKind, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else fault.value)
        self.fault = fault
        self.detail = detail


class LogUnreadable(LogFault):
    """What came is no log's: it could not be read, so nothing is said about the log."""


class LogBroken(LogFault):
    """The log, or a proof from it, does not hold."""
