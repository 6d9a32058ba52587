"""The order of one connection's commands to a session, kept also where one is refused for now."""

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.frame import Result

PASSING = frozenset({Code.TOO_MANY, Code.RELAY_FAULT, Code.STOPPING})
OWED_MS = 10_000  # so long the one refused is waited for; its author may have dropped it


class Lanes:
    """What was sent behind a command that is to come again, must not overtake it: a client has
    many under way at a time and repeats them all, in order."""

    __slots__ = ("_owed", "_under_way")

    def __init__(self) -> None:
        self._under_way: dict[str, str] = {}  # command → session
        self._owed: dict[str, tuple[str, int]] = {}  # session → command, since

    def enter(self, session: str, id: str, now: int) -> bool:
        """Whether a command may be carried out; False where an earlier one comes first."""
        owed = self._owed.get(session)
        if owed is not None:
            if owed[0] != id and now - owed[1] < OWED_MS:
                return False
            del self._owed[session]
        self._under_way[id] = session
        return True

    def refused(self, session: str, id: str, now: int) -> None:
        """A command was refused for now."""
        self._owed.setdefault(session, (id, now))

    def done(self, id: str) -> None:
        """A command was carried out."""
        self._under_way.pop(id, None)

    def answered(self, id: str, outcome: Result | Refused, now: int) -> None:
        """The answer to whatever was asked."""
        session = self._under_way.pop(id, None)
        if session is not None and isinstance(outcome, Refused) and outcome.code in PASSING:
            self.refused(session, id, now)
