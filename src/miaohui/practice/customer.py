"""The scripted customer of the generated past."""

import random
from dataclasses import dataclass, field

NUDGE_MS = (12_000, 24_000)


@dataclass(slots=True)
class Customer:
    """Asks, nudges while waiting, falls silent at times, and leaves when patience is over."""

    draws: random.Random
    asks: list[str]
    nudges: list[str]
    next_at: int
    leaves_at: int | None = None
    waits_since: int | None = None
    patience_ms: int = 0
    said: list[str] = field(default_factory=list)
    _asked: int = 0

    def asked(self, now: int) -> None:
        """A message went out: another bubble at once, or a nudge when the wait gets long."""
        self._asked += 1
        if self.waits_since is None:
            self.waits_since = now
            self.leaves_at = now + self.patience_ms
            self._asked = 1
            if self.draws.random() < 0.15:
                self.next_at = now + self.draws.randint(1500, 4000)
                return
        self.next_at = now + self.draws.randint(*NUDGE_MS) * self._asked

    def answered(self, now: int) -> None:
        self.waits_since = None
        self.leaves_at = None
        self.next_at = now + self.pause_ms()

    def words(self) -> str:
        if self.waits_since is not None:
            return self.draws.choice(self.nudges)
        if not self.asks:
            self.asks, self.said = self.said, []
        text = self.asks.pop(self.draws.randrange(len(self.asks)))
        self.said.append(text)
        return text

    def pause_ms(self) -> int:
        """Reading, thinking, writing: mostly short, sometimes a silence of minutes."""
        if self.draws.random() < 0.08:
            return self.draws.randint(70_000, 330_000)
        return round(self.draws.lognormvariate(10.15, 0.6))  # around 26 s
