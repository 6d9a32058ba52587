"""The order of one connection's commands to a session, kept also where some are refused for now."""

from bisect import insort
from dataclasses import dataclass, field

from miaohui.relay.ports import Refused
from miaohui.wire.frame import Result

OWED_MS = 10_000  # so long the first one is waited for; its author may have dropped it


@dataclass(slots=True)
class _Owed:
    """The commands that a session was refused for now: (rank, command), by when each came first."""

    since: int
    commands: list[tuple[int, str]] = field(default_factory=list)


class CommandOrder:
    """The order of commands: what was sent behind one that is to come again must not overtake it,
    as a client has many under way at a time and repeats them all, in order."""

    __slots__ = ("_count", "_owed", "_under_way")

    def __init__(self) -> None:
        self._count = 0
        self._under_way: dict[str, tuple[str, int]] = {}  # command → session, rank
        self._owed: dict[str, _Owed] = {}

    def enter(self, session: str, id: str, now: int) -> bool:
        """True for a command that may be carried out; False where an earlier one comes first."""
        if id in self._under_way:
            return True  # once more, while the first is on its way: it keeps that one's place
        self._count += 1
        rank = self._count
        owed = self._owed.get(session)
        if owed is not None and now - owed.since >= OWED_MS:
            owed = None
            del self._owed[session]
        if self._owed:
            rank = self._readdressed(session, id) or rank
        if owed is not None:
            if rank < self._count:
                owed.commands = [each for each in owed.commands if each[1] != id]
                insort(owed.commands, (rank, id))
            if owed.commands[0][1] != id:
                if all(id != command for _, command in owed.commands):
                    owed.commands.append((rank, id))
                return False
            rank = owed.commands.pop(0)[0]
            owed.since = now
            if not owed.commands:
                del self._owed[session]
        self._under_way[id] = (session, rank)
        return True

    def _readdressed(self, session: str, id: str) -> int | None:
        """The rank of a command that is owed elsewhere: what was said to an order comes again to
        the session that it became, and stays before what was said there since."""
        for other, owed in self._owed.items():
            if other == session:
                continue
            for at, (rank, command) in enumerate(owed.commands):
                if command == id:
                    del owed.commands[at]
                    if not owed.commands:
                        del self._owed[other]
                    return rank
        return None

    def refused(self, session: str, id: str, now: int) -> None:
        """A command was refused before it came in."""
        self._count += 1
        self._owe(session, id, self._count, now)

    def _owe(self, session: str, id: str, rank: int, now: int) -> None:
        owed = self._owed.setdefault(session, _Owed(now))
        if all(id != command for _, command in owed.commands):
            insort(owed.commands, (rank, id))

    def done(self, id: str) -> None:
        """A command was carried out."""
        self._under_way.pop(id, None)

    def answered(self, id: str, outcome: Result | Refused, now: int) -> None:
        """The answer to whatever was asked."""
        known = self._under_way.pop(id, None)
        if isinstance(outcome, Refused) and outcome.passing:
            if known is not None:
                self._owe(known[0], id, known[1], now)
        elif known is None and self._owed:
            self._settle(id)

    def _settle(self, id: str) -> None:
        """Nothing is owed for what came twice, was refused the first time and is carried out now."""
        for session, owed in list(self._owed.items()):
            owed.commands = [each for each in owed.commands if each[1] != id]
            if not owed.commands:
                del self._owed[session]
