"""How long to wait before the next try: full jitter, so that nobody comes back in step."""

from collections.abc import Callable

FIRST_MS = 200
LAST_MS = 5_000
STABLE_MS = 10_000


class Backoff:
    """Waits drawn evenly from [0, bound); the bound doubles from 0.2 s to 5 s.

    ``draw`` gives numbers in [0, 1). The bound falls back only after a link that held 10 s:
    a relay that accepts and drops at once is no success.
    """

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._bound = FIRST_MS

    def next_ms(self) -> int:
        wait = int(self._draw() * self._bound)
        self._bound = min(LAST_MS, self._bound * 2)
        return wait

    def jitter_ms(self) -> int:
        """The first try's, however often it was tried before."""
        return int(self._draw() * FIRST_MS)

    def held(self, ms: int) -> None:
        """A link stood this long."""
        if ms >= STABLE_MS:
            self._bound = FIRST_MS
