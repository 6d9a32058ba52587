"""A handover that waits for somebody's word, and the index of those that lie before people.

It is kept in memory alone: until somebody accepts, nothing has changed, and after a restart the
conversation is where it was.
"""

from collections import defaultdict

from msgspec import Struct

from miaohui.relay.directory.on_duty import Free
from miaohui.wire.journal import HandoverReason

OFFER_MS = 20_000
TOLD_MS = 30_000  # that nobody took it


class PendingHandover(Struct, frozen=True):
    """A session that its responder would like to hand on. ``to``: before whom it lies; None:
    nobody took it. ``asked``: everybody before whom it lay; ``until``: the relay's mono at which it
    goes on, or is forgotten."""

    giver: str
    reason: HandoverReason
    to: Free | None
    asked: frozenset[str]
    until: int


class PendingHandovers:
    """The sessions that lie before each person, by the person."""

    def __init__(self) -> None:
        self._before: defaultdict[str, list[str]] = defaultdict(list)
        self._to: dict[str, str] = {}

    def put(self, session: str, to: str | None) -> None:
        former = self._to.pop(session, None)
        if former is not None:
            self._before[former].remove(session)
            if not self._before[former]:
                del self._before[former]
        if to is not None:
            self._to[session] = to
            self._before[to].append(session)

    def before(self, responder: str) -> list[str]:
        """Oldest first."""
        return list(self._before.get(responder, ()))
