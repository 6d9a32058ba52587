"""Doubts: what a relay said that does not fit, each said once, kept, and in the session's seal for good."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class DoubtKind(StrEnum):
    """The kinds, by what was held against what."""

    CHAIN = "chain"  # an entry does not follow from the one before it
    OWN_WORDS = "own_words"  # what was sent here, against the words or the commitment written
    THEIR_WORDS = "their_words"  # the other side's words, against the commitment beside them
    PLACE = "place"  # where `accepted` put a message, against where it stands
    MISSING = "missing"  # a message that was accepted and never written
    ORDER = "order"  # `opened`, against the order that was paid
    SEEN = "seen"  # the `seen_seq` written, against the one sent
    REFUND = "refund"  # the relay's refund, against the journal's own
    NAMED = "named"  # something said to be done by the person here, who did not do it
    SHORTER = "shorter"  # a wait felt here that is shorter than the one written
    LONGER = "longer"  # ... or longer than the round trip explains
    FORK = "fork"  # two signed statements, or one and the journal, that are not one chain
    SIGNATURE = "signature"  # a statement that the relay's key did not sign


class Doubt(Struct, frozen=True, kw_only=True):
    """One of them. ``seq``: the entry (0: none); ``field``: which of several; ``mine`` and
    ``theirs``: the two values as they are, milliseconds or fen where they are numbers."""

    kind: DoubtKind
    seq: int = 0
    t: int = 0  # the session's, in ms
    field: str = ""
    mine: str = ""
    theirs: str = ""
    rtt_ms: int | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes it the same one when it is met again."""
        return (self.kind, self.seq, self.field)


class Doubts:
    """A session's, oldest first; each is taken once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, str], Doubt] = {}

    @property
    def all(self) -> tuple[Doubt, ...]:
        return tuple(self._known.values())

    def __bool__(self) -> bool:
        return bool(self._known)

    def take(self, doubt: Doubt) -> bool:
        """True where it is new."""
        if doubt.key in self._known:
            return False
        self._known[doubt.key] = doubt
        return True

    def drop(self, doubt: Doubt) -> None:
        """It was explained before anybody heard of it."""
        self._known.pop(doubt.key, None)

    def recall(self, doubts: Iterable[Doubt]) -> None:
        """Those of earlier runs."""
        for each in doubts:
            self.take(each)
