"""The relay's monotonic clock as guessed from here, for live countdowns only."""

from collections import deque
from dataclasses import dataclass

SAMPLES = 16
DRIFT_PPM = 50
SHOWN_ABOVE_MS = 100


@dataclass(frozen=True, slots=True)
class ClockSample:
    """One exchange: ``offset`` = relay minus local, ``delay`` = both ways on the wire."""

    at: int
    offset: float
    delay: int


class ClockSync:
    """Offset from four timestamps; of the latest samples the one with the least delay is trusted.

    No verdict needs it: every wait is a difference on the relay's one clock.
    """

    def __init__(self) -> None:
        self._samples: deque[ClockSample] = deque(maxlen=SAMPLES)
        self._best: ClockSample | None = None
        self._run = ""
        self._rtt: float | None = None

    @property
    def run(self) -> str:
        """Which run of the relay the samples belong to."""
        return self._run

    @property
    def rtt_ms(self) -> int | None:
        """The smoothed round trip."""
        return None if self._rtt is None else round(self._rtt)

    def begin(self, run: str) -> None:
        """A relay that started anew has another clock: nothing of the old one counts."""
        if run != self._run:
            self._samples.clear()
            self._best = None
            self._run = run

    def forget(self) -> None:
        """After this machine slept, its own clock proves nothing about the samples."""
        self._samples.clear()
        self._best = None
        self._rtt = None

    def add(self, t1: int, t2: int, t3: int, t4: int) -> None:
        """Sent here, received there, sent there, received here. Impossible samples are left out."""
        delay = (t4 - t1) - (t3 - t2)
        if t4 < t1 or t3 < t2 or delay < 0:
            return
        self._samples.append(ClockSample(t4, ((t2 - t1) + (t3 - t4)) / 2, delay))
        # All age alike, so which is best changes only here.
        self._best = min(self._samples, key=lambda sample: self._error(sample, t4))
        self._rtt = float(delay) if self._rtt is None else self._rtt * 0.75 + delay * 0.25

    @staticmethod
    def _error(sample: ClockSample, now: int) -> float:
        return sample.delay / 2 + max(0, now - sample.at) * DRIFT_PPM / 1_000_000

    def relay_mono(self, now: int) -> int | None:
        """The relay's clock at local ``now``; None before the first sample."""
        best = self._best
        return None if best is None else round(now + best.offset)

    def error_ms(self, now: int) -> int | None:
        """How far the guess may be off: half the delay and 50 ppm of the sample's age."""
        best = self._best
        return None if best is None else round(self._error(best, now))
