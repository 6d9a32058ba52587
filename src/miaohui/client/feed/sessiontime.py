"""What a session's own clock shows now, as guessed from here."""

from miaohui.client.link.clocksync import ClockSync
from miaohui.wire.link import SessionClock


class SessionTime:
    """t of a session: the relay's clock less the session's base; where the relay's clock is not
    known, on from the last t that was told."""

    def __init__(self) -> None:
        self._clock: SessionClock | None = None
        self._told_t = 0
        self._told_at: int | None = None

    def tell(self, clock: SessionClock, now_t: int, at: int) -> None:
        """A page of the feed said both, at local time ``at``."""
        self._clock = clock
        self._told_t, self._told_at = now_t, at

    def at_least(self, t: int, at: int) -> None:
        """An entry proves that ``t`` is over."""
        if self._told_at is not None and t > self._told_t + (at - self._told_at):
            self._told_t, self._told_at = t, at

    def now(self, at: int, sync: ClockSync) -> int | None:
        """None where nothing is known, as without a link since the start."""
        if self._clock is not None and sync.run == self._clock.run:
            relay = sync.relay_mono(at)
            if relay is not None:
                return relay - self._clock.base
        if self._told_at is None:
            return None
        return self._told_t + (at - self._told_at)

    def of_mono(self, relay_mono: int, run: str) -> int | None:
        """The t of an instant of the relay's clock."""
        if self._clock is None or self._clock.run != run:
            return None
        return relay_mono - self._clock.base
