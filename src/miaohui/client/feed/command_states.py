"""The states of a command in the outbox: one table that the outbox goes by.

``after`` is the whole rule; the diagram in docs/architecture.md is made from the same table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CommandState(StrEnum):
    """A command's way through the outbox. ``sent`` is never stored: unanswered is ready."""

    WRITING = "writing"  # not yet durable
    HELD = "held"  # a picture's bytes go first
    READY = "ready"
    SENT = "sent"
    ACCEPTED = "accepted"  # a message that the feed has not brought back yet
    FAILED = "failed"  # a message that was refused; a person decides


class CommandEvent(StrEnum):
    """What happens to a command in the outbox."""

    WRITTEN = "written"
    KEPT_BACK = "kept back"  # written, and its picture's bytes are not there
    UPLOADED = "uploaded"  # they are
    WENT = "went"  # onto the link
    CUT = "cut"  # the link went, or came anew
    ANSWERED = "answered"
    PUT_OFF = "put off"  # refused for now
    REFUSED = "refused"  # ... for good
    FOLLOWED = "followed"  # its order became a session: it goes there


S, E = CommandState, CommandEvent

# What a state does not name leaves it as it is.
TABLE: Mapping[CommandState, Mapping[CommandEvent, CommandState]] = MappingProxyType(
    {
        S.WRITING: {E.WRITTEN: S.READY, E.KEPT_BACK: S.HELD, E.REFUSED: S.FAILED},
        S.HELD: {E.UPLOADED: S.READY, E.REFUSED: S.FAILED},
        S.READY: {E.WENT: S.SENT, E.ANSWERED: S.ACCEPTED, E.REFUSED: S.FAILED},
        S.SENT: {
            E.CUT: S.READY,
            E.ANSWERED: S.ACCEPTED,
            E.PUT_OFF: S.READY,
            E.FOLLOWED: S.READY,
            E.REFUSED: S.FAILED,
        },
        S.ACCEPTED: {},
        S.FAILED: {E.FOLLOWED: S.READY},
    }
)
UNSENT = frozenset({S.WRITING, S.HELD, S.READY})
PASSED = frozenset({S.HELD, S.ACCEPTED, S.FAILED})  # holds up nobody in its lane


def after(state: CommandState, event: CommandEvent) -> CommandState:
    """The state that follows."""
    return TABLE[state].get(event, state)
