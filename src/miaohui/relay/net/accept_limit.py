"""The limit of accepted connections a second: whoever comes beyond it is told when it is their turn."""

BURST_MS = 200  # so much of a second's share may come at once
LONGEST_MS = 15_000  # nobody is sent away for longer: whoever comes in crowds never comes back


class AcceptLimit:
    """Lets people in evenly. After a restart everybody comes at once; checking them all in the
    same moment would make each of them wait, and those who already talk as well."""

    __slots__ = ("_free", "_gap", "_promised")

    def __init__(self, per_second: float) -> None:
        self._gap = 1000 / per_second
        self._free = 0.0  # up to then its places are taken
        self._promised = 0.0  # the last turn that was promised to somebody

    def pace(self, per_second: float) -> None:
        """From now on so many."""
        self._gap = 1000 / per_second

    def take(self, now: int) -> int:
        """0 for who may come in; else in how many ms it is their turn."""
        if self._free - now <= BURST_MS:
            self._free = max(self._free, now) + self._gap
            return 0
        turn = max(self._promised, self._free) + self._gap
        self._promised = min(turn, now + LONGEST_MS)
        return round(self._promised - now)
