"""A person's manner as numbers: how long, how often, at which ask; drawn from a seed."""

import math
import random
from dataclasses import dataclass

from miaohui.practice.catalogue import Behaviour, ScriptedPerson

LEAST_MS = 900


@dataclass(frozen=True, slots=True)
class Manner:
    """One person in one session. `stalls`: whether the stall happens in this session."""

    person: ScriptedPerson
    seed: str
    load: float = 1.0
    stalls: bool = True

    @property
    def behaviour(self) -> Behaviour:
        return self.person.behaviour


class Draws:
    """The random side of a manner: every number comes from the seed, in the order asked for."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._random = random.Random(f"manner/{manner.seed}")

    def reply_ms(self) -> int:
        """From the ask's arrival to Send: log-normal, slower when busy, sometimes a slip."""
        pace = self._manner.person.pace
        if self._random.random() < pace.slip * self._manner.load:
            return self.between(*pace.slip_ms)
        drawn = math.exp(self._random.gauss(math.log(pace.median_ms), pace.spread))
        return max(LEAST_MS, round(drawn * self._manner.load))

    def first_ms(self) -> int:
        """From the opening to the first word, with which paid time begins."""
        return self.between(1200, 3200)

    def accept_ms(self) -> int:
        """From an order's arrival on the desk to accepting it."""
        return self.between(1500, 4500)

    def bubble_ms(self) -> int:
        """Between two bubbles of one answer."""
        return self.between(1300, 2800)

    def silence_ms(self) -> int | None:
        """After how much silence this person speaks; None: never."""
        match self._manner.behaviour:
            case Behaviour.BREAKER:
                return self.between(60_500, 66_000)
            case Behaviour.SILENT | Behaviour.HOLLOW | Behaviour.VANISHER:
                return None
            case _:
                return self.between(75_000, 240_000) if self.chance(0.5) else None

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def chance(self, share: float) -> bool:
        return self._random.random() < share
