"""The states of a session's sync: one table that every part of it goes by.

``after`` is the whole rule; the diagram in docs/architecture.md is made from the same table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class SyncState(StrEnum):
    """How far this client is with one session's feed."""

    UNKNOWN = "unknown"  # nothing of it was read
    LOADING = "loading"  # this machine's own history is being read
    STORED = "stored"  # all that was kept here is here; no relay syncs it
    ATTACHING = "attaching"  # the relay was asked for the rest
    ASKED_AGAIN = "asked again"  # ... and somebody wanted it since: a refusal is not the end
    READING = "reading"  # pages come, and what is new as well
    LIVE = "live"  # all of it is here
    BEHIND = "behind"  # the relay named a position that has not come
    LAPSED = "lapsed"  # what is being read ends before a gap or with its link: asked anew after it


class SyncEvent(StrEnum):
    """What happens to a session's sync."""

    WANTED = "wanted"
    LOADED = "loaded"
    PAGE = "page"
    WHOLE = "whole"  # the last page was applied
    ENDED = "ended"  # reading ended before
    GAP = "gap"  # something came whose forerunner did not
    LINK = "link"  # it came or went
    HANDED = "handed"  # the relay does not feed it to us any more
    AHEAD = "ahead"  # a pong names more than is here
    EVEN = "even"  # a pong names what is here


S, E = SyncState, SyncEvent

# What a state does not name leaves it as it is.
TABLE: Mapping[SyncState, Mapping[SyncEvent, SyncState]] = MappingProxyType(
    {
        S.UNKNOWN: {E.WANTED: S.LOADING},
        S.LOADING: {E.LOADED: S.STORED, E.ENDED: S.UNKNOWN},
        S.STORED: {E.WANTED: S.ATTACHING},
        S.ATTACHING: {
            E.WANTED: S.ASKED_AGAIN,
            E.PAGE: S.READING,
            E.ENDED: S.STORED,
            E.GAP: S.LAPSED,
            E.LINK: S.LAPSED,
        },
        S.ASKED_AGAIN: {
            E.PAGE: S.READING,
            E.ENDED: S.STORED,
            E.GAP: S.LAPSED,
            E.LINK: S.LAPSED,
        },
        S.READING: {
            E.WHOLE: S.LIVE,
            E.ENDED: S.BEHIND,
            E.GAP: S.LAPSED,
            E.LINK: S.LAPSED,
            E.HANDED: S.LAPSED,
        },
        S.LIVE: {E.AHEAD: S.BEHIND, E.GAP: S.STORED, E.LINK: S.STORED, E.HANDED: S.STORED},
        S.BEHIND: {
            E.EVEN: S.LIVE,
            E.AHEAD: S.STORED,
            E.GAP: S.STORED,
            E.LINK: S.STORED,
            E.HANDED: S.STORED,
        },
        S.LAPSED: {E.WHOLE: S.STORED, E.ENDED: S.STORED},
    }
)
WORKING = frozenset({S.LOADING, S.ATTACHING, S.ASKED_AGAIN, S.READING, S.LAPSED})
ATTACHED = frozenset({S.READING, S.LIVE, S.BEHIND})
UNREAD = frozenset({S.UNKNOWN, S.LOADING})
RETRIED = frozenset({S.ASKED_AGAIN, S.LAPSED})  # reading that ends in one of these begins anew


def after(state: SyncState, event: SyncEvent) -> SyncState:
    """The state that follows."""
    return TABLE[state].get(event, state)
