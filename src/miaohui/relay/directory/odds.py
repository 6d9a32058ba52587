"""The chance that a session keeps ten seconds in every turn, from the hour, the load and the
person: a logistic regression with a small ridge, so that few sessions say little."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

LEAST_SESSIONS = 60
LEAST_OF_EACH = 5  # kept, and not kept: fewer say nothing of what makes the difference
MOST_SESSIONS = 2_000
ROUNDS = 12
PERSON_RIDGE = 2.0
RIDGE = 0.05
SURE = 0.99
FIXED = 5


class OddsSession(NamedTuple):
    """A session as it was opened, and whether all its turns were kept."""

    hour: int
    load: int
    responder: str
    kept: bool


@dataclass(frozen=True, slots=True)
class PromiseOdds:
    """A fitted model. ``sessions``: so many it was made of."""

    weights: tuple[float, ...]
    people: dict[str, int]
    sessions: int

    def chance(self, hour: int, load: float, responder: str | None) -> float:
        """0.01..0.99; somebody new, or whoever is free, counts as the shop's usual."""
        row = _row(hour, load, self.people.get(responder or ""))
        chance = _logistic(sum(self.weights[at] * value for at, value in row))
        return min(SURE, max(1 - SURE, chance))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -35 else math.exp(x)


def _row(hour: int, load: float, person: int | None) -> list[tuple[int, float]]:
    """What is not zero of a row."""
    angle = hour * math.tau / 24
    row = [
        (0, 1.0),
        (1, math.sin(angle)),
        (2, math.cos(angle)),
        (3, load / 3),
        (4, (load / 3) ** 2),
    ]
    return row if person is None else [*row, (person, 1.0)]


def fit(past: Sequence[OddsSession]) -> PromiseOdds | None:
    """None where there are too few sessions, or too few that went otherwise than the rest."""
    newest = past[-MOST_SESSIONS:]
    kept = sum(each.kept for each in newest)
    if len(newest) < LEAST_SESSIONS or min(kept, len(newest) - kept) < LEAST_OF_EACH:
        return None
    people = {who: FIXED + n for n, who in enumerate(sorted({each.responder for each in newest}))}
    rows = [_row(each.hour, each.load, people[each.responder]) for each in newest]
    size = FIXED + len(people)
    ridge = [0.0, *([RIDGE] * (FIXED - 1)), *([PERSON_RIDGE] * len(people))]
    weights = [0.0] * size
    weights[0] = math.log((kept + 0.5) / (len(newest) - kept + 0.5))
    for _ in range(ROUNDS):
        gradient = [-r * w for r, w in zip(ridge, weights, strict=True)]
        curve = [[0.0] * size for _ in range(size)]
        for at, each in enumerate(ridge):
            curve[at][at] = each + 1e-9
        for row, each_ in zip(rows, newest, strict=True):
            p = _logistic(sum(weights[at] * value for at, value in row))
            spread = max(1e-6, p * (1 - p))
            for at, value in row:
                gradient[at] += value * (each_.kept - p)
                line = curve[at]
                for other, factor in row:
                    line[other] += spread * value * factor
        step = _solved(curve, gradient)
        weights = [w + max(-4.0, min(4.0, s)) for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return PromiseOdds(tuple(weights), people, len(newest))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss with pivots; the matrix is positive definite by its ridge."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for at in range(size):
        best = max(range(at, size), key=lambda n: abs(rows[n][at]))
        rows[at], rows[best] = rows[best], rows[at]
        for below in range(at + 1, size):
            factor = rows[below][at] / rows[at][at]
            if factor:
                for column in range(at, size + 1):
                    rows[below][column] -= factor * rows[at][column]
    found = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(rows[at][n] * found[n] for n in range(at + 1, size))
        found[at] = (rows[at][size] - rest) / rows[at][at]
    return found
