"""The odds of a promise, calibrated: of the sessions that were given a chance, so many were kept."""

import math
import random

from miaohui.relay.directory.odds import OddsSession, fit

PEOPLE = {f"r{n}": (n - 3.5) * 0.3 for n in range(8)}


def true_chance(hour: int, load: int, who: str) -> float:
    """A shop in which nights, a third session at once and some people are hard."""
    night = -0.9 if hour >= 23 or hour < 6 else 0.0
    crowd = (0.0, -0.35, -1.3, -2.2)[load]
    return 1 / (1 + math.exp(-(1.9 + night + crowd + PEOPLE[who])))


def drawn(count: int, source: random.Random) -> list[tuple[OddsSession, float]]:
    found = []
    for _ in range(count):
        hour = source.choice([*range(18, 24), 0, 1, 14, 15, 16, 17])
        load, who = source.choice([0, 0, 1, 1, 2, 2, 3]), source.choice(list(PEOPLE))
        chance = true_chance(hour, load, who)
        found.append((OddsSession(hour, load, who, source.random() < chance), chance))
    return found


def test_every_decile_is_kept_as_often_as_was_said() -> None:
    source = random.Random(8)
    model = fit([each for each, _ in drawn(1_800, source)])
    assert model is not None
    said = sorted(
        (model.chance(each.hour, each.load, each.responder), each.kept)
        for each, _ in drawn(20_000, source)
    )
    for decile in range(10):
        part = said[decile * 2_000 : (decile + 1) * 2_000]
        predicted = sum(chance for chance, _ in part) / len(part)
        observed = sum(kept for _, kept in part) / len(part)
        assert abs(predicted - observed) <= 0.05, (decile, predicted, observed)


def test_too_little_says_nothing() -> None:
    source = random.Random(3)
    few = [each for each, _ in drawn(59, source)]
    assert fit(few) is None
    assert fit([OddsSession(20, 0, "r1", True)] * 500) is None


def test_somebody_new_is_the_shops_usual() -> None:
    model = fit([each for each, _ in drawn(600, random.Random(5))])
    assert model is not None
    usual = [model.chance(20, 1, who) for who in PEOPLE]
    assert min(usual) < model.chance(20, 1, "new") < max(usual)
    assert model.chance(20, 3, None) < model.chance(20, 0, None)
