"""Parts of a proof side by side: each is played once, and one that fails is not passed over."""

import multiprocessing
from dataclasses import dataclass

import pytest
from tests.torture import side
from tests.torture.outcome import Outcome


@dataclass
class Found:
    outcome: Outcome


def play(part: int) -> Found:
    if part < 0:
        raise ValueError(part)
    outcome = Outcome()
    outcome.check("parts", holds=part != 3, example=str(part))
    return Found(outcome)


@pytest.mark.parametrize("parts", [[3], [1, 2, 3, 4, 5]])
def test_every_part_is_played_once(parts: list[int]) -> None:
    whole = Outcome()
    for found in side.play(play, parts, 2):
        whole.merge(found.outcome)
    assert (whole.trials, whole.violations, whole.examples) == (len(parts), 1, ["parts: 3"])


def test_a_part_that_fails_ends_the_rest() -> None:
    with pytest.raises(ValueError, match="-1"):
        list(side.play(play, [1, -1, 2], 2))
    assert multiprocessing.active_children() == []
