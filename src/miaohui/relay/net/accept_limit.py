"""The limit of accepted connections a second: whoever comes beyond it is told when it is their turn."""

BURST_MS = 200  # so much of a second's share may come at once


class AcceptLimit:
    """Lets people in evenly. After a restart everybody comes at once; checking them all in the
    same moment would make each of them wait, and those who already talk as well."""

    __slots__ = ("_free", "_gap", "_promised")

    def __init__(self, per_second: int) -> None:
        self._gap = 1000 / per_second
        self._free = 0.0  # up to then its places are taken
        self._promised = 0.0  # the last turn that was promised to somebody

    def take(self, now: int) -> int:
        """0 for who may come in; else in how many ms it is their turn."""
        if self._free - now <= BURST_MS:
            self._free = max(self._free, now) + self._gap
            return 0
        self._promised = max(self._promised, self._free) + self._gap
        return round(self._promised - now)
